// A folder DATA/scratch-PID of this process's own, for what it opens beside the process that has DATA. It ends with this object;
// what a process that was killed has left is removed by the next one, or when DATA is opened to fold.
//
// SD-1  A folder in use is locked, by the process and not by its number: so nobody removes another's, also where processes of
//       other containers, which may have the same number, share DATA.
// Threads: one.      Tests: tests/unit/scratch_test.cpp, tests/kafka/desk.sh
#pragma once

#include <string>

#include "core/result.h"

namespace millrace::node {

class Scratch {
 public:
  // Removes what is left of others, then makes the folder. Fails: io.
  static Result<Scratch> make(const std::string& data);
  Scratch(Scratch&& other) noexcept;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();  // Needs: nothing in the folder is open any more.

  const std::string& path() const { return path_; }

 private:
  Scratch(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_ = -1;  // the folder itself, opened
};

// Removes the scratch folders of `data` whose process is gone; what cannot be removed stays.
void drop_left_scratch(const std::string& data);

}  // namespace millrace::node
