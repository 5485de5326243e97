// What a member of a group counts over all its lives, for the operator.
//
// Threads: the member's thread counts, any may look.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/measures.h"

namespace millrace::engine {

struct GroupFigures {
  std::atomic<std::uint64_t> tasks{0}, restoring{0};  // that stand; that are being brought up
  std::atomic<std::uint64_t> lives{0}, assignments{0}, losses{0};
  std::atomic<std::uint64_t> commits{0}, commit_us{0};
  std::atomic<std::uint64_t> folded{0}, refolded{0}, restored_rows{0};
  std::atomic<std::int64_t> checkpoint_ms{0};  // when the last one of all its tasks was whole, on the steady clock

  // `now_ms` of the steady clock.
  Measures measures(const Labels& labels, std::int64_t now_ms) const;
};

}  // namespace millrace::engine
