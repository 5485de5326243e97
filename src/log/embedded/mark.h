// The published mark: the file `published`, two words that say which frames other processes may read and which are
// known to be on the disk.
//
// MK-1  A word carries its own check, so one that is torn or damaged is not believed: it reads as unknown.
// MK-2  `published` is written after the frames it names were written, `durable` after they were synced.
// MK-3  Both are hints that may be old after a power loss; frames prove themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "log/embedded/file_layer.h"

namespace millrace::log {

struct Mark {
  std::optional<std::uint64_t> published;  // frame numbers; 0: none yet
  std::optional<std::uint64_t> durable;
};

class MarkFile {
 public:
  // Makes the file when it is not there.
  static Result<MarkFile> open_to_write(FileLayer& files, const std::string& folder);
  // Fails: not_found.
  static Result<MarkFile> open_to_read(FileLayer& files, const std::string& folder);

  Mark read() const;
  Result<void> write(std::uint64_t published, std::uint64_t durable);
  Result<void> sync();
  const std::string& path() const { return path_; }

 private:
  MarkFile(FileLayer& files, std::string path, OpenFile file)
      : files_(&files), path_(std::move(path)), file_(std::move(file)) {}
  FileLayer* files_;
  std::string path_;
  OpenFile file_;
};

}  // namespace millrace::log
