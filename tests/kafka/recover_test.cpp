// A task brought up over a broker's topic, whose offsets have holes.
#include <librdkafka/rdkafka.h>

#include "engine/task.h"
#include "keys/derived_keyring.h"
#include "log/kafka/membership.h"
#include "log/kafka/partition_list.h"
#include "log/kafka/reader.h"
#include "log/kafka/transactions.h"
#include "state/memory_kv.h"
#include "state/table_space.h"
#include "tests/kafka/cluster.h"
#include "tests/simulation/toy.h"

namespace millrace::log::kafka {

TEST_SUITE("kafka/recover") {
  TEST_CASE("TK-3: a position in the middle of a record is reached over the marker of a transaction that lies before it") {
    constexpr std::int64_t kFacts = 12'500;  // which set 2,500 timers
    const engine::Topology topology = test::toy(1);
    const TopicPartition inbox{test::kIn, Partition{0}};
    const KafkaSettings settings = settings_for(fresh_namespace());
    const auto admin = must(KafkaAdmin::open(settings));
    std::vector<std::string> names;
    std::vector<TopicPlan> plan;
    for (std::uint8_t t = 0; t < topology.topics.size(); ++t) {
      names.push_back(topology.topics[TopicId{t}].name);
      plan.push_back({names.back(), 1, {{"retention.ms", "-1"}}});  // the records are old from the start
    }
    must(admin->create(plan));

    const auto producer = must(Transactions::open(settings, settings.name_space + "/writer", topology.topics, {}));
    const auto commit = [&] {
      const PartitionList offsets(rd_kafka_topic_partition_list_new(0));
      const GroupMetadata nobody(rd_kafka_consumer_group_metadata_new("nobody"));
      REQUIRE(must(producer->commit(offsets.get(), nobody.get())) == Ended::committed);
    };
    for (std::int64_t i = 0; i < kFacts; ++i) must(producer->send({inbox, i + 1, "k", "v", {}}));
    commit();
    Headers copy;
    copy.broadcast = true;
    must(producer->send({inbox, 20'000, "", "tick", copy}));
    commit();

    const auto reader = must(KafkaReader::open(settings, topology.topics));
    DerivedKeyring keys("seed");
    const engine::Task::Services services{topology.topics, *reader, keys, keys, "env"};
    const auto disk = std::make_shared<state::MemoryDisk>();
    const auto task_on = [&] {
      return std::make_unique<engine::Task>(topology.stages[0], Partition{0}, services, std::make_unique<state::MemoryKv>(disk),
                                            std::make_shared<state::CacheBudget>(1 << 20));
    };
    auto task = task_on();
    must(task->recover({}));
    for (int shares = 0; shares < 100 && task->position().next < kFacts; ++shares) must(task->fold_share(Offset{kFacts}));
    REQUIRE(task->position().next == kFacts);
    task->space().cut(task->checkpoint_meta());
    must(task->space().commit(true));
    must(task->fold_share(Offset{kFacts + 2}));
    const TaskPosition within = task->position();
    REQUIRE(within.next == kFacts + 1);
    REQUIRE(within.cursor == 1000);

    task = task_on();
    must(task->recover(within));
    CHECK(task->position() == within);
    must(admin->remove(names));
  }
}

}  // namespace millrace::log::kafka
