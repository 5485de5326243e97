#include "node/status_rows.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "log/memory/memory_log.h"
#include "topology/topics.h"

namespace millrace::node {
namespace {

struct MemoryReading final : Reading {
  log::MemoryLog memory{topics::make_table(2)};
  const log::Reader& log() const override { return memory; }
  Result<std::vector<log::TaskPosition>> positions() override { return memory.all_committed(); }
  Result<bool> wait(int) override { return false; }
};

StatusRow row_of(MemoryReading& reading, const std::string& stage, std::int64_t partition) {
  const auto rows = status_rows(reading, true);
  REQUIRE(rows);
  const auto row = std::find_if(rows->begin(), rows->end(), [&](const StatusRow& r) { return r.stage == stage && r.partition == partition; });
  REQUIRE(row != rows->end());
  return *row;
}

}  // namespace

TEST_SUITE_BEGIN("node/status_rows");

TEST_CASE("ST-1: a task that is stuck on a cursor lags, though everything is accounted for") {
  MemoryReading reading;
  const TopicPartition inbox{topics::crm_events, Partition{1}};
  const NewRecord record{inbox, 1, "acme", "{}", {}};
  REQUIRE(reading.memory.append({{}, {record, record, record}, ""}));
  CHECK(row_of(reading, "harvest", 1).lag == 3);
  log::TaskPosition at{inbox, 2};
  at.cursor = 1000;
  at.folded = 2;
  at.duplicates = 1;
  REQUIRE(reading.memory.append({{at}, {}, "e"}));
  REQUIRE(reading.memory.flush());
  CHECK(row_of(reading, "harvest", 1).lag == 1);
  CHECK(row_of(reading, "harvest", 1).conserved);
  at.next = 3;
  at.cursor = 0;
  REQUIRE(reading.memory.append({{at}, {}, "e"}));
  REQUIRE(reading.memory.flush());
  CHECK(row_of(reading, "harvest", 1).lag == 0);
  CHECK(row_of(reading, "harvest", 1).conserved);
  CHECK(row_of(reading, "harvest", 0).lag == 0);
}

TEST_CASE("what is not accounted for is shown") {
  MemoryReading reading;
  const TopicPartition inbox{topics::crm_events, Partition{0}};
  REQUIRE(reading.memory.append({{{inbox, 1}}, {{inbox, 1, "acme", "{}", {}}}, "e"}));
  REQUIRE(reading.memory.flush());
  CHECK_FALSE(row_of(reading, "harvest", 0).conserved);
}

TEST_SUITE_END();

}  // namespace millrace::node
