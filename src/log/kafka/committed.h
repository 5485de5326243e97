// A task's position as it stands in the group's committed offset: the offset is `next`, the rest is its metadata.
//
//   v1 <cursor> <digest> <now_ms> <folded> <duplicates> <ignored> <dead> <forwarded> <environment> <transactional id>
//
// KC-1  What encode() writes, decode() reads back; text of another make decodes to nullopt: an operator moved the group's
//       offsets by hand.
// Tests: tests/unit/kafka_committed_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/group.h"
#include "log/kafka/client.h"

namespace millrace::log::kafka {

struct CommittedText {
  TaskPosition position;  // without inbox and next
  std::string environment;
  std::string transactional_id;  // of the producer that committed it
};

std::string encode_committed(const TaskPosition& position, std::string_view environment,
                             std::string_view transactional_id);
std::optional<CommittedText> decode_committed(std::string_view metadata);

// What a group has committed, asked through a consumer of that group, which need not be a member. Whether offsets of a
// transaction under way are waited for (UNSTABLE_OFFSET_COMMIT) follows from the client's isolation.level.
struct GroupOffset {
  Assignment assignment;
  std::string transactional_id;  // of who committed it last
};
Said read_group(Client& client, const KafkaSettings& settings, const TopicTable& topics,
                std::span<const TopicPartition> inboxes, DurationMs wait_ms, std::vector<GroupOffset>& out);

// The same for who is no member, without what is not settled. Fails: broker_unreachable, group_unauthorised…
Result<std::vector<Assignment>> committed_by(const KafkaSettings& settings, const std::string& group,
                                             const TopicTable& topics, std::span<const TopicPartition> inboxes);

}  // namespace millrace::log::kafka
