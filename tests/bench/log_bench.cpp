// The journal against the bare work that it cannot do without, on the same disk in the same run. Read the last column:
// absolute times mean little on a shared machine.
//
//   append_flush/bare   memcpy of the same bytes into a buffer and one write() of it
//   append_flush        ratio = time / bare
//   fetch               1,000 records of 600 bytes; ratio = time / one pass over their bytes (a sum)
#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "log/embedded/journal.h"

namespace millrace::log {
namespace {

constexpr std::size_t kRecords = 1000, kValue = 600;
constexpr std::uint16_t kPartitions = 8;

// On a disk, not in memory: the ratio is to a write of the same file system.
std::string fresh_folder() {
  std::string name = (std::filesystem::current_path() / "log-bench-XXXXXX").string();
  return ::mkdtemp(name.data());
}

Frame make_frame(const std::vector<std::string>& values) {
  Frame frame;
  for (std::size_t i = 0; i < kRecords; ++i) {
    NewRecord r{{TopicId{static_cast<std::uint8_t>(i % 5)}, Partition{static_cast<std::uint16_t>(i % kPartitions)}},
                1'767'225'600'000 + static_cast<TimeMs>(i / 100),
                "acme/lead-0123456789",
                values[i],
                {}};
    r.headers.hop = 2;
    r.headers.cause = {TopicId{1}, Partition{3}, Offset{1'000'000 + static_cast<std::int64_t>(i)}};
    r.headers.root = {TopicId{1}, Partition{3}, Offset{1'000'000 + static_cast<std::int64_t>(i)}};
    frame.records.push_back(r);
  }
  for (std::uint16_t p = 0; p < kPartitions; ++p)
    for (std::uint8_t t = 0; t < 5; ++t) frame.positions.push_back({{TopicId{t}, Partition{p}}, 1, 0, 2, 3, 4});
  frame.environment = std::string(64, 'e');
  return frame;
}

std::vector<std::string> make_values() {
  std::vector<std::string> values(kRecords);
  for (std::size_t i = 0; i < kRecords; ++i) values[i] = std::string(kValue, static_cast<char>('a' + i % 26));
  return values;
}

TopicTable topics() {
  std::vector<TopicInfo> all;
  for (int t = 0; t < 5; ++t) all.push_back({"topic" + std::to_string(t), kPartitions});
  return TopicTable(std::move(all));
}

double now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// By default the processor time of this thread, which neighbours disturb less; with a sync in it, time on the wall.
double seconds_of(const std::function<void()>& work, clockid_t clock = CLOCK_THREAD_CPUTIME_ID) {
  const double begin = now(clock);
  work();
  return now(clock) - begin;
}

double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

// Both are measured turn by turn, so that a neighbour on the machine slows both.
void append_flush(benchmark::State& state) {
  const std::string folder = fresh_folder();
  const auto durability = state.range(0) ? Durability::fsync : Durability::os;
  const clockid_t clock = durability == Durability::fsync ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
  const auto values = make_values();
  const Frame frame = make_frame(values);
  auto log = *EmbeddedLog::create(folder + "/log", {.durability = durability, .topics = topics()});
  const int bare_file = ::open((folder + "/bare").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  std::string buffer(kRecords * (kValue + 50), 'b');
  off_t bare_at = 0;
  std::vector<double> ours, bare;
  for (auto _ : state) {
    ours.push_back(seconds_of([&] {
      benchmark::DoNotOptimize(*log->append(frame));
      if (!log->flush()) state.SkipWithError("flush failed");
    }, clock));
    bare.push_back(seconds_of([&] {
      char* out = buffer.data();
      for (const NewRecord& r : frame.records) {
        std::memcpy(out, r.key.data(), r.key.size());
        std::memcpy(out + r.key.size(), r.value.data(), r.value.size());
        out += r.key.size() + r.value.size();
      }
      bare_at += ::pwrite(bare_file, buffer.data(), buffer.size(), bare_at);
      if (durability == Durability::fsync) ::fdatasync(bare_file);
    }, clock));
    state.SetIterationTime(ours.back());
  }
  state.counters["us"] = median(ours) * 1e6;
  state.counters["bare_us"] = median(bare) * 1e6;
  state.counters["ratio"] = median(ours) / median(bare);
  ::close(bare_file);
  log.reset();
  std::filesystem::remove_all(folder);
}
BENCHMARK(append_flush)->Arg(0)->Iterations(1500)->UseManualTime();
BENCHMARK(append_flush)->Arg(1)->Iterations(150)->UseManualTime();

enum Where { pending, written, cold };

void fetch(benchmark::State& state) {
  const std::string folder = fresh_folder();
  const auto values = make_values();
  Frame frame = make_frame(values);
  for (NewRecord& r : frame.records) r.to = {TopicId{1}, Partition{1}};
  auto log = *EmbeddedLog::create(folder + "/log", {.durability = Durability::os, .topics = topics()});
  constexpr int kFrames = 200;
  for (int i = 0; i < kFrames; ++i) {
    benchmark::DoNotOptimize(*log->append(frame));
    if (state.range(0) != pending && !log->flush()) state.SkipWithError("flush failed");
  }
  if (state.range(0) == cold) {
    if (!log->close()) state.SkipWithError("close failed");
    log.reset();
    log = *EmbeddedLog::open(folder + "/log");
  }
  Batch batch;
  std::int64_t at = 0;
  std::vector<double> ours, pass;
  for (auto _ : state) {
    at = (at + 1000) % (kRecords * kFrames);
    ours.push_back(seconds_of([&] {
      if (!log->fetch({TopicId{1}, Partition{1}}, Offset{at}, 1000, std::size_t{1} << 30, batch))
        state.SkipWithError("fetch failed");
    }));
    if (batch.records.size() != 1000) state.SkipWithError("fetched less");
    pass.push_back(seconds_of([&] {
      std::uint64_t sum = 0;
      for (const Record& r : batch.records)
        for (std::size_t i = 0; i + 8 <= r.value.size(); i += 8) {
          std::uint64_t word;
          std::memcpy(&word, r.value.data() + i, 8);
          sum += word;
        }
      benchmark::DoNotOptimize(sum);
    }));
    state.SetIterationTime(ours.back());
  }
  state.counters["us"] = median(ours) * 1e6;
  state.counters["pass_us"] = median(pass) * 1e6;
  state.counters["ratio"] = median(ours) / median(pass);
  log.reset();
  std::filesystem::remove_all(folder);
}
BENCHMARK(fetch)->Arg(pending)->Arg(written)->Iterations(1000)->UseManualTime();
BENCHMARK(fetch)->Arg(cold)->Iterations(190)->UseManualTime();

}  // namespace
}  // namespace millrace::log
