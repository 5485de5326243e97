#include "log/kafka/standing.h"

#include <librdkafka/rdkafka.h>

#include <set>

#include "log/kafka/committed.h"
#include "log/kafka/faults.h"

namespace millrace::log::kafka {

namespace {

constexpr int kStableMs = 2'000;  // patience with an unfinished transaction before it is ended by its name
constexpr int kCommittedMs = 30'000;
constexpr int kReadTries = 20;

}  // namespace

Result<std::vector<Assignment>> Standing::read(const std::vector<TopicPartition>& inboxes) {
  std::vector<GroupOffset> found;
  Said said = read_group(*consumer_, settings_, topics_, inboxes, kStableMs, found);
  for (int tries = 0; said.code != 0; ++tries) {
    if (road_of(said, Call::describe) != Road::retry || tries == kReadTries)
      return consumer_->fault(said, Call::describe, "read the committed offsets of", group_);
    if (tries == 0)
      if (auto ended = end_unfinished(inboxes); !ended) return ended.fault();
    said = read_group(*consumer_, settings_, topics_, inboxes, kStableMs, found);
  }
  consumer_->went_well();
  std::vector<Assignment> all;
  for (GroupOffset& each : found) {
    if (!each.transactional_id.empty() && each.transactional_id != identity_) takeover_.suspect(each.transactional_id);
    all.push_back(std::move(each.assignment));
  }
  return all;
}

// Asks past what is not settled who committed last, and takes their identity for a moment, which ends what they left open.
Result<void> Standing::end_unfinished(const std::vector<TopicPartition>& inboxes) {
  auto watcher = Client::open(Client::Kind::consumer, settings_,
                              {{"group.id", group_}, {"enable.auto.commit", "false"}, {"isolation.level", "read_uncommitted"}});
  if (!watcher) return watcher.fault();
  std::vector<GroupOffset> seen;
  if (read_group(**watcher, settings_, topics_, inboxes, kCommittedMs, seen).code != 0) return {};
  std::set<std::string> owners;
  for (const GroupOffset& each : seen)
    if (!each.transactional_id.empty() && each.transactional_id != identity_) owners.insert(each.transactional_id);
  for (const std::string& id : owners)
    if (auto ended = Takeover::end(settings_, topics_, id); !ended && ended.fault().kind == Fault::Kind::fatal) return ended;
  return {};
}

const TaskPosition* Standing::of(TopicPartition inbox) const {
  const auto found = known_.find(inbox);
  return found == known_.end() ? nullptr : &found->second;
}

void Standing::note(const Assignment& assignment) {
  if (assignment.committed) known_[assignment.inbox] = *assignment.committed;
  else known_.erase(assignment.inbox);
}

void Standing::note(const std::vector<TaskPosition>& positions) {
  for (const TaskPosition& p : positions) known_[p.inbox] = p;
}

Result<std::optional<CommitEnd>> Standing::settle(const std::vector<TaskPosition>& wanted) {
  std::vector<TopicPartition> inboxes;
  for (const TaskPosition& p : wanted) inboxes.push_back(p.inbox);
  const auto now = read(inboxes);
  if (!now) return now.fault();
  std::size_t at_start = 0, at_end = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const TaskPosition* const start = of(wanted[i].inbox);
    const auto& stands = (*now)[i].committed;
    if (start ? stands && *stands == *start : !stands) ++at_start;
    if (stands && *stands == wanted[i]) ++at_end;
  }
  // A batch that moves nobody holds rows of a changelog only: to say them twice does no harm.
  if (at_start == wanted.size()) return std::optional<CommitEnd>();
  if (at_end < wanted.size()) return std::optional(CommitEnd::behind);
  note(wanted);
  return std::optional(CommitEnd::committed);
}

}  // namespace millrace::log::kafka
