// How many writes a keystore has taken, noted beside the store in the file `keys/mark`: a store whose own count is lower
// has lost its last writes (a damaged write-ahead log ends early without a word), and with them keys.
//
// TL-1  The mark is written after the store has synced the write that it counts, so it never runs ahead of a good store.
// TL-2  It carries its own check: a damaged or torn mark is not believed, and counts as none.
//
// Threads: one at a time.      Tests: tests/unit/keystore_test.cpp, tests/integration/bit_flips.sh
#pragma once

#include <cstdint>
#include <string>

namespace millrace {

class Tally {
 public:
  // Of the keystore in this data folder.
  explicit Tally(const std::string& data_folder) : path_(data_folder + "/keys/mark") {}
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  ~Tally();

  // What the mark says; 0 when there is none to be believed.
  std::uint64_t read() const;
  // Notes a count. A mark that cannot be written is left as it is: an older one proves less, and nothing wrong.
  void note(std::uint64_t count);
  void remove();

 private:
  std::string path_;
  int file_ = -1;
};

}  // namespace millrace
