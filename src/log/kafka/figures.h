// What librdkafka says of a client's work, taken from its statistics, and what its owner counts beside: for the operator.
//
//   MemberFigures figures;
//   open_member(settings, topics, {.group = ..., .figures = &figures});
//   figures.measures({{"member", "0"}})        // at any time, also before and after the member lives
//
// FG-1  Nothing is asked of a broker: the library tells every kStatisticsMs what it knows.
// FG-2  A handle that is made anew begins its counters at zero, as a process does; what the owner counts goes on.
// Threads: any.      Tests: tests/unit/kafka_figures_test.cpp, tests/kafka/metrics.sh
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "core/measures.h"

namespace millrace::log::kafka {

inline constexpr int kStatisticsMs = 1'000;

// Of one client: a producer or a consumer.
class ClientFigures {
 public:
  // A document of statistics (librdkafka's STATISTICS.md); one that cannot be read changes nothing.
  void take(std::string_view json);
  // Adds what the last document said; nothing before the first.
  void add_to(Measures& out, const Labels& labels) const;

 private:
  struct Known {
    const char *name, *help;
    Measure::Kind kind;
    double value;
  };
  mutable std::mutex mutex_;
  std::vector<Known> known_;
};

// Of a member of a group, over all its lives.
struct MemberFigures {
  ClientFigures consumer, producer;
  std::atomic<std::uint64_t> aborted{0};  // transactions
  std::atomic<std::uint64_t> renewed{0};  // producers made anew, since nobody knew how a commit had ended

  Measures measures(const Labels& labels) const;
};

}  // namespace millrace::log::kafka
