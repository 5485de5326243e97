// A file layer of strings, so that a fuzzer can open a log thousands of times a second.
#pragma once

#include <cerrno>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "log/embedded/file_layer.h"

namespace millrace::log {

class MemoryFiles final : public FileLayer {
 public:
  std::map<std::string, std::string> files;  // path -> content

  int open(const std::string& path, OpenMode mode) override {
    if (mode == OpenMode::write_new) files[path].clear();
    if (!files.contains(path)) return -ENOENT;
    open_.push_back(path);
    return static_cast<int>(open_.size()) - 1;
  }
  void close(int) override {}
  std::int64_t read(int file, char* to, std::size_t bytes, std::uint64_t at) override {
    const std::string& content = files[open_[static_cast<std::size_t>(file)]];
    if (at >= content.size()) return 0;
    const std::size_t count = std::min(bytes, content.size() - static_cast<std::size_t>(at));
    std::memcpy(to, content.data() + at, count);
    return static_cast<std::int64_t>(count);
  }
  std::int64_t write(int file, std::string_view bytes, std::uint64_t at) override {
    std::string& content = files[open_[static_cast<std::size_t>(file)]];
    if (content.size() < at + bytes.size()) content.resize(at + bytes.size());
    content.replace(at, bytes.size(), bytes);
    return static_cast<std::int64_t>(bytes.size());
  }
  int sync(int) override { return 0; }
  int truncate(int file, std::uint64_t size) override {
    files[open_[static_cast<std::size_t>(file)]].resize(size);
    return 0;
  }
  std::int64_t size(int file) override {
    return static_cast<std::int64_t>(files[open_[static_cast<std::size_t>(file)]].size());
  }
  int rename(const std::string& from, const std::string& to) override {
    files[to] = std::move(files[from]);
    files.erase(from);
    return 0;
  }
  int remove(const std::string& path) override { return files.erase(path) ? 0 : -ENOENT; }
  int make_folder(const std::string&) override { return 0; }
  int sync_folder(const std::string&) override { return 0; }
  int list(const std::string& folder, std::vector<std::string>& names) override {
    for (const auto& [path, content] : files)
      if (path.starts_with(folder + "/")) names.push_back(path.substr(folder.size() + 1));
    return 0;
  }
  int free_share(const std::string&) override { return 10000; }
  // A copy of exactly the file's bytes, so that a sanitizer sees a read past its end.
  std::shared_ptr<const Mapping> map(int file, std::size_t) override {
    return std::make_shared<Copy>(files[open_[static_cast<std::size_t>(file)]]);
  }

 private:
  class Copy final : public Mapping {
   public:
    explicit Copy(const std::string& content) : bytes_(content.begin(), content.end()) {
      data_ = bytes_.data();
      size_ = bytes_.size();
    }

   private:
    std::vector<char> bytes_;
  };
  std::vector<std::string> open_;
};

}  // namespace millrace::log
