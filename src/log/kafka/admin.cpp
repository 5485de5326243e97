#include "log/kafka/admin.h"

#include <librdkafka/rdkafka.h>

#include <mutex>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "log/kafka/client.h"
#include "log/kafka/offsets.h"

namespace millrace::log::kafka {

namespace {

using Clock = std::chrono::steady_clock;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using Options = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using Config = Owned<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
using NewTopic = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;

constexpr auto kBetweenLooks = std::chrono::milliseconds(50);  // between two looks at the cluster's metadata
constexpr auto kBetweenMarks = std::chrono::milliseconds(20);  // and at where topics end
constexpr auto kSettleWait = std::chrono::minutes(1);          // a transaction ends within its time-out
constexpr int kDefaultReplicas = 3;

template <class T>
auto pointers(const std::vector<T>& owned) {
  std::vector<decltype(owned.front().get())> out;
  for (const T& one : owned) out.push_back(one.get());
  return out;
}

}  // namespace

struct KafkaAdmin::Parts {
  KafkaSettings settings;
  DurationMs wait_ms;
  std::shared_ptr<Client> client;     // reads uncommitted: its end is the high watermark
  std::shared_ptr<Client> committed;  // its end is the last stable offset
  int brokers = 0;
  std::mutex mutex{};  // of `committed`

  // Makes an admin request and gives its answer.
  Result<Event> ask(rd_kafka_admin_op_t kind, std::string_view tried,
                    const std::function<void(const rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& request) {
    const Queue queue(rd_kafka_queue_new(client->get()));
    const Options options(rd_kafka_AdminOptions_new(client->get(), kind));
    char problem[256];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(wait_ms), problem, sizeof problem);
    request(options.get(), queue.get());
    Event event(rd_kafka_queue_poll(queue.get(), static_cast<int>(wait_ms) + 1'000));
    const rd_kafka_resp_err_t error = event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (error) {
      Said said = said_of(error);
      if (event && rd_kafka_event_error_string(event.get())) said.text = rd_kafka_event_error_string(event.get());
      return client->fault(said, Call::manage, tried);
    }
    client->went_well();
    return event;
  }

  // Every topic of the cluster by its name there.
  Result<std::map<std::string, Topic>> topics() {
    const rd_kafka_metadata_t* seen = nullptr;
    const rd_kafka_resp_err_t error = rd_kafka_metadata(client->get(), 1, nullptr, &seen, static_cast<int>(wait_ms));
    if (error) return client->fault(said_of(error), Call::describe, "list topics");
    const Owned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy> owned(seen);
    client->went_well();
    std::map<std::string, Topic> all;
    for (int i = 0; i < seen->topic_cnt; ++i) {
      const rd_kafka_metadata_topic& t = seen->topics[i];
      Topic topic{t.topic, t.partition_cnt, t.partition_cnt > 0 ? t.partitions[0].replica_cnt : 0};
      for (int p = 0; p < t.partition_cnt; ++p) topic.leaderless += t.partitions[p].leader < 0;
      all.emplace(t.topic, std::move(topic));
    }
    return all;
  }

  // Waits until each topic has as many partitions as planned, each with a leader.
  Result<void> await(const std::vector<TopicPlan>& plan) {
    const auto until = Clock::now() + std::chrono::milliseconds(wait_ms);
    for (;;) {
      const auto all = topics();
      if (!all) return all.fault();
      const auto late = std::find_if(plan.begin(), plan.end(), [&](const TopicPlan& p) {
        const auto found = all->find(settings.prefixed(p.name));
        return found == all->end() || found->second.partitions == 0 || found->second.leaderless > 0;
      });
      if (late == plan.end()) return {};
      if (Clock::now() >= until)
        return retryable("timed_out", "topic " + settings.prefixed(late->name) + " at " + settings.brokers +
                                          " was created but has no leader yet; check that all brokers run, then try again");
      std::this_thread::sleep_for(kBetweenLooks);
    }
  }

  // The configuration of each topic of `called`, in order. Needs: all of them exist.
  Result<std::vector<std::map<std::string, std::string>>> configurations(const std::vector<std::string>& called) {
    std::vector<Config> resources;
    for (const std::string& name : called)
      resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    auto raw = pointers(resources);
    auto event = ask(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "read the settings of topics", [&](auto* options, auto* queue) {
      rd_kafka_DescribeConfigs(client->get(), raw.data(), raw.size(), options, queue);
    });
    if (!event) return event.fault();
    std::size_t count = 0;
    const auto** answers =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
    std::map<std::string, std::map<std::string, std::string>> by_name;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = rd_kafka_ConfigResource_name(answers[i]);
      if (const auto error = rd_kafka_ConfigResource_error(answers[i]))
        return client->fault(said_of(error), Call::manage, "read the settings of topic", name);
      std::size_t entries = 0;
      const auto** list = rd_kafka_ConfigResource_configs(answers[i], &entries);
      for (std::size_t e = 0; e < entries; ++e)
        if (const char* value = rd_kafka_ConfigEntry_value(list[e]))
          by_name[name][rd_kafka_ConfigEntry_name(list[e])] = value;
    }
    std::vector<std::map<std::string, std::string>> out;
    for (const std::string& name : called) out.push_back(std::move(by_name[name]));
    return out;
  }

  Result<std::shared_ptr<Client>> stable_reader() {
    const std::lock_guard hold(mutex);
    if (!committed) {
      auto opened = Client::open(Client::Kind::consumer, settings, {{"isolation.level", "read_committed"}});
      if (!opened) return opened.fault();
      committed = *std::move(opened);
    }
    return committed;
  }
};

KafkaAdmin::KafkaAdmin(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
KafkaAdmin::~KafkaAdmin() = default;

Result<std::unique_ptr<KafkaAdmin>> KafkaAdmin::open(const KafkaSettings& settings, DurationMs wait_ms) {
  auto client = Client::open(Client::Kind::consumer, settings, {{"isolation.level", "read_uncommitted"}});
  if (!client) return client.fault();
  const auto brokers = (*client)->connect(wait_ms);
  if (!brokers) return brokers.fault();
  std::unique_ptr<Parts> parts(new Parts{settings, wait_ms, *std::move(client), nullptr, *brokers});
  return std::unique_ptr<KafkaAdmin>(new KafkaAdmin(std::move(parts)));
}

int KafkaAdmin::brokers() const { return parts_->brokers; }

Result<std::vector<std::string>> KafkaAdmin::create(const std::vector<TopicPlan>& plan) {
  const auto there = parts_->topics();
  if (!there) return there.fault();
  const int copies =
      parts_->settings.replication > 0 ? parts_->settings.replication : std::min(kDefaultReplicas, parts_->brokers);
  std::vector<std::string> made;
  std::vector<NewTopic> topics;
  for (const TopicPlan& p : plan) {
    const std::string called = parts_->settings.prefixed(p.name);
    if (there->contains(called)) continue;
    char problem[256] = {};
    topics.emplace_back(rd_kafka_NewTopic_new(called.c_str(), p.partitions, copies, problem, sizeof problem));
    if (!topics.back()) return fatal("bad_settings", "topic " + called + " cannot be: " + problem);
    for (const auto& [name, value] : p.settings)
      rd_kafka_NewTopic_set_config(topics.back().get(), name.c_str(), value.c_str());
    made.push_back(p.name);
  }
  if (!topics.empty()) {
    auto raw = pointers(topics);
    auto event = parts_->ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, "create topics", [&](auto* options, auto* queue) {
      rd_kafka_CreateTopics(parts_->client->get(), raw.data(), raw.size(), options, queue);
    });
    if (!event) return event.fault();
    std::size_t count = 0;
    const auto** answers = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
      const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(answers[i]);
      if (!error || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;  // another process was as quick
      Said said = said_of(error);
      if (const char* text = rd_kafka_topic_result_error_string(answers[i])) said.text = text;
      return parts_->client->fault(said, Call::manage, "create topic", rd_kafka_topic_result_name(answers[i]));
    }
  }
  if (auto all = parts_->await(plan); !all) return all.fault();
  return made;
}

Result<std::vector<Mismatch>> KafkaAdmin::check(const std::vector<TopicPlan>& plan) {
  const auto there = parts_->topics();
  if (!there) return there.fault();
  std::vector<std::string> existing;
  for (const TopicPlan& p : plan)
    if (there->contains(parts_->settings.prefixed(p.name))) existing.push_back(parts_->settings.prefixed(p.name));
  std::map<std::string, std::map<std::string, std::string>> found;
  if (!existing.empty()) {
    auto settings = parts_->configurations(existing);
    if (!settings) return settings.fault();
    for (std::size_t i = 0; i < existing.size(); ++i) found.emplace(existing[i], std::move((*settings)[i]));
  }
  std::vector<Mismatch> wrong;
  for (const TopicPlan& p : plan) {
    const std::string called = parts_->settings.prefixed(p.name);
    const auto topic = there->find(called);
    const int partitions = topic == there->end() ? 0 : topic->second.partitions;
    for (Mismatch& m : compare(p, called, partitions, found[called], parts_->settings.brokers))
      wrong.push_back(std::move(m));
  }
  return wrong;
}

Result<void> KafkaAdmin::require(const std::vector<TopicPlan>& plan) {
  const auto wrong = check(plan);
  if (!wrong) return wrong.fault();
  if (wrong->empty()) return {};
  std::string text = "the topics at " + parts_->settings.brokers + " are not as Millrace needs them:";
  for (const Mismatch& m : *wrong) text += "\n  " + log::kafka::describe(m);
  return fatal("bad_topics", std::move(text));
}

Result<void> KafkaAdmin::remove(const std::vector<std::string>& topics) {
  if (topics.empty()) return {};
  std::vector<Owned<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy>> doomed;
  for (const std::string& name : topics) doomed.emplace_back(rd_kafka_DeleteTopic_new(parts_->settings.prefixed(name).c_str()));
  auto raw = pointers(doomed);
  auto event = parts_->ask(RD_KAFKA_ADMIN_OP_DELETETOPICS, "delete topics", [&](auto* options, auto* queue) {
    rd_kafka_DeleteTopics(parts_->client->get(), raw.data(), raw.size(), options, queue);
  });
  if (!event) return event.fault();
  std::size_t count = 0;
  const auto** answers = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(answers[i]);
    if (!error || error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
    return parts_->client->fault(said_of(error), Call::manage, "delete topic", rd_kafka_topic_result_name(answers[i]));
  }
  return {};
}

Result<std::vector<KafkaAdmin::Topic>> KafkaAdmin::describe() {
  const auto all = parts_->topics();
  if (!all) return all.fault();
  const std::string prefix = parts_->settings.prefixed("");
  std::vector<Topic> out;
  for (const auto& [name, topic] : *all)
    if (name.starts_with(prefix)) out.push_back(topic);
  return out;
}

Result<std::vector<KafkaAdmin::Watermarks>> KafkaAdmin::watermarks(const std::vector<Part>& parts) {
  auto stable_reader = parts_->stable_reader();
  if (!stable_reader) return stable_reader.fault();
  std::vector<OffsetQuery> queries;
  for (const Part& p : parts) queries.push_back({parts_->settings.prefixed(p.topic), p.partition});
  // In this order, so that low <= stable <= high however the topics move meanwhile.
  const auto low = list_offsets(*parts_->client, queries, kEarliest, parts_->wait_ms);
  if (!low) return low.fault();
  const auto stable = list_offsets(**stable_reader, queries, kLatest, parts_->wait_ms);
  if (!stable) return stable.fault();
  const auto high = list_offsets(*parts_->client, queries, kLatest, parts_->wait_ms);
  if (!high) return high.fault();
  std::vector<Watermarks> out;
  for (std::size_t i = 0; i < parts.size(); ++i)
    out.push_back({parts[i], Offset{(*low)[i]}, Offset{(*high)[i]}, Offset{(*stable)[i]}});
  return out;
}

Result<std::vector<Offset>> KafkaAdmin::settled_ends(const std::vector<Part>& parts) {
  std::vector<Offset> ends;
  const auto until = Clock::now() + kSettleWait;
  for (;;) {
    const auto marks = watermarks(parts);
    if (!marks) return marks.fault();
    if (ends.empty())
      for (const Watermarks& m : *marks) ends.push_back(m.high);
    const auto open = std::find_if(marks->begin(), marks->end(), [&](const Watermarks& m) { return m.stable < ends[static_cast<std::size_t>(&m - marks->data())]; });
    if (open == marks->end()) return ends;
    if (Clock::now() >= until)
      return retryable("timed_out", "a transaction on " + open->part.topic + " does not end; look at the brokers' logs");
    std::this_thread::sleep_for(kBetweenMarks);
  }
}

Result<void> KafkaAdmin::delete_records(const std::vector<Floor>& floors) {
  if (floors.empty()) return {};
  Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(floors.size())));
  for (const Floor& f : floors)
    rd_kafka_topic_partition_list_add(list.get(), parts_->settings.prefixed(f.part.topic).c_str(), f.part.partition)
        ->offset = f.before.value;
  const Owned<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy> request(rd_kafka_DeleteRecords_new(list.get()));
  rd_kafka_DeleteRecords_t* raw = request.get();
  auto event = parts_->ask(RD_KAFKA_ADMIN_OP_DELETERECORDS, "drop old records", [&](auto* options, auto* queue) {
    rd_kafka_DeleteRecords(parts_->client->get(), &raw, 1, options, queue);
  });
  if (!event) return event.fault();
  const auto* answers = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event->get()));
  for (int i = 0; i < answers->cnt; ++i) {
    const rd_kafka_topic_partition_t& answer = answers->elems[i];
    if (answer.err)
      return parts_->client->fault(said_of(answer.err), Call::manage, "drop old records of",
                                   std::string(answer.topic) + "/" + std::to_string(answer.partition));
  }
  return {};
}

}  // namespace millrace::log::kafka
