// The spine on a real broker, and a bare chain of consume, copy, produce over topics of its own with the same client, the
// same settings and the same transactions: what it costs to be on Kafka at all. scripts/bench --kafka makes the table.
//
//   kafka_bench make BROKERS NAMESPACE DIR LEADS PARTITIONS   a namespace with LEADS captures that wait to be folded
//   kafka_bench fold BROKERS NAMESPACE DIR LEADS FACTS THREADS CHAIN  folds what waits, then FACTS more, which are measured
//   kafka_bench latency BROKERS NAMESPACE DIR LEADS RATE SECONDS  against a running `millrace run --data DIR`
//   kafka_bench chain BROKERS NAMESPACE PARTITIONS HOPS RECORDS BYTES RATE SECONDS
//   kafka_bench restore BROKERS NAMESPACE DIR PARTITIONS ROWS BYTES  stores made from changelogs, one thread a partition
//
// Each prints lines "name value". cpu is processor time of the whole process; the broker's is not in it. A latency is from
// the time that the front door's record was appended or made until a reader of committed records has its last effect.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

#include "engine/changelog.h"
#include "log/kafka/member.h"
#include "node/cluster.h"
#include "node/node.h"
#include "node/request.h"
#include "tests/bench/traffic.h"
#include "topology/simulation/setup.h"
#include "topology/topics.h"

namespace millrace::bench {

namespace {

namespace kafka = log::kafka;
constexpr std::int64_t kRequestFacts = 1000;

kafka::KafkaSettings settings_of(const std::string& brokers, const std::string& name_space, const std::string& chain = "true") {
  return must(kafka::KafkaSettings::from({{"brokers", brokers}, {"namespace", name_space}, {"chain", chain}}));
}

// --- the spine

void feed(node::Cluster& cluster, std::int64_t first, std::int64_t count, const std::function<std::string(std::int64_t)>& make) {
  for (std::int64_t n = first; n < first + count; n += kRequestFacts) {
    node::Request request;
    request.op = node::Request::Op::facts;
    for (std::int64_t i = n; i < std::min(n + kRequestFacts, first + count); ++i) request.items.push_back(make(i));
    const node::Response answer = node::handle(cluster, request);
    if (!answer.code.empty() || !answer.refused.empty()) give_up("a fact was refused: " + answer.message);
  }
}

int make(const std::string& brokers, const std::string& name_space, const std::string& folder, std::int64_t leads, std::int64_t partitions) {
  std::filesystem::create_directories(folder);
  const Population population = new_population(folder, leads);
  const auto settings = settings_of(brokers, name_space);
  must(node::Cluster::create(folder, settings, {.partitions = static_cast<std::uint16_t>(partitions), .policy_toml = policy_toml(population)}));
  const auto cluster = must(node::Cluster::open(folder, settings, {}));
  for (const simulation::Fact& fact : simulation::setup_records(plan_of(population), false)) {
    node::Request request;
    request.op = node::Request::Op::operators;
    request.items = {fact.json};
    request.args["tenant"] = fact.tenant;
    if (const auto answer = node::handle(*cluster, request); !answer.code.empty()) give_up(answer.message);
  }
  feed(*cluster, 0, leads, [&](std::int64_t i) { return capture(population, i); });
  return 0;
}

// Runs the instance until the groups stand at the end of every inbox; gives the records passed, or what went wrong.
struct Ran {
  double wall = 0, cpu = 0, records = 0;
};
Ran run_until_drained(node::Cluster& cluster, kafka::KafkaReader& reader) {
  std::map<TopicPartition, std::int64_t> before;
  for (const auto& p : must(cluster.positions())) before[p.inbox] = p.next;
  std::atomic<bool> stop{false};
  const double cpu = process_seconds();
  auto begin = Clock::now();
  std::atomic<bool> joined{false};
  std::thread running([&] {
    must(cluster.run(stop, {[](const Fault& fault) { std::fprintf(stderr, "kafka_bench: %s\n", fault.message.c_str()); },
                            [&](std::string_view event, const std::string& member, const std::string&) {
                              if (event == "restore" && member != "control") joined = true;
                            }}));
  });
  while (!joined) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  begin = Clock::now();
  Ran ran;
  for (bool drained = false; !drained;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    (void)must(reader.refresh());
    std::map<TopicPartition, std::int64_t> now;
    for (const auto& p : must(cluster.positions())) now[p.inbox] = p.next;
    drained = true;
    ran.records = 0;
    for (std::uint8_t t = 0; t <= topics::attribution_touches.value; ++t)
      for (std::uint16_t p = 0; p < reader.topics().partitions(TopicId{t}); ++p) {
        const TopicPartition tp{TopicId{t}, Partition{p}};
        if (t == topics::control.value || !cluster.topology().topics.partitions(TopicId{t})) continue;
        const bool inbox = std::any_of(cluster.topology().stages.begin(), cluster.topology().stages.end(),
                                       [&](const engine::StageSpec& s) { return s.inbox == tp.topic; });
        if (!inbox) continue;
        // A transaction's marker stands behind the last record.
        if (reader.end(tp).value - now[tp] > 1) drained = false;
        ran.records += static_cast<double>(now[tp] - before[tp]);
      }
  }
  ran.wall = seconds_since(begin);
  stop = true;
  running.join();
  ran.cpu = process_seconds() - cpu;
  return ran;
}

int fold(const std::string& brokers, const std::string& name_space, const std::string& folder, std::int64_t leads, std::int64_t facts, std::int64_t threads,
         const std::string& chain) {
  const Population population = population_of(folder, leads, std::min<std::int64_t>(leads, 50'000));
  const auto settings = settings_of(brokers, name_space, chain);
  const auto cluster = must(node::Cluster::open(folder, settings, {.threads = static_cast<std::size_t>(threads)}));
  const auto reader = must(kafka::KafkaReader::open(settings, cluster->topology().topics));
  run_until_drained(*cluster, *reader);
  const std::string salt = std::to_string(node::wall_ms());
  feed(*cluster, 0, facts, [&](std::int64_t i) { return fact(population, i, salt); });
  const Ran ran = run_until_drained(*cluster, *reader);
  say("events_per_s", static_cast<double>(facts) / ran.wall);
  say("records_per_event", ran.records / static_cast<double>(facts));
  say("cpu_us_per_event", ran.cpu / static_cast<double>(facts) * 1e6);
  say("cpu_us_per_record", ran.cpu / ran.records * 1e6);
  return 0;
}

int latency(const std::string& brokers, const std::string& name_space, const std::string& folder, std::int64_t leads, std::int64_t rate, std::int64_t seconds) {
  const Population population = population_of(folder, leads, std::min<std::int64_t>(leads, 50'000));
  const auto settings = settings_of(brokers, name_space);
  auto admin = must(kafka::KafkaAdmin::open(settings));
  std::uint16_t partitions = 0;
  for (const auto& topic : must(admin->describe()))
    if (topic.name == settings.prefixed("crm.events")) partitions = static_cast<std::uint16_t>(topic.partitions);
  const auto reader = must(kafka::KafkaReader::open(settings, topics::make_table(partitions)));
  std::atomic<bool> done{false};
  std::thread producer([&] {
    produce({.folder = folder, .population = population, .rate = rate, .seconds = seconds, .requests_per_second = 100}, done);
  });
  Watch decisions{"decisions", topics::routing_decisions, "\"type\":\"route.decided\""};
  Watch commands{"commands", topics::outreach_commands};
  // A stage's time is that of the record it folded, so an output's is when the front door appended the fact.
  watch(*reader, [&] { return reader->follow(2); }, {&decisions, &commands}, done, [](const Record& record) { return record.timestamp; });
  producer.join();
  decisions.say();
  commands.say();
  return 0;
}

// --- the bare chain

class Chain final : log::GroupListener {
 public:
  Chain(const kafka::KafkaSettings& settings, const TopicTable& topics) : topics_(topics) {
    member_ = must(kafka::open_member(settings, topics, {.group = settings.prefixed("chain"), .identity = settings.prefixed("chain/0")}));
    std::vector<TopicId> inboxes;
    for (std::uint8_t t = 0; t + 1u < topics.size(); ++t) inboxes.push_back(TopicId{t});
    must(member_->join(inboxes, *this));
  }
  ~Chain() override { member_->leave(); }

  // One turn, with the rules of the engine's members: the deepest first, committed when drained or after 100 ms.
  void turn() {
    const auto deliveries = must(member_->poll(std::chrono::milliseconds(touched_.empty() ? 20 : 1)));
    std::vector<const log::Delivery*> order;
    for (const log::Delivery& d : deliveries) order.push_back(&d);
    std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->inbox.topic > b->inbox.topic; });
    for (const log::Delivery* d : order)
      for (const Record& r : d->records) {
        if (touched_.empty()) began_ = Clock::now();
        const TopicId to{static_cast<std::uint8_t>(d->inbox.topic.value + 1)};
        values_.emplace_back(r.key);
        const std::string& key = values_.back();
        values_.emplace_back(r.value);
        must(member_->send({{to, d->inbox.partition}, r.timestamp, key, values_.back(), {}}));
        log::TaskPosition& at = touched_[d->inbox];
        at.inbox = d->inbox;
        at.next = r.at.offset.value + 1;
        ++copied;
      }
    const auto now = Clock::now();
    if (touched_.empty()) return;
    if (now - began_ < std::chrono::milliseconds(100) && values_.size() < 40'000 &&
        !(order.empty() && now - last_ >= std::chrono::milliseconds(15)))
      return;
    std::vector<log::TaskPosition> positions;
    for (const auto& [inbox, at] : touched_) positions.push_back(at);
    if (must(member_->commit(positions, "chain")) != log::CommitEnd::committed) give_up("the chain lost its partitions");
    touched_.clear();
    values_.clear();
    last_ = Clock::now();
  }
  bool open() const { return !touched_.empty(); }
  bool ready = false;
  std::uint64_t copied = 0;

 private:
  void assigned(const std::vector<log::Assignment>& given) override {
    for (const log::Assignment& a : given) must(member_->resume(a.inbox, Offset{a.committed ? a.committed->next : 0}));
    ready = true;
  }
  void revoked(const std::vector<TopicPartition>&, bool) override {}

  const TopicTable& topics_;
  std::unique_ptr<log::Group> member_;
  std::map<TopicPartition, log::TaskPosition> touched_;
  std::deque<std::string> values_;
  Clock::time_point began_{}, last_{};
};

int chain(const std::string& brokers, const std::string& name_space, std::int64_t partitions, std::int64_t hops, std::int64_t records, std::int64_t bytes,
          std::int64_t rate, std::int64_t seconds) {
  const auto settings = settings_of(brokers, name_space);
  std::vector<TopicInfo> infos;
  for (std::int64_t t = 0; t <= hops; ++t) infos.push_back({"hop" + std::to_string(t), static_cast<std::uint16_t>(partitions)});
  const TopicTable table(infos);
  auto admin = must(kafka::KafkaAdmin::open(settings));
  std::vector<kafka::TopicPlan> plan;
  for (const TopicInfo& t : infos) plan.push_back({t.name, t.partitions, {}});
  (void)must(admin->create(plan));
  auto appender = must(kafka::KafkaAppender::open(settings, table));
  std::string text;  // compresses as JSON does, roughly
  for (int i = 0; static_cast<std::int64_t>(text.size()) < bytes; ++i) text += "\"field" + std::to_string(i * 7919 % 1000) + "\":" + std::to_string(i * 104729 % 99991) + ",";
  text.resize(static_cast<std::size_t>(bytes));
  const auto append = [&](std::int64_t first, std::int64_t count) {
    std::vector<std::string> keys;
    std::vector<NewRecord> all;
    for (std::int64_t i = 0; i < count; ++i) keys.push_back("k" + std::to_string(first + i));
    for (const std::string& key : keys)
      all.push_back({{TopicId{0}, Partition{partition_of(key, static_cast<std::uint16_t>(partitions))}}, node::wall_ms(), key, text, {}});
    (void)must(appender->append(all));
  };
  for (std::int64_t n = 0; n < records; n += 1000) append(n, std::min<std::int64_t>(1000, records - n));
  {
    Chain one(settings, table);
    while (!one.ready) one.turn();
    const double cpu = process_seconds();
    const auto begin = Clock::now();
    const auto wanted = static_cast<std::uint64_t>(records * hops);
    while (one.copied < wanted) one.turn();
    say("events_per_s", static_cast<double>(records) / seconds_since(begin));
    say("cpu_us_per_record", (process_seconds() - cpu) / static_cast<double>(wanted) * 1e6);
    while (one.open()) one.turn();  // what is old is not timed
    if (rate > 0) {
      std::atomic<bool> done{false};
      std::thread producer([&] {
        std::this_thread::sleep_for(kSettle);
        const auto start = Clock::now();
        for (std::int64_t r = 0; r < 100 * seconds; ++r) {
          std::this_thread::sleep_until(start + std::chrono::milliseconds(10 * r));
          append(records + r * rate / 100, rate / 100);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1000));
        done = true;
      });
      Watch last{"last", TopicId{static_cast<std::uint8_t>(hops)}};
      std::thread watcher([&] {
        const auto reader = must(kafka::KafkaReader::open(settings, table));
        watch(*reader, [&] { return reader->follow(2); }, {&last}, done, [](const Record& record) { return record.timestamp; });
      });
      while (!done) one.turn();
      producer.join();
      watcher.join();
      last.say();
    }
  }
  std::vector<std::string> names;
  for (const TopicInfo& t : infos) names.push_back(t.name);
  must(admin->remove(names));
  return 0;
}

int restore(const std::string& brokers, const std::string& name_space, const std::string& folder, std::int64_t partitions, std::int64_t rows, std::int64_t bytes) {
  const auto settings = settings_of(brokers, name_space);
  const TopicTable table({{"rows", static_cast<std::uint16_t>(partitions)}});
  auto admin = must(kafka::KafkaAdmin::open(settings));
  (void)must(admin->create({{"rows", static_cast<std::uint16_t>(partitions), {{"cleanup.policy", "compact"}}}}));
  auto appender = must(kafka::KafkaAppender::open(settings, table));
  const std::string value(static_cast<std::size_t>(bytes), 'v');
  for (std::int64_t n = 0; n < rows; n += 10'000) {
    std::vector<std::string> keys;
    std::vector<NewRecord> all;
    for (std::int64_t i = n; i < std::min(n + 10'000, rows); ++i)  // as leads come: not in order
      keys.push_back("t\1acme/lead-" + std::to_string(static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15u));
    for (std::size_t i = 0; i < keys.size(); ++i)
      all.push_back({{TopicId{0}, Partition{static_cast<std::uint16_t>(i % static_cast<std::size_t>(partitions))}}, 1, keys[i], value, {}});
    (void)must(appender->append(all));
  }
  const auto reader = must(kafka::KafkaReader::open(settings, table));
  state::RocksEnvironment rocks({});
  const std::atomic<bool> never{false};
  const double cpu = process_seconds();
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (std::int64_t p = 0; p < partitions; ++p)
    threads.emplace_back([&, p] {
      const TopicPartition tp{TopicId{0}, Partition{static_cast<std::uint16_t>(p)}};
      const auto loader = must(rocks.load(folder + "/restore-" + std::to_string(p)));
      (void)must(engine::load_changelog(*reader, tp, reader->end(tp), *loader, never));
      must(loader->finish());
    });
  for (std::thread& thread : threads) thread.join();
  say("rows_per_s", static_cast<double>(rows) / seconds_since(begin));
  say("cpu_us_per_row", (process_seconds() - cpu) / static_cast<double>(rows) * 1e6);
  must(admin->remove({"rows"}));
  return 0;
}

int run(const std::vector<std::string>& a) {
  const auto n = [&](std::size_t i) { return static_cast<std::int64_t>(std::strtoll(a[i].c_str(), nullptr, 10)); };
  const std::string what = a.empty() ? "" : a[0];
  if (what == "make" && a.size() == 6) return make(a[1], a[2], a[3], n(4), n(5));
  if (what == "fold" && a.size() == 8) return fold(a[1], a[2], a[3], n(4), n(5), n(6), a[7]);
  if (what == "latency" && a.size() == 7) return latency(a[1], a[2], a[3], n(4), n(5), n(6));
  if (what == "restore" && a.size() == 7) return restore(a[1], a[2], a[3], n(4), n(5), n(6));
  if (what == "chain" && a.size() == 9) return chain(a[1], a[2], n(3), n(4), n(5), n(6), n(7), n(8));
  std::fprintf(stderr, "kafka_bench: see the head of tests/bench/kafka_bench.cpp\n");
  return 2;
}

}  // namespace

}  // namespace millrace::bench

int main(int argc, char** argv) { return millrace::bench::run({argv + 1, argv + argc}); }
