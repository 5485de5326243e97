// What the benchmarks of a spine share, whatever log it runs on: figures, and an instance that is loaded at a steady rate
// by one thread while another reads what comes out of it.
//
//   std::atomic<bool> done{false};
//   std::thread producer([&] { produce({folder, population, rate, seconds}, done); });
//   Watch commands{"commands", topics::outreach_commands};
//   watch(*log, follow, {&commands}, done, [](const Record& r) { return r.timestamp; });
//   producer.join();
//   commands.say();
//
// TR-1  A request goes out at its time or as soon as the one before is answered; what was produced is told as measured.
// TR-2  What a timer fired is no answer to a fact and is not timed.
// TR-3  Nothing that is timed waits for the bench itself: the load begins kSettle after the reader, which then has every
//       partition open, and after the definitions that come before the load.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/record.h"
#include "core/result.h"
#include "log/log.h"
#include "node/node.h"
#include "tests/bench/workload.h"

namespace millrace::bench {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSettle{2000};

double seconds_since(Clock::time_point begin);
double process_seconds();  // of processor time, all threads
void say(std::string_view name, double value);  // a line "name value"
[[noreturn]] void give_up(std::string_view what);

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.fault().code + ": " + result.fault().message);
  return *std::move(result);
}
inline void must(const Result<void>& result) {
  if (!result) give_up(result.fault().code + ": " + result.fault().message);
}

// Event time of a folder's facts lies a day before it was made, so that no clock is ahead of it, and is noted there.
Population new_population(const std::string& folder, std::int64_t leads);
Population population_of(const std::string& folder, std::int64_t leads, std::int64_t active);

struct Load {
  std::string folder;
  Population population;
  std::int64_t rate = 0, seconds = 0;     // facts a second
  std::int64_t requests_per_second = 200;
  std::int64_t fresh = 1;                 // of each request: captures of new leads, which come to be written to
};
// Against a running `millrace run --data FOLDER`. First gives the tenants of new leads senders for all of them, since one
// sends few mails on its first day; then says produced_per_s, waits for the last to come out, and sets `done`.
void produce(const Load& load, std::atomic<bool>& done);

// How long what is appended to a topic took from its fact, in milliseconds.
struct Watch {
  std::string name;         // of the figures: NAME (how many), NAME_p50_ms, NAME_p99_ms, NAME_max_ms
  TopicId topic;
  std::string_view type{};  // records of this type only; empty: all
  std::vector<double> times{};
  void say();               // gives up when there is none
};
// Reads from the topics' ends on until `done`. `follow` waits a little for more and moves the ends. `began` gives when a
// record's fact came in, or nothing: not timed.
void watch(const log::Reader& log, const std::function<Result<bool>()>& follow, const std::vector<Watch*>& all, const std::atomic<bool>& done,
           const std::function<std::optional<TimeMs>(const Record&)>& began);

}  // namespace millrace::bench
