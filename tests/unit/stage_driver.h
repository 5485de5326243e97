// Runs one stage partition without engine, log or broker: records go in as JSON, outputs come out as JSON.
//
//   StageDriver d("score", topics::leads_harvested, score::make_fold);
//   d.tick(0);
//   const auto out = d.send("lead.snapshot", R"({"lead_id":"ld_1",...})"_json, {.at_ms = 1000});
//   CHECK(out.size() == 1); CHECK(out[0].type == "lead.scored"); CHECK(out[0].data.at("score_bp") == 9000);
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/fold.h"
#include "keys/derived_keyring.h"
#include "state/memory_kv.h"
#include "state/timers.h"
#include "topology/topics.h"
#include "topology/wire/stage_fold.h"

namespace millrace::test {

using Json = nlohmann::json;

struct Sent {
  std::string topic, key, type, id, tenant;
  int partition = 0;
  TimeMs time = 0, timestamp = 0;
  bool broadcast = false;
  Json data;
};

// How a record is sent.
struct How {
  TimeMs at_ms = -1;        // inbox timestamp; -1: that of the record before
  TimeMs event_ms = -1;     // envelope time; -1: at_ms
  std::string tenant = "acme";
  std::string key = {};
  std::string id = {};      // empty: numbered
  std::string source = "test";
  bool broadcast = false;
};

class StageDriver {
 public:
  using Make = std::function<std::unique_ptr<Fold>(const wire::StageContext&)>;

  StageDriver(std::string stage, TopicId inbox, Make make, std::uint16_t partitions = 1, std::uint16_t partition = 0)
      : stage_(std::move(stage)),
        inbox_(inbox),
        topics_(topics::make_table(partitions)),
        partition_(partition),
        make_(std::move(make)),
        keys_("test") {
    open(std::make_unique<state::MemoryKv>());
  }

  // Sends a record and gives what the stage emitted; `verdict` is left in last_verdict().
  std::vector<Sent> send(const std::string& type, const Json& data, How how = {}) {
    if (how.at_ms < 0) how.at_ms = now_ms_;
    if (how.event_ms < 0) how.event_ms = how.at_ms;
    if (how.id.empty()) how.id = "rec-" + std::to_string(offset_);
    const Json envelope = {{"specversion", "1.0"}, {"id", how.id},     {"source", how.source},           {"type", type},
                           {"tenant", how.tenant}, {"data", data},     {"time", rfc3339(how.event_ms)}};
    return send_raw(envelope.dump(), how);
  }
  std::vector<Sent> send_raw(const std::string& bytes, How how) {
    now_ms_ = std::max(now_ms_, how.at_ms);
    const std::string key = how.key.empty() ? how.tenant : how.key;
    Record record{{inbox_, Partition{partition_}, Offset{offset_++}}, how.at_ms, key, bytes, {}};
    record.headers.broadcast = how.broadcast;
    Step step = make_step(record);
    verdict_ = fold_->step(record, step);
    space_->end_step();
    return take();
  }
  // A tick: the due timers fire in order.
  std::vector<Sent> tick(TimeMs at_ms) {
    std::vector<Sent> out = send("control.tick", {{"tick_ms", at_ms}}, {.at_ms = at_ms, .tenant = "_", .broadcast = true});
    Record record{{inbox_, Partition{partition_}, Offset{offset_ - 1}}, at_ms, "", "", {}};
    record.headers.broadcast = true;
    Step step = make_step(record);
    step.begin_input("tick-" + std::to_string(at_ms), "_", at_ms);
    Timer timer;
    while (timers_->pop_due(now_ms_, timer)) {
      step.set_by = timer.set_by;
      step.root = timer.root;
      fold_->fire(timer, step);
      space_->end_step();
    }
    for (Sent& each : take()) out.push_back(std::move(each));
    return out;
  }
  std::vector<Sent> policy(const std::string& toml) {
    return send("control.policy_changed", {{"policy_sha256", "x"}, {"toml", toml}}, {.tenant = "_", .broadcast = true});
  }
  // What the last call sent back to this stage's own inbox, delivered in order; gives what that emitted.
  std::vector<Sent> deliver(const std::vector<Sent>& records) {
    std::vector<Sent> out;
    for (const Sent& each : records) {
      if (each.topic != topics_[inbox_].name) continue;
      How how{.at_ms = each.timestamp, .event_ms = each.time, .tenant = each.tenant, .key = each.key, .id = each.id,
              .source = "millrace", .broadcast = each.broadcast};
      for (Sent& next : send(each.type, each.data, how)) out.push_back(std::move(next));
    }
    return out;
  }

  // A checkpoint, a crash and a recovery: the fold is made anew over what was stored.
  void restart() {
    space_->cut({});
    while (space_->slice(1000)) {
    }
    REQUIRE(space_->commit(true));
    auto* memory = static_cast<state::MemoryKv*>(&space_->kv());
    auto copy = std::make_unique<state::MemoryKv>(*memory);
    fold_.reset();
    timers_.reset();
    space_.reset();
    open(std::move(copy));
  }

  const Verdict& last_verdict() const { return verdict_; }
  Keyring& keys() { return keys_; }
  Environment& environment() { return environment_; }
  Fold& fold() { return *fold_; }
  state::TableSpace& tables() { return *space_; }
  // Makes the fold anew, after a change of environment().
  void remake() { restart(); }

 private:
  void open(std::unique_ptr<state::Kv> kv) {
    space_ = std::make_unique<state::TableSpace>(std::move(kv), 64 << 20);
    REQUIRE(space_->restore());
    timers_ = std::make_unique<state::Timers>(*space_);
    fold_ = make_({*space_, environment_, inbox_, Partition{partition_}});
  }
  Step make_step(const Record& record) {
    Step step;
    step.stage = stage_;
    step.now_ms = now_ms_;
    step.at = record.at;
    step.partition = Partition{partition_};
    step.partitions = topics_.partitions(inbox_);
    step.in = record.headers;
    step.timestamp = record.timestamp;
    step.raw_key = record.key;
    step.root = record.headers.root.known() ? record.headers.root : record.at;
    step.outputs = &outputs_;
    step.timers = timers_.get();
    step.keys = &keys_;
    step.topics = &topics_;
    return step;
  }
  std::vector<Sent> take() {
    std::vector<Sent> out;
    for (std::size_t i = 0; i < outputs_.count(); ++i) {
      const NewRecord r = outputs_[i];
      const Json e = Json::parse(r.value);
      out.push_back({topics_[r.to.topic].name, std::string(r.key), e.at("type"), e.at("id"), e.at("tenant"),
                     r.to.partition.value, *parse_rfc3339(e.at("time").get<std::string>()), r.timestamp,
                     r.headers.broadcast, e.at("data")});
    }
    outputs_.clear();
    return out;
  }

  std::string stage_;
  TopicId inbox_;
  TopicTable topics_;
  std::uint16_t partition_;
  Make make_;
  Environment environment_;
  DerivedKeyring keys_;
  std::unique_ptr<state::TableSpace> space_;
  std::unique_ptr<state::Timers> timers_;
  std::unique_ptr<Fold> fold_;
  Outputs outputs_;
  Verdict verdict_;
  TimeMs now_ms_ = 0;
  std::int64_t offset_ = 0;
};

// The first output of a type on a topic; fails the test when there is none.
inline const Sent& only(const std::vector<Sent>& out, std::string_view type) {
  const Sent* found = nullptr;
  for (const Sent& each : out)
    if (each.type == type) {
      found = &each;
      break;
    }
  REQUIRE_MESSAGE(found, "no output of type " << type);
  return *found;
}
inline std::size_t count(const std::vector<Sent>& out, std::string_view type) {
  std::size_t n = 0;
  for (const Sent& each : out) n += each.type == type;
  return n;
}

}  // namespace millrace::test
