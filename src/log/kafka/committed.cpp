#include "log/kafka/committed.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <charconv>
#include <memory>

namespace millrace::log::kafka {

namespace {

constexpr std::string_view kCommittedVersion = "v1";
constexpr std::string_view kCommittedNothing = "-";

template <class Int>
bool number(std::string_view text, Int& out) {
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return read.ec == std::errc() && read.ptr == end;
}

}  // namespace

std::string encode_committed(const TaskPosition& p, std::string_view environment, std::string_view transactional_id) {
  std::string out(kCommittedVersion);
  for (const std::uint64_t n : {p.cursor, p.digest}) out.append(" ").append(std::to_string(n));
  out.append(" ").append(std::to_string(p.now_ms));
  for (const std::uint64_t n : {p.folded, p.duplicates, p.ignored, p.dead_letters, p.forwarded})
    out.append(" ").append(std::to_string(n));
  for (const std::string_view text : {environment, transactional_id})
    out.append(" ").append(text.empty() ? kCommittedNothing : text);
  return out;
}

std::optional<CommittedText> decode_committed(std::string_view metadata) {
  std::array<std::string_view, 11> words;
  std::size_t count = 0;
  while (!metadata.empty() && count < words.size()) {
    const std::size_t blank = metadata.find(' ');
    words[count++] = metadata.substr(0, blank);
    metadata.remove_prefix(blank == std::string_view::npos ? metadata.size() : blank + 1);
  }
  if (count != words.size() || !metadata.empty() || words[0] != kCommittedVersion) return std::nullopt;
  CommittedText out;
  TaskPosition& p = out.position;
  if (!number(words[1], p.cursor) || !number(words[2], p.digest) || !number(words[3], p.now_ms) ||
      !number(words[4], p.folded) || !number(words[5], p.duplicates) || !number(words[6], p.ignored) ||
      !number(words[7], p.dead_letters) || !number(words[8], p.forwarded))
    return std::nullopt;
  if (words[9] != kCommittedNothing) out.environment = words[9];
  if (words[10] != kCommittedNothing) out.transactional_id = words[10];
  return out;
}

Said read_group(Client& client, const KafkaSettings& settings, const TopicTable& topics,
                std::span<const TopicPartition> inboxes, DurationMs wait_ms, std::vector<GroupOffset>& out) {
  out.clear();
  if (inboxes.empty()) return {};
  const std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(inboxes.size())), rd_kafka_topic_partition_list_destroy);
  for (const TopicPartition inbox : inboxes)
    rd_kafka_topic_partition_list_add(list.get(), settings.prefixed(topics[inbox.topic].name).c_str(), inbox.partition.value);
  if (const rd_kafka_resp_err_t code = rd_kafka_committed(client.get(), list.get(), static_cast<int>(wait_ms)))
    return said_of(code);
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& at = list->elems[i];
    if (at.err) return said_of(at.err);
    GroupOffset& each = out.emplace_back();
    each.assignment.inbox = inboxes[static_cast<std::size_t>(i)];
    if (at.offset < 0) continue;
    auto known = decode_committed({static_cast<const char*>(at.metadata), at.metadata ? at.metadata_size : 0});
    TaskPosition position = known ? known->position : TaskPosition{};
    position.inbox = each.assignment.inbox;
    position.next = at.offset;
    each.assignment.committed = position;
    if (known) each.assignment.environment = std::move(known->environment);
    if (known) each.transactional_id = std::move(known->transactional_id);
  }
  return {};
}

Result<std::vector<Assignment>> committed_by(const KafkaSettings& settings, const std::string& group,
                                             const TopicTable& topics, std::span<const TopicPartition> inboxes) {
  constexpr DurationMs kWaitMs = 15'000;
  auto client = Client::open(Client::Kind::consumer, settings,
                             {{"group.id", group}, {"enable.auto.commit", "false"}, {"isolation.level", "read_uncommitted"}});
  if (!client) return client.fault();
  std::vector<GroupOffset> found;
  if (const Said said = read_group(**client, settings, topics, inboxes, kWaitMs, found); said.code != 0)
    return (*client)->fault(said, Call::describe, "read the committed offsets of", group);
  std::vector<Assignment> all;
  for (GroupOffset& each : found) all.push_back(std::move(each.assignment));
  return all;
}

}  // namespace millrace::log::kafka
