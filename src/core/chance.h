// Counter-based chance (spec/conventions.md section 2): draw i is a pure function of (seed, label, record id, i).
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

class Chance {
 public:
  // `label` names the purpose ("outreach.backoff"), `record_id` what it is drawn for.
  Chance(std::int64_t seed, std::string_view label, std::string_view record_id);

  std::uint64_t u64(std::uint64_t i) const;
  // lo <= v < hi. Needs: lo < hi.
  std::int64_t uniform(std::uint64_t i, std::int64_t lo, std::int64_t hi) const;

 private:
  std::uint64_t key_;
};

}  // namespace millrace
