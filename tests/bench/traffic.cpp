#include "tests/bench/traffic.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "node/request.h"
#include "topology/events/operator.h"
#include "topology/simulation/facts.h"
#include "topology/simulation/person.h"
#include "topology/simulation/setup.h"

namespace millrace::bench {

namespace {

constexpr std::int64_t kSenderDay = 5;         // mails of a sender on its first day
constexpr std::chrono::milliseconds kTail{1000};  // after the last request

void must_take(const std::string& folder, const node::Request& request) {
  const auto answer = must(node::ask(folder, request));
  if (!answer.code.empty()) give_up(answer.message);
  if (!answer.refused.empty()) give_up("a record was refused: " + answer.refused.front());
}

void define_senders(const Load& load, std::int64_t fresh, const std::string& salt) {
  for (std::int64_t t = kTenants; t < kTenants + kNewTenants; ++t) {
    node::Request request;
    request.op = node::Request::Op::operators;
    request.args["tenant"] = simulation::tenant_name(t);
    for (std::int64_t n = 0; n <= fresh / kNewTenants / kSenderDay; ++n) {
      SenderDefined sender = simulation::sample_sender("bench-" + salt + "-" + std::to_string(n));
      sender.request_id = sender.sender_id;
      sender.actor = "bench";
      sender.roles = {"admin"};
      std::string id = sender.request_id;
      request.items.push_back(simulation::fact_of(SenderDefined::type, sender, std::move(id), simulation::tenant_name(t), load.population.at_ms).json);
    }
    must_take(load.folder, request);
  }
}

}  // namespace

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

double process_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

void say(std::string_view name, double value) {
  std::printf("%.*s %.6g\n", static_cast<int>(name.size()), name.data(), value);
  std::fflush(stdout);
}

void give_up(std::string_view what) {
  std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(2);
}

Population new_population(const std::string& folder, std::int64_t leads) {
  const Population population{leads, leads, node::wall_ms() - kDayMs};
  std::ofstream(folder + "/bench-time") << population.at_ms;
  return population;
}
Population population_of(const std::string& folder, std::int64_t leads, std::int64_t active) {
  Population population{leads, active, 0};
  std::ifstream(folder + "/bench-time") >> population.at_ms;
  population.from_ms = node::wall_ms();
  return population;
}

void produce(const Load& load, std::atomic<bool>& done) {
  const std::int64_t requests = load.requests_per_second * load.seconds;
  const std::int64_t each = std::max<std::int64_t>(load.fresh, load.rate / load.requests_per_second);
  const std::string salt = std::to_string(node::wall_ms());
  define_senders(load, requests * load.fresh, salt);
  std::this_thread::sleep_for(kSettle);
  const std::int64_t first_new = kNewLead + node::wall_ms() * 10'000;  // other ones than in the runs before
  std::int64_t n = 0, fresh = 0;
  const auto begin = Clock::now();
  for (std::int64_t number = 0; number < requests; ++number) {
    node::Request request;
    request.op = node::Request::Op::facts;
    for (std::int64_t i = 0; i < each; ++i, ++n)
      request.items.push_back(i < load.fresh ? capture(load.population, first_new + fresh++) : fact(load.population, n, salt));
    std::this_thread::sleep_until(begin + std::chrono::microseconds(1'000'000 / load.requests_per_second * number));
    must_take(load.folder, request);
  }
  say("produced_per_s", static_cast<double>(n) / seconds_since(begin));
  std::this_thread::sleep_for(kTail);
  done = true;
}

void Watch::say() {
  std::sort(times.begin(), times.end());
  bench::say(name, static_cast<double>(times.size()));
  if (times.empty()) give_up("nothing came out: " + name);
  bench::say(name + "_p50_ms", times[times.size() / 2]);
  bench::say(name + "_p99_ms", times[times.size() * 99 / 100]);
  bench::say(name + "_max_ms", times.back());
}

void watch(const log::Reader& log, const std::function<Result<bool>()>& follow, const std::vector<Watch*>& all, const std::atomic<bool>& done,
           const std::function<std::optional<TimeMs>(const Record&)>& began) {
  struct Place {
    Watch* watch;
    TopicPartition tp;
    Offset next;
  };
  std::vector<Place> places;
  for (Watch* each : all)
    for (std::uint16_t p = 0; p < log.topics().partitions(each->topic); ++p) {
      const TopicPartition tp{each->topic, Partition{p}};
      places.push_back({each, tp, log.end(tp)});
    }
  log::Batch batch;
  for (const Place& place : places) must(log.fetch(place.tp, place.next, 1, 1, batch));  // TR-3
  for (; !done; must(follow()))
    for (auto& [each, tp, next] : places)
      while (next < log.end(tp)) {
        must(log.fetch(tp, next, 1000, 4 << 20, batch));
        const TimeMs now = node::wall_ms();
        for (const Record& record : batch.records) {
          if (record.headers.set_by.known()) continue;
          if (!each->type.empty() && record.value.find(each->type) == std::string_view::npos) continue;
          if (const auto begin = began(record)) each->times.push_back(static_cast<double>(now - *begin));
        }
        next = batch.next;
      }
}

}  // namespace millrace::bench
