// One stage partition in a box for the fuzzer: records go in as bytes, whatever they are; verdicts come out. Knows no
// test framework.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/fold.h"
#include "keys/derived_keyring.h"
#include "keys/key_seed.h"
#include "keys/operator_signer.h"
#include "state/memory_kv.h"
#include "state/timers.h"
#include "topology/attribution/fold.h"
#include "topology/control/fold.h"
#include "topology/dispatch/fold.h"
#include "topology/harvest/fold.h"
#include "topology/outreach/fold.h"
#include "topology/route/fold.h"
#include "topology/score/fold.h"
#include "topology/topics.h"

namespace millrace::fuzz {

struct Stage {
  char letter;
  const char* name;
  TopicId inbox;
  std::unique_ptr<Fold> (*make)(const wire::StageContext&);
};
inline constexpr Stage kStages[] = {
    {'c', "control", topics::control, control::make_fold},
    {'h', "harvest", topics::crm_events, harvest::make_fold},
    {'s', "score", topics::leads_harvested, score::make_fold},
    {'r', "route", topics::leads_scored, route::make_fold},
    {'o', "outreach", topics::routing_decisions, outreach::make_fold},
    {'d', "dispatch", topics::outreach_intents, dispatch::make_fold},
    {'a', "attribution", topics::attribution_touches, attribution::make_fold},
};

class StageBox {
 public:
  explicit StageBox(const Stage& stage)
      : stage_(stage), topics_(topics::make_table(1)), keys_("fuzz"), signer_(seeded_operator("fuzz")),
        space_(std::make_unique<state::MemoryKv>(), 1 << 20), timers_(space_) {
    (void)space_.restore();
    fold_ = stage.make({space_, environment_, stage.inbox, Partition{0}});
    take(R"({"data":{"key_id":")" + signer_.key_id() + R"(","public_key":")" + signer_.public_key() +
             R"("},"id":"k","source":"s","specversion":"1.0","tenant":"_","time":"2026-01-01T00:00:00.000Z","type":"control.operator_key"})",
         true);
  }

  // A record as it came, and what its outputs would do in the stage's own inbox.
  void take(std::string_view value, bool broadcast) {
    Record record{{stage_.inbox, Partition{0}, Offset{offset_++}}, now_ms_, "acme/ld_1", value, {}};
    record.headers.broadcast = broadcast;
    Step step = make_step(record);
    (void)fold_->id_of(record);
    (void)fold_->step(record, step);
    space_.end_step();
    outputs_.clear();
  }
  // An operator's record with a good signature, if it is canonical.
  void take_signed(const std::string& value) {
    const auto at = value.rfind(",\"source\":");
    if (at == std::string::npos) return take(value, false);
    take(value.substr(0, at) + ",\"sig\":\"" + signer_.sign(value) + "\"" + value.substr(at), false);
  }
  // Time goes on, and what is due fires: at most `most` timers.
  void wait(DurationMs passed, int most) {
    now_ms_ += passed;
    Record tick{{stage_.inbox, Partition{0}, Offset{offset_++}}, now_ms_, "", "", {}};
    Step step = make_step(tick);
    step.begin_input("tick:" + std::to_string(now_ms_), "_", now_ms_);
    for (Timer timer; most > 0 && timers_.pop_due(now_ms_, timer); --most) {
      step.set_by = timer.set_by;
      step.root = timer.root;
      fold_->fire(timer, step);
      space_.end_step();
    }
    outputs_.clear();
  }

 private:
  Step make_step(const Record& record) {
    Step step;
    step.stage = stage_.name;
    step.now_ms = now_ms_;
    step.at = record.at;
    step.in = record.headers;
    step.timestamp = record.timestamp;
    step.raw_key = record.key;
    step.root = record.at;
    step.outputs = &outputs_;
    step.timers = &timers_;
    step.keys = &keys_;
    step.topics = &topics_;
    step.history = true;
    return step;
  }

  const Stage& stage_;
  TopicTable topics_;
  Environment environment_;
  DerivedKeyring keys_;
  OperatorSigner signer_;
  state::TableSpace space_;
  state::Timers timers_;
  std::unique_ptr<Fold> fold_;
  Outputs outputs_;
  TimeMs now_ms_ = 1'767'600'000'000;  // 2026-01-05
  std::int64_t offset_ = 0;
};

}  // namespace millrace::fuzz
