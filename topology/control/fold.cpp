#include "topology/control/fold.h"

#include <algorithm>

#include "core/json.h"
#include "topology/control/clock.h"
#include "topology/policy/engine_policy.h"

namespace millrace::control {

namespace {

std::vector<TopicId> every_inbox() {
  std::vector<TopicId> all;
  for (std::uint8_t i = topics::control.value + 1; i < topics::kInboxes; ++i) all.push_back(TopicId{i});
  return all;
}

TopicId inbox_of(std::string_view stage) {
  if (stage == "route") return topics::leads_scored;
  if (stage == "outreach") return topics::routing_decisions;
  if (stage == "budget") return topics::ads_performance;
  return topics::leads_harvested;  // score
}

class ControlFold final : public wire::StageFold {
 public:
  explicit ControlFold(const wire::StageContext& context) : StageFold("control", context), clock_(context.tables, "clock") {
    for (const std::string_view type : {"control.namespace_created", "control.operator_key", "control.promotion",
                                        "control.model_activated", "control.clone_promoted", "control.snapshot",
                                        "control.restore"})
      on_raw(type, [this, type](const RawJson& data, Step& step) {
        copy(type, data, {}, step);
        return Verdict::handled();
      });
    on<Sweep>("control.sweep", [this](const Sweep& sweep, Step& step) {
      if (sweep.stage != "score" && sweep.stage != "route" && sweep.stage != "outreach" && sweep.stage != "budget")
        return Verdict::dead("bad_field:stage");
      copy("control.sweep", sweep, sweep.stage, step);
      return Verdict::handled();
    });
    on<PolicyChanged>("control.policy_changed", [this](const PolicyChanged& change, Step& step) {
      Verdict verdict = take_policy(change);
      if (verdict.kind == Verdict::Kind::handled) copy("control.policy_changed", change, {}, step);
      return verdict;
    });
    on<Tick>("control.tick", [this](const Tick& tick, Step& step) { return take_tick(tick, step); });
  }

  void fire(const Timer&, Step&) override {}

 private:
  Verdict take_tick(const Tick& tick, Step& step) {
    const DurationMs period = policy().of<EnginePolicy>("").tick_ms;
    Clock clock;
    if (const Clock* row = clock_.find("clock")) clock = *row;
    clock.see(step.timestamp);
    const auto value = clock.tick(tick.tick_ms, step.timestamp, period);
    if (!value) return Verdict::ignored();
    clock_.edit("clock") = clock;
    step.counts_as_tick = true;
    copy("control.tick", Tick{*value}, {}, step);
    return Verdict::handled();
  }

  template <class Body>
  void copy(std::string_view type, const Body& body, std::string_view stage, Step& step) {
    for (const TopicId inbox : concerned(type, stage)) step.emit_to_all({.topic = inbox, .key = {}}, type, body);
  }

  state::Table<Clock> clock_;
};

}  // namespace

std::vector<TopicId> concerned(std::string_view type, std::string_view stage) {
  if (type == "control.operator_key") return {topics::crm_events};
  if (type == "control.clone_promoted")
    return {topics::crm_events, topics::leads_harvested, topics::routing_decisions, topics::ads_performance};
  if (type == "control.promotion") return {topics::routing_decisions};
  if (type == "control.restore") return {topics::learning_outcomes};
  if (type == "control.model_activated") return {topics::leads_harvested, topics::ads_performance};
  if (type == "control.sweep") return {inbox_of(stage)};
  return every_inbox();
}

std::unique_ptr<Fold> make_fold(const wire::StageContext& context) { return std::make_unique<ControlFold>(context); }

}  // namespace millrace::control
