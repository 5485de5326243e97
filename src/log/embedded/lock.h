// One writer: a lock on the file `lock` of the folder, held as long as the process lives, with its pid inside.
#pragma once

#include <string>

#include "core/result.h"

namespace millrace::log {

class FolderLock {
 public:
  // Fails: locked, naming the process that has it; io.
  static Result<FolderLock> take(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

}  // namespace millrace::log
