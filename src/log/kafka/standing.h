// What a group has committed for the partitions of one member, as far as the member knows, and what became of a batch whose
// end nobody told. Internal to this folder.
//
// ST-1  Only what is settled counts: offsets of a transaction under way are waited for, and ended by the name that stands in
//       the last committed offset when their owner is dead (MB-4).
// ST-2  A batch is compared whole (MB-3): all its partitions at its start, all at its end, or behind.
// Threads: one.      Tests: tests/kafka/torn.sh, tests/kafka/chaos.sh
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/group.h"
#include "log/kafka/client.h"
#include "log/kafka/settings.h"
#include "log/kafka/takeover.h"

namespace millrace::log::kafka {

class Standing {
 public:
  // `takeover` hears of every other owner that is met.
  Standing(const KafkaSettings& settings, const TopicTable& topics, std::string group, std::string identity, Takeover& takeover)
      : settings_(settings), topics_(topics), group_(std::move(group)), identity_(std::move(identity)), takeover_(takeover) {}

  // The consumer through which the group is asked.
  void use(std::shared_ptr<Client> consumer) { consumer_ = std::move(consumer); }
  // What is committed, settled, in the order of `inboxes`. Fails: as the cluster does.
  Result<std::vector<Assignment>> read(const std::vector<TopicPartition>& inboxes);
  // What is known without asking; nullptr: nobody ever committed there.
  const TaskPosition* of(TopicPartition inbox) const;
  void note(const Assignment& assignment);
  void note(const std::vector<TaskPosition>& positions);
  void forget() { known_.clear(); }
  // What became of a batch that ends at `wanted`; nullopt: nothing, the group stands where it began. Needs: nothing of it
  // can take effect any more.
  Result<std::optional<CommitEnd>> settle(const std::vector<TaskPosition>& wanted);

 private:
  Result<void> end_unfinished(const std::vector<TopicPartition>& inboxes);

  const KafkaSettings& settings_;
  const TopicTable& topics_;
  const std::string group_, identity_;
  Takeover& takeover_;
  std::shared_ptr<Client> consumer_;
  std::map<TopicPartition, TaskPosition> known_;
};

}  // namespace millrace::log::kafka
