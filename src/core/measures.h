// What a process tells of itself in numbers: a list of values with their names, as Prometheus counts and names them.
// Whoever has figures gives them as Measures; src/api serves them.
//
// MS-1  A name has one kind and one help, whoever gives it.
// MS-2  Names begin with `millrace_` (or `process_`, as Prometheus has them), base units (seconds, bytes, ratio) and
//       `_total` stand at the end.
// MS-3  No label holds personal data, or what an outsider can make grow: stages, types, partitions, members, results.
// Tests: tests/integration/metrics.sh, tests/kafka/metrics.sh
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Measure {
  enum class Kind {
    gauge,    // goes up and down
    counter,  // only up, until its process ends
    summary,  // how often something took how long: `count` times, `value` in all
    histogram,  // the same, with how often it took at most so long
  };
  std::string name, help;
  Kind kind = Kind::gauge;
  Labels labels{};
  double value = 0;
  std::uint64_t count = 0;  // of a summary or a histogram
  std::vector<std::pair<double, std::uint64_t>> buckets{};  // of a histogram: upper bound, and how many are not above it
};

using Measures = std::vector<Measure>;

inline Measure gauge(std::string name, std::string help, double value, Labels labels = {}) {
  return {std::move(name), std::move(help), Measure::Kind::gauge, std::move(labels), value};
}
inline Measure counter(std::string name, std::string help, double value, Labels labels = {}) {
  return {std::move(name), std::move(help), Measure::Kind::counter, std::move(labels), value};
}

}  // namespace millrace
