// The contract of the log port, whole, on a real broker.
#include "tests/contract/log_contract.h"
#include "tests/kafka/log_on_kafka.h"

namespace millrace::log::kafka {
namespace {

struct KafkaLogRig : Cluster {
  static constexpr contract::Holds holds{.dense = false, .pending = false, .any_time = false};
  KafkaLogRig() : Cluster(contract::contract_topics()) {
    create();
    open.emplace(*this);
  }
  std::optional<LogOnKafka> open;
  Log& log() { return *open; }
  void reopen() { open->reopen(); }
  void cut(const Frame& frame) { open->cut(frame); }
};

}  // namespace

TEST_SUITE_BEGIN("kafka/log");

TEST_CASE_TEMPLATE_INVOKE(log::contract::log_contract, KafkaLogRig);

TEST_SUITE_END();

}  // namespace millrace::log::kafka
