// What the front door refused, told to who sends facts: each place with its reason, the first few of a reason in words.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace millrace::cli {

class Refusals {
 public:
  static constexpr int kInWords = 3;  // of each reason; of the others the word alone

  // "<place>: refused: <reason>: …" on stderr. `bytes`: the fact.
  void tell(const std::string& place, const std::string& reason, std::string_view bytes);
  // Counts one that is not told.
  void add(const std::string& reason);

  std::int64_t count() const { return count_; }
  // " (3 bad_time, 1 missing_id)", the most first; empty when there are none.
  std::string by_reason() const;

 private:
  std::int64_t count_ = 0;
  std::map<std::string, std::int64_t> reasons_;
};

}  // namespace millrace::cli
