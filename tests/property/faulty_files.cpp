#include "faulty_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace millrace::log {

static constexpr std::size_t kSector = 512;

FaultyFiles::FaultyFiles(std::string folder, std::uint64_t seed) : folder_(std::move(folder)), random_(seed) {}

bool FaultyFiles::survives() {
  if (dead()) return false;
  ++changes_;
  return !dead();
}

int FaultyFiles::open(const std::string& path, OpenMode mode) {
  const bool makes = mode == OpenMode::write_new;
  if (makes && !survives()) return -EIO;
  const int file = real_.open(path, mode);
  if (file < 0) return file;
  auto& node = names_[path];
  if (!node) {
    node = std::make_shared<Node>();
    if (makes) unsynced_names_.push_back(names_);
  } else if (makes) {
    node->unsynced.push_back({0, {}, true});
  }
  open_[file] = node;
  return file;
}

void FaultyFiles::close(int file) {
  open_.erase(file);
  real_.close(file);
}

std::int64_t FaultyFiles::read(int file, char* to, std::size_t bytes, std::uint64_t at) {
  return real_.read(file, to, bytes, at);
}

std::int64_t FaultyFiles::write(int file, std::string_view bytes, std::uint64_t at) {
  if (dead()) return -EIO;
  ++writes_;
  const bool refused = refuse_at_ != 0 && writes_ >= refuse_at_;
  const bool torn = !survives();
  if (refused && writes_ > refuse_at_) return -refuse_error_;
  if (torn || refused || write_short_) {
    // Asked for a part, a refused write takes it and the next one fails; a dying one takes it and nobody hears of it.
    const std::size_t part = below(bytes.size() + (torn ? 1 : 0));
    if (refused && part == 0) return -refuse_error_;
    bytes = bytes.substr(0, torn || refused ? part : part + 1);
  }
  if (!bytes.empty()) {
    const std::int64_t written = real_.write(file, bytes, at);
    if (written < 0) return written;
    open_[file]->unsynced.push_back({at, std::string(bytes.substr(0, static_cast<std::size_t>(written))), false});
  }
  return torn ? -EIO : static_cast<std::int64_t>(bytes.size());
}

static void apply(std::string& content, std::uint64_t at, std::string_view bytes) {
  if (content.size() < at + bytes.size()) content.resize(at + bytes.size(), '\0');
  content.replace(at, bytes.size(), bytes);
}

int FaultyFiles::sync(int file) {
  if (!survives()) return -EIO;
  if (refuse_sync_) return -EIO;
  Node& node = *open_[file];
  for (const Change& change : node.unsynced) {
    if (change.truncation)
      node.disk.resize(change.at, '\0');
    else
      apply(node.disk, change.at, change.bytes);
  }
  node.unsynced.clear();
  return 0;
}

int FaultyFiles::truncate(int file, std::uint64_t size) {
  if (!survives()) return -EIO;
  open_[file]->unsynced.push_back({size, {}, true});
  return real_.truncate(file, size);
}

std::int64_t FaultyFiles::size(int file) { return real_.size(file); }

int FaultyFiles::rename(const std::string& from, const std::string& to) {
  if (!survives()) return -EIO;
  const int renamed = real_.rename(from, to);
  if (renamed < 0) return renamed;
  names_[to] = names_[from];
  names_.erase(from);
  unsynced_names_.push_back(names_);
  return 0;
}

int FaultyFiles::remove(const std::string& path) {
  if (!survives()) return -EIO;
  const int removed = real_.remove(path);
  if (removed < 0) return removed;
  names_.erase(path);
  unsynced_names_.push_back(names_);
  return 0;
}

int FaultyFiles::make_folder(const std::string& path) { return real_.make_folder(path); }

int FaultyFiles::sync_folder(const std::string&) {
  if (!survives()) return -EIO;
  disk_names_ = names_;
  unsynced_names_.clear();
  return 0;
}

int FaultyFiles::list(const std::string& folder, std::vector<std::string>& names) { return real_.list(folder, names); }
int FaultyFiles::free_share(const std::string& path) { return real_.free_share(path); }
std::shared_ptr<const Mapping> FaultyFiles::map(int file, std::size_t bytes) { return real_.map(file, bytes); }

void FaultyFiles::refuse_writes_after(std::uint64_t more_writes, int error) {
  refuse_at_ = writes_ + more_writes + 1;
  refuse_error_ = error;
}

std::string FaultyFiles::after_power_loss(const Node& node) {
  std::string content = node.disk;
  const std::size_t in_order = below(node.unsynced.size() + 1);  // changes whose size reached the disk
  const std::size_t keep_percent = std::size_t{50} * below(3);
  for (std::size_t i = 0; i < node.unsynced.size(); ++i) {
    const Change& change = node.unsynced[i];
    if (change.truncation) {
      if (i < in_order) content.resize(change.at, '\0');
      continue;
    }
    if (i < in_order && content.size() < change.at + change.bytes.size())
      content.resize(change.at + change.bytes.size(), '\0');
    for (std::size_t from = 0; from < change.bytes.size();) {
      const std::size_t to = std::min(change.bytes.size(), (change.at + from) / kSector * kSector + kSector - change.at);
      const std::size_t end = change.at + to;
      if (below(100) < keep_percent && end <= content.size())
        content.replace(change.at + from, to - from, change.bytes, from, to - from);
      from = to;
    }
  }
  return content;
}

void FaultyFiles::lose_power() {
  die_at_ = 0;
  const std::size_t changes = below(unsynced_names_.size() + 1);
  Names survivors = changes == 0 ? disk_names_ : unsynced_names_[changes - 1];
  for (const auto& [path, node] : names_) std::filesystem::remove(path);
  std::map<std::shared_ptr<Node>, std::shared_ptr<Node>> made;
  names_.clear();
  for (const auto& [path, node] : survivors) {
    auto& fresh = made[node];
    if (!fresh) fresh = std::make_shared<Node>(Node{after_power_loss(*node), {}});
    names_[path] = fresh;
    std::ofstream(path, std::ios::binary) << fresh->disk;
  }
  disk_names_ = names_;
  unsynced_names_.clear();
}

}  // namespace millrace::log
