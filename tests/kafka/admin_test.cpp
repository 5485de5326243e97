#include "log/kafka/admin.h"

#include <algorithm>

#include "cluster.h"

namespace millrace::log::kafka {
namespace {

constexpr TopicId control{0}, events{1}, leads{2};

struct Topics : Cluster {
  Topics() : Cluster(TopicTable({{"control", 1}, {"crm.events", 4}, {"leads.scored", 3}})) {
    layout.inboxes = {control, events, leads};
    layout.doors = {control, events};
  }
};

NewRecord record(TopicId topic, int partition, std::string_view value) {
  return {{topic, Partition{static_cast<std::uint16_t>(partition)}}, 1'700'000'000'000, "key", value, {}};
}

KafkaSettings without_broker() {
  // Port 1 is never a broker's; the refusal comes at once.
  return must(KafkaSettings::from({{"brokers", "127.0.0.1:1"}}));
}

}  // namespace

TEST_SUITE_BEGIN("kafka/admin");

TEST_CASE("KA-1: what was created is as it must be, and creating again makes nothing") {
  Topics t;
  const auto plan = plan_topics(t.layout);
  CHECK(must(t.admin->create(plan)).size() == 7);  // three topics, keys, three changelogs
  must(t.admin->require(plan));
  CHECK(must(t.admin->create(plan)).empty());
  const auto all = must(t.admin->describe());
  REQUIRE(all.size() == 7);
  const auto found = std::find_if(all.begin(), all.end(), [&](const KafkaAdmin::Topic& topic) {
    return topic.name == t.settings.prefixed("crm.events");
  });
  REQUIRE(found != all.end());
  CHECK(found->partitions == 4);
  CHECK(found->replicas == std::min(3, t.admin->brokers()));
  CHECK(found->leaderless == 0);
}

TEST_CASE("KA-1: a topic that is missing, has another count or another setting is refused with the command that mends it") {
  Topics t;
  const auto plan = plan_topics(t.layout);
  auto other = plan;
  other.pop_back();                                            // leads.scored.changelog is missing
  other[1].partitions = 5;                                     // crm.events
  other[1].settings["message.timestamp.type"] = "CreateTime";  // and stamped by its producers
  other[2].settings["retention.ms"] = "86400000";              // leads.scored forgets
  must(t.admin->create(other));
  const auto wrong = must(t.admin->check(plan));
  REQUIRE(wrong.size() == 4);
  CHECK(wrong[0].setting == "partitions");
  CHECK(wrong[0].found == "5");
  CHECK(wrong[0].needed == "4");
  CHECK(wrong[1].topic == t.settings.prefixed("crm.events"));
  CHECK(wrong[1].setting == "message.timestamp.type");
  CHECK(wrong[1].found == "CreateTime");
  CHECK(wrong[1].needed == "LogAppendTime");
  CHECK(wrong[2].setting == "retention.ms");
  CHECK(wrong[3].setting == "exists");

  const auto refused = t.admin->require(plan);
  REQUIRE_FALSE(refused);
  CHECK(refused.fault().code == "bad_topics");
  CHECK(refused.fault().kind == Fault::Kind::fatal);
  const std::string& text = refused.fault().message;
  CHECK(says(text, "has partitions 5 and needs 4"));
  CHECK(says(text, "has message.timestamp.type CreateTime and needs LogAppendTime: kafka-configs.sh --bootstrap-server " +
                       brokers() + " --alter --entity-type topics --entity-name " + t.settings.prefixed("crm.events") +
                       " --add-config message.timestamp.type=LogAppendTime"));
  CHECK(says(text, "topic " + t.settings.prefixed("leads.scored.changelog") + " does not exist: millrace topology --create"));
}

TEST_CASE("watermarks say where records begin and end, and DeleteRecords moves the beginning") {
  Topics t;
  t.create();
  auto appender = t.appender();
  std::vector<NewRecord> records;
  for (int i = 0; i < 10; ++i) records.push_back(record(leads, 1, "v"));
  must(appender->append(records));
  const std::vector<KafkaAdmin::Part> parts = {{"leads.scored", 1}, {"leads.scored", 0}, {"crm.events", 3}};
  auto marks = must(t.admin->watermarks(parts));
  REQUIRE(marks.size() == 3);
  CHECK(marks[0].part.topic == "leads.scored");
  CHECK(marks[0].low == Offset{0});
  CHECK(marks[0].high == Offset{10});
  CHECK(marks[0].stable == Offset{10});
  CHECK(marks[1].high == Offset{0});

  must(t.admin->delete_records({{{"leads.scored", 1}, Offset{4}}}));
  marks = must(t.admin->watermarks(parts));
  CHECK(marks[0].low == Offset{4});
  CHECK(marks[0].high == Offset{10});

  const auto above = t.admin->delete_records({{{"leads.scored", 1}, Offset{11}}});
  REQUIRE_FALSE(above);
  CHECK(above.fault().code == "out_of_range");
  const auto compacted = t.admin->delete_records({{{"keys", 0}, Offset{0}}});
  REQUIRE_FALSE(compacted);
  CHECK(compacted.fault().code == "refused");
}

TEST_CASE("a topic that is not there is named, with how to make it") {
  Topics t;
  const auto marks = t.admin->watermarks({{"crm.events", 0}});
  REQUIRE_FALSE(marks);
  CHECK(marks.fault().code == "unknown_topic");
  CHECK(says(marks.fault().message, t.settings.prefixed("crm.events")));
  CHECK(says(marks.fault().message, "millrace topology --create"));
}

TEST_CASE("a setting that the cluster refuses is a fault with the cluster's words") {
  Topics t;
  auto plan = plan_topics(t.layout);
  plan.resize(1);
  plan[0].settings["retention.ms"] = "soon";
  const auto made = t.admin->create(plan);
  REQUIRE_FALSE(made);
  CHECK(made.fault().code == "bad_settings");
  CHECK(says(made.fault().message, "retention.ms"));

  auto many = t.settings;
  many.replication = 99;
  const auto copies = must(KafkaAdmin::open(many))->create(plan_topics(t.layout));
  REQUIRE_FALSE(copies);
  CHECK(copies.fault().code == "bad_settings");
}

TEST_CASE("KA-2, CL-2: a cluster that is away is a fault to be retried that says what was tried and what to do") {
  const auto admin = KafkaAdmin::open(without_broker(), 500);
  REQUIRE_FALSE(admin);
  CHECK(admin.fault().code == "broker_unreachable");
  CHECK(admin.fault().kind == Fault::Kind::retry);
  CHECK(says(admin.fault().message, "could not reach Kafka at 127.0.0.1:1"));
  CHECK(says(admin.fault().message, "Connection refused"));
  CHECK(says(admin.fault().message, "check that the brokers run"));
}

TEST_CASE("CL-2: TLS and SASL against a listener that has none end with the settings to look at") {
  const std::map<std::string, std::string> expected = {{"ssl", "tls_failed"}, {"sasl_plaintext", "authentication_failed"}};
  for (const auto& [protocol, code] : expected) {
    CAPTURE(protocol);
    const auto admin = KafkaAdmin::open(settings_for("x", {{"security.protocol", protocol},
                                                           {"sasl.mechanism", "PLAIN"},
                                                           {"sasl.username", "millrace"},
                                                           {"sasl.password", "hush-hush"}}));
    REQUIRE_FALSE(admin);
    CHECK(admin.fault().code == code);
    CHECK(admin.fault().kind == Fault::Kind::fatal);
    CHECK(says(admin.fault().message, "check security.protocol"));
    CHECK_FALSE(says(admin.fault().message, "hush-hush"));
  }
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
