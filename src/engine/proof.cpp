#include "engine/proof.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <unordered_map>

#include "log/dropped.h"

namespace millrace::engine {

namespace {

std::uint64_t body_hash(std::string_view key, std::string_view value) {
  OutputDigest digest;
  digest.add(0, 0, key, value);
  return digest.value();
}

// What one task has put out on one topic partition, in order, as the log holds it.
struct Committed {
  std::vector<std::uint64_t> hashes;
  std::size_t next = 0;  // of the comparison
};
using Lane = std::pair<TopicPartition, TopicPartition>;  // task (its inbox), target
struct LaneHash {
  std::size_t operator()(const Lane& l) const {
    return std::hash<TopicPartition>{}(l.first) * 1000003 ^ std::hash<TopicPartition>{}(l.second);
  }
};
using Lanes = std::unordered_map<Lane, Committed, LaneHash>;

using Positions = std::unordered_map<TopicPartition, std::optional<log::TaskPosition>>;

struct OutputsRead {
  Lanes lanes;
  std::map<TopicPartition, Offset> behind;  // the last record behind its inbox's position that put something out
  std::unordered_map<TopicPartition, Offset> starts;  // from where each topic was read
};

// PR-1. A record that was folded in part is behind the position too.
bool is_behind(const Positions& positions, Position cause) {
  const auto found = positions.find({cause.topic, cause.partition});
  if (found == positions.end()) return false;
  return !found->second || cause.offset.value >= found->second->next;
}

Result<OutputsRead> read_outputs(const ProofServices& s, const Positions& positions) {
  OutputsRead read;
  Lanes& lanes = read.lanes;
  log::Batch batch;
  const TopicTable& topics = s.topology.topics;
  for (std::size_t t = 0; t < topics.size(); ++t)
    for (std::uint16_t p = 0; p < topics.partitions(TopicId{static_cast<std::uint8_t>(t)}); ++p) {
      const TopicPartition tp{TopicId{static_cast<std::uint8_t>(t)}, Partition{p}};
      Offset& start = read.starts[tp] = s.log.start(tp);
      for (Offset at = start; at < s.log.end(tp); at = batch.next) {
        if (auto got = s.log.fetch(tp, at, 10'000, 16 << 20, batch); !got) {
          const auto now = log::dropped_before(s.log, tp, at, got.fault());
          if (!now) return got.fault();
          for (auto& [lane, committed] : lanes)
            if (lane.second == tp) committed.hashes.clear();
          batch.records.clear();
          start = batch.next = *now;
        }
        for (const Record& r : batch.records)
          if (const Position& cause = r.headers.cause; cause.known()) {
            const TopicPartition inbox{cause.topic, cause.partition};
            if (is_behind(positions, cause)) read.behind[inbox] = std::max(read.behind[inbox], cause.offset);
            else lanes[{inbox, tp}].hashes.push_back(body_hash(r.key, r.value));
          }
      }
    }
  return read;
}

bool covers(const std::optional<log::TaskPosition>& position, Offset folded) {
  return position && (folded.value < position->next || (folded.value == position->next && position->cursor > 0));
}

// Leaves those of `behind` that the positions which stand now do not cover.
Result<void> drop_covered(const ProofServices& s, std::map<TopicPartition, Offset>& behind) {
  Positions now;
  if (s.committed_now) {
    auto all = s.committed_now();
    if (!all) return all.fault();
    for (log::TaskPosition& position : *all) now[position.inbox] = position;
  } else {
    for (const auto& [inbox, folded] : behind) now[inbox] = s.committed(inbox);
  }
  std::erase_if(behind, [&](const auto& each) { return covers(now[each.first], each.second); });
  return {};
}

// PR-3
Result<void> check_behind(const ProofServices& s, std::map<TopicPartition, Offset> behind, Proof& proof) {
  constexpr std::chrono::seconds kBecomesVisible{10};
  constexpr std::chrono::milliseconds kBetweenLooks{100};
  const auto until = std::chrono::steady_clock::now() + (s.dense ? std::chrono::seconds(0) : kBecomesVisible);
  while (!behind.empty()) {
    const auto looked = drop_covered(s, behind);
    const bool over = std::chrono::steady_clock::now() >= until;
    if (!looked && (over || looked.fault().kind == Fault::Kind::fatal)) return looked;
    if (over) break;
    if (!behind.empty()) std::this_thread::sleep_for(kBetweenLooks);
  }
  for (const auto& [inbox, folded] : behind)
    proof.problems.push_back("surplus: there are outputs caused by offset " + std::to_string(folded.value) + " of " +
                             s.topology.topics[inbox.topic].name + "/" + std::to_string(inbox.partition.value) +
                             ", which no committed position covers: positions were lost, or outputs were written without them");
  return {};
}

std::string name(const ProofServices& s, TopicPartition tp) {
  return s.topology.topics[tp.topic].name + "/" + std::to_string(tp.partition.value);
}

void check_conservation(const ProofServices& s, const log::TaskPosition& p, std::uint64_t passed, Proof& proof) {
  const std::uint64_t counted = p.folded + p.ignored + p.duplicates + p.dead_letters + p.forwarded;
  if (passed != counted)
    proof.problems.push_back("conservation: " + name(s, p.inbox) + " was delivered " + std::to_string(passed) +
                             " records and accounts for " + std::to_string(counted));
}

// What can be said of an inbox that cannot be folded from its beginning.
void count_trimmed(const ProofServices& s, TopicPartition inbox, const std::optional<log::TaskPosition>& at, Lanes& lanes, Proof& proof) {
  proof.trimmed.push_back(name(s, inbox) + " begins at offset " + std::to_string(s.log.start(inbox).value));
  for (auto& [lane, committed] : lanes)
    if (lane.first == inbox) committed.next = committed.hashes.size();
  // Where markers of transactions take offsets too, only who reads all of them can count.
  if (at && s.dense) check_conservation(s, *at, static_cast<std::uint64_t>(at->next) + (at->cursor > 0 ? 1 : 0), proof);
}

Result<void> prove_task(const ProofServices& s, const StageSpec& stage, Partition partition, const Positions& positions, OutputsRead& read,
                        Proof& proof) {
  if (s.progress) s.progress(stage.name, partition.value);
  const TopicPartition inbox{stage.inbox, partition};
  const std::optional<log::TaskPosition>& at = positions.at(inbox);
  Lanes& lanes = read.lanes;
  if (s.log.start(inbox) > Offset{0}) {
    count_trimmed(s, inbox, at, lanes, proof);
    return {};
  }
  auto kv = s.empty_kv(stage.name + "-" + std::to_string(partition.value));
  if (!kv) return kv.fault();
  auto unused = s.empty_kv("unused");
  if (!unused) return unused.fault();
  Task task(stage, partition, {s.topology.topics, s.log, s.lookups, s.lookups, s.environment, s.history}, *std::move(unused),
            std::make_shared<state::CacheBudget>(64 << 20));
  bool differs = false;
  std::map<TopicPartition, std::vector<std::uint64_t>> ends;  // outputs on partitions whose beginning was dropped
  auto folded = task.refold_from_zero(*std::move(kv), at, [&](const NewRecord& out) {
    if (is_behind(positions, out.headers.cause)) return;
    ++proof.outputs;
    if (read.starts[out.to] > Offset{0}) {
      ends[out.to].push_back(body_hash(out.key, out.value));
      return;
    }
    if (differs) return;
    Committed& lane = lanes[{inbox, out.to}];
    const bool there = lane.next < lane.hashes.size();
    if (there && lane.hashes[lane.next] == body_hash(out.key, out.value)) {
      ++lane.next;
      return;
    }
    differs = true;
    proof.problems.push_back("difference: output " + std::to_string(lane.next) + " of " + stage.name + "/" +
                             std::to_string(partition.value) + " on " + name(s, out.to) + ", caused by offset " +
                             std::to_string(out.headers.cause.offset.value) + " of its inbox, " +
                             (there ? "is not what the log holds" : "is not in the log") + "; folded again it is: " +
                             std::string(out.value.substr(0, 400)));
  });
  proof.records += task.passed();
  if (!folded && log::dropped_before(s.log, inbox, Offset{task.position().next}, folded.fault())) {
    count_trimmed(s, inbox, at, lanes, proof);
    return {};
  }
  if (!folded) {
    if (folded.fault().code != "refold_difference") return folded;
    if (!differs) proof.problems.push_back(folded.fault().message);
  }
  for (const auto& [to, hashes] : ends) {
    Committed& lane = lanes[{inbox, to}];
    const std::size_t left = lane.hashes.size();
    if (left > hashes.size() || !std::equal(lane.hashes.rbegin(), lane.hashes.rend(), hashes.rbegin()))
      proof.problems.push_back("difference: the last " + std::to_string(left) + " outputs of " + name(s, inbox) + " on " + name(s, to) +
                               ", whose beginning was dropped, are not what folding again gives");
    lane.next = left;
  }
  check_conservation(s, task.position(), task.passed(), proof);
  return {};
}

}  // namespace

Result<Proof> prove(const ProofServices& services) {
  Positions positions;
  for (const StageSpec& stage : services.topology.stages)
    for (std::uint16_t p = 0; p < services.topology.topics.partitions(stage.inbox); ++p)
      positions[{stage.inbox, Partition{p}}] = services.committed({stage.inbox, Partition{p}});
  auto read = read_outputs(services, positions);
  if (!read) return read.fault();
  Proof proof;
  if (auto covered = check_behind(services, read->behind, proof); !covered) return covered.fault();
  std::map<TopicId, const StageSpec*> stage_of;
  for (const StageSpec& stage : services.topology.stages) {
    stage_of[stage.inbox] = &stage;
    for (std::uint16_t p = 0; p < services.topology.topics.partitions(stage.inbox); ++p)
      if (auto done = prove_task(services, stage, Partition{p}, positions, *read, proof); !done) return done.fault();
  }
  for (const auto& [lane, committed] : read->lanes)
    if (stage_of.contains(lane.first.topic) && committed.next < committed.hashes.size())
      proof.problems.push_back("surplus: " + name(services, lane.second) + " holds " +
                               std::to_string(committed.hashes.size() - committed.next) + " records caused by " +
                               name(services, lane.first) + " that folding again does not give");
  return proof;
}

}  // namespace millrace::engine
