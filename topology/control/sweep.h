// One batch of a sweep (spec/conventions.md section 6.9): at most `batch` keys after the cursor, in key order.
//
//   SweepBatch batch(sweep.batch);
//   leads.scan(prefix, cursor, [&](std::string_view key, const Row&) { return batch.take(key); });
//   for (const std::string& key : batch.keys) ...
//   if (batch.next_cursor()) ... append the sweep again with it
//
// SW-1  Batches chained by their cursors visit every key once, and each makes progress.
// Tests: tests/unit/clock_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::control {

inline constexpr std::int64_t kSweepBatch = 100;

struct SweepBatch {
  explicit SweepBatch(std::optional<std::int64_t> batch = {}) : limit(batch.value_or(kSweepBatch)) {
    if (limit < 1) limit = 1;  // a batch of nothing would come back for ever
  }

  // Offers the next key; false when the batch is full and this key is left for the next one.
  bool take(std::string_view key) {
    if (static_cast<std::int64_t>(keys.size()) >= limit) {
      more = true;
      return false;
    }
    keys.emplace_back(key);
    return true;
  }
  // nullopt: nothing is left.
  std::optional<std::string> next_cursor() const {
    return more ? std::optional<std::string>(keys.back()) : std::nullopt;
  }

  std::int64_t limit;
  std::vector<std::string> keys;
  bool more = false;
};

}  // namespace millrace::control
