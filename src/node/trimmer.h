// Retention on a cluster: drops what nobody needs any more (DeleteRecords), beside the work. Topics are made with
// retention.ms = -1, so nothing else drops anything.
//
// Who   each instance, for the inboxes whose tasks its members hold; of the topics that are no inbox who holds control.
//
// What may go: engine/droppable.h (TM-1, TM-2, TM-3, TM-5).
// TM-4  A cluster that is away, or refuses, is told once and tried again; nothing waits for it.
// Threads: its own.      Tests: tests/kafka/trim.sh, tests/kafka/secured.sh (TM-4)
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "engine/group_floors.h"
#include "engine/open_letters.h"
#include "engine/topology.h"
#include "log/kafka/admin.h"
#include "log/kafka/reader.h"
#include "node/recurring.h"

namespace millrace::node {

class Trimmer {
 public:
  using Floors = engine::GroupFloors::Floors;
  struct Services {
    const log::kafka::KafkaSettings& settings;
    log::kafka::KafkaAdmin& admin;
    const engine::Topology& topology;
    std::function<Floors()> floors;                   // of all members of this instance
    std::function<TimeMs()> now_ms;
    std::function<void(const Fault&)> tell;
    std::atomic<std::uint64_t>& trimmed;  // counts offsets that were dropped
  };

  Trimmer(Services services, DurationMs keep);

 private:
  Result<void> trim();

  const Services services_;
  const DurationMs keep_;
  std::unique_ptr<log::kafka::KafkaReader> reader_;  // from the first time that there is something to do
  std::unique_ptr<engine::OpenLetters> letters_;
  Recurring trims_;
};

}  // namespace millrace::node
