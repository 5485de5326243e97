// millrace tail: the records of a topic, as they are or as they come.
#include "cli/tail.h"

#include <unistd.h>

#include <csignal>
#include <algorithm>
#include <cstdio>
#include <chrono>
#include <functional>
#include <queue>
#include <thread>

#include "cli/app.h"
#include "cli/where.h"
#include "core/time.h"
#include "log/dropped.h"
#include "node/reading.h"

namespace millrace::cli {

namespace {

constexpr std::chrono::milliseconds kAwayWait{200};

struct TailOptions {
  std::string topic, from = "start", type, key;
  std::vector<std::string> where;
  bool follow = false, json = false, pretty = false;
  std::size_t limit = 0;
};

volatile std::sig_atomic_t interrupted = 0;
void on_interrupt(int) { interrupted = 1; }

// Where to begin in a partition: "start", "end", "-N" (the last N), an RFC 3339 time, or an offset.
Result<Offset> begin_at(const log::Reader& log, TopicPartition tp, const std::string& from) {
  const Offset start = log.start(tp), end = log.end(tp);
  if (from == "start") return start;
  if (from == "end") return end;
  if (const auto time = parse_rfc3339(from)) {
    auto found = log.offset_at(tp, *time);
    return !found && log::dropped_before(log, tp, start, found.fault()) ? log.start(tp) : found;  // the time's records went meanwhile
  }
  char* rest = nullptr;
  const long long n = std::strtoll(from.c_str(), &rest, 10);
  if (from.empty() || *rest != '\0')
    return fatal("bad_argument", "--from takes start, end, -N, an offset or a time like 2026-01-31T00:00:00Z, not " + from);
  if (n >= 0 && Offset{n} < start)
    std::fprintf(stderr, "partition %u begins at offset %lld: what was before is dropped (retention)\n", tp.partition.value,
                 static_cast<long long>(start.value));
  return std::clamp(n < 0 ? end + n : Offset{n}, start, end);
}

// The partitions of a topic, merged by (timestamp, partition, offset) as far as is known at each moment.
class Merged {
 public:
  Merged(const log::Reader& log, TopicId topic) : log_(log), topic_(topic), lanes_(log.topics().partitions(topic)) {}

  Result<void> start(const std::string& from) {
    if (auto there = within(from); !there) return there;
    for (std::uint16_t p = 0; p < partitions(); ++p) {
      auto begin = begin_at(log_, {topic_, Partition{p}}, from);
      if (!begin) return begin.fault();
      lanes_[p].next = *begin;
    }
    return {};
  }

  // Gives every record there is now; stops early when `visit` gives false.
  Result<bool> visit(const std::function<bool(const Record&)>& visit) {
    using Head = std::tuple<TimeMs, std::uint16_t>;
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
    for (std::uint16_t p = 0; p < partitions(); ++p) {
      const auto ready = fill(p);
      if (!ready) return ready.fault();
      if (*ready) heads.emplace(lanes_[p].front().timestamp, p);
    }
    while (!heads.empty()) {
      const std::uint16_t p = std::get<1>(heads.top());
      heads.pop();
      Lane& lane = lanes_[p];
      const bool go_on = visit(lane.front());
      ++lane.used;
      if (!go_on) return false;
      const auto ready = fill(p);
      if (!ready) return ready.fault();
      if (*ready) heads.emplace(lane.front().timestamp, p);
    }
    return true;
  }

 private:
  std::uint16_t partitions() const { return log_.topics().partitions(topic_); }
  // An offset that lies past the end of every partition is a mistake, not an empty topic.
  Result<void> within(const std::string& from) const {
    char* rest = nullptr;
    const long long n = std::strtoll(from.c_str(), &rest, 10);
    if (from.empty() || *rest != '\0' || n <= 0) return {};
    Offset highest{0};
    for (std::uint16_t p = 0; p < partitions(); ++p) highest = std::max(highest, log_.end({topic_, Partition{p}}));
    if (n <= highest.value) return {};
    return fatal("out_of_range", "--from " + from + " lies past the end of " + log_.topics()[topic_].name + ": no partition of it goes past offset " +
                                     std::to_string(highest.value) + ". --from end waits there, -N shows the last N");
  }

  struct Lane {
    Offset next;
    log::Batch batch;
    std::size_t used = 0;
    const Record& front() const { return batch.records[used]; }
  };

  // On a cluster offsets are counted, some of which may have held no record.
  void tell_dropped(std::uint16_t p, Offset from, Offset start) const {
    std::fprintf(stderr, "%s/%u: %lld records (offsets %lld to %lld) were dropped by retention before they were read; going on at offset %lld\n",
                 log_.topics()[topic_].name.c_str(), p, static_cast<long long>(start.value - from.value), static_cast<long long>(from.value),
                 static_cast<long long>(start.value - 1), static_cast<long long>(start.value));
  }

  Result<bool> fill(std::uint16_t p) {
    Lane& lane = lanes_[p];
    if (lane.used < lane.batch.records.size()) return true;
    lane.used = 0;
    lane.batch.records.clear();
    const TopicPartition tp{topic_, Partition{p}};
    while (lane.batch.records.empty() && lane.next < log_.end(tp)) {
      const auto got = log_.fetch(tp, lane.next, 1000, 4 << 20, lane.batch);
      if (got) {
        lane.next = lane.batch.next;
        continue;
      }
      const auto start = log::dropped_before(log_, tp, lane.next, got.fault());
      if (!start) return got.fault();
      lane.batch.records.clear();
      tell_dropped(p, lane.next, *start);
      lane.next = *start;
    }
    return !lane.batch.records.empty();
  }

  const log::Reader& log_;
  TopicId topic_;
  std::vector<Lane> lanes_;
};

// Filters that let nothing through may be mistyped; a program that asks again and again needs not hear it.
void tell_none(std::size_t looked_at, const Where& filter) {
  const std::string field = filter.never_seen();
  if (field.empty() && !::isatty(STDERR_FILENO)) return;
  std::fprintf(stderr, "none of %zu records matches%s%s\n", looked_at, field.empty() ? "" : "; none that was of the type has ", field.c_str());
}

Result<void> tail(const Globals& globals, const TailOptions& options) {
  auto reading = node::Reading::open(globals.target());
  if (!reading) return reading.fault();
  const log::Reader& log = (*reading)->log();
  const auto topic = log.topics().find(options.topic);
  if (!topic) {
    std::string names;
    for (std::size_t i = 0; i < log.topics().size(); ++i) names += " " + log.topics()[TopicId{static_cast<std::uint8_t>(i)}].name;
    return fatal("unknown_topic", "there is no topic " + options.topic + "; there are:" + names);
  }
  auto filter = Where::parse(options.type, options.where);
  if (!filter) return filter.fault();
  const bool pretty = options.pretty || (!options.json && ::isatty(STDOUT_FILENO));
  Merged merged(log, *topic);
  if (auto started = merged.start(options.from); !started) return started;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGPIPE, SIG_DFL);

  std::size_t printed = 0, looked_at = 0;
  const auto print = [&](const Record& record) {
    ++looked_at;
    if (!options.key.empty() && record.key != options.key) return true;
    if (!filter->matches(record)) return true;
    const std::string text = pretty ? pretty_lines(log.topics(), record) : ndjson_line(log.topics(), record) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    return ++printed != options.limit && !interrupted;
  };
  // Who follows waits for brokers that are away, and is told once.
  bool told = false;
  const auto goes_on = [&](const Fault& fault) {
    if (!options.follow || fault.kind == Fault::Kind::fatal || interrupted) return false;
    if (!told) std::fprintf(stderr, "%s; trying on\n", fault.message.c_str());
    told = true;
    std::this_thread::sleep_for(kAwayWait);
    return true;
  };
  for (;;) {
    const auto more = merged.visit(print);
    if (std::fflush(stdout) != 0) return {};  // a full disk: main() says so
    if (!more && !goes_on(more.fault())) return more.fault();
    if ((more && !*more) || !options.follow || interrupted) {
      if (printed == 0 && looked_at > 0) tell_none(looked_at, *filter);
      return {};
    }
    if (auto news = (*reading)->wait(200); !news) {
      if (!goes_on(news.fault())) return news.fault();
    } else if (more) {
      told = false;
    }
  }
}

}  // namespace

void add_tail(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("tail", "Print the records of a topic (NDJSON in a pipe, for people on a terminal)");
  auto options = std::make_shared<TailOptions>();
  command->add_option("topic", options->topic, "routing.decisions, attribution.credits, crm.events.dlq, …")->required();
  command->add_option("--from", options->from, "start, end, -N, an offset, or a time like 2026-01-31T00:00:00Z")->capture_default_str();
  command->add_flag("--follow,-f", options->follow, "Go on as records come");
  command->add_option("--type", options->type, "Only records of this type");
  command->add_option("--key", options->key, "Only records of this key: acme/ld_4f…");
  command->add_option("--where", options->where, "Only records with data.<field> = value: action=ROUTE; may stand several times");
  command->add_option("--limit,-n", options->limit, "Stop after so many");
  command->add_flag("--json", options->json, "NDJSON also on a terminal");
  command->add_flag("--pretty", options->pretty, "For people also in a pipe");
  command->callback([&globals, &exit, options] {
    if (auto done = tail(globals, *options); !done) exit = cannot(done.fault());
  });
}

}  // namespace millrace::cli
