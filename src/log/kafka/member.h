// A member of a Kafka consumer group with a transactional producer: log::Group over Apache Kafka.
//
// Identity  transactional.id = group.instance.id = "<namespace>/<instance>/<thread>", so a process that was killed has its
//           partitions back at once when it starts again, and fences what it left under way.
//
// MB-1  Nobody commits who does not belong to the group any more (membership.h).
// MB-2  A revocation ends the batch first: the listener commits inside the call that takes the partitions.
// MB-3  A batch whose end nobody told is settled before anything else (batch.h).
// MB-4  A new owner that meets the unfinished transaction of a dead one ends it by its name, which stands in the metadata
//       of the committed offset.
// MB-7  Who is given a partition that the namespace does not have (somebody raised a topic's count) takes nothing, and says so.
//
// Threads: one.      Tests: tests/kafka/chaos.sh, tests/kafka/torn.sh
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "log/group.h"
#include "log/kafka/figures.h"
#include "log/kafka/settings.h"

namespace millrace::log::kafka {

struct MemberOptions {
  std::string group;     // "<namespace>.spine"
  std::string identity;  // of the consumer's instance and of the producer
  bool chain = false;    // GP-5; not at least once
  MemberFigures* figures = nullptr;  // must outlive the member
  const std::atomic<bool>* leaving = nullptr;  // the same; set when the member is to end: it waits less for brokers that are away
  // The defences, each off only to show what it is there for.
  bool watch_requests = true;
  bool check_membership = true;
};

// Fails: unreachable (retry), bad_settings, and as the cluster refuses. `topics` must outlive the member.
Result<std::unique_ptr<Group>> open_member(const KafkaSettings& settings, const TopicTable& topics,
                                           const MemberOptions& options);

}  // namespace millrace::log::kafka
