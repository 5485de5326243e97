#include "topology/control/fold.h"

#include <algorithm>
#include <map>

#include "core/json.h"
#include "topology/control/clock.h"
#include "topology/control/reviews.h"
#include "topology/policy/engine_policy.h"
#include "topology/policy/schema.h"
#include "topology/wire/operator_sig.h"
#include "topology/wire/strict.h"

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
  explicit ControlFold(const wire::StageContext& context)
      : StageFold("control", context),
        clock_(context.tables, "clock"),
        keys_(context.tables, "operator_key"),
        reviews_(context.tables, ledger()) {
    keys_.scan({}, {}, [&](std::string_view, const OperatorKey& key) {
      known_keys_.push_back(key);
      return true;
    });
    on_copied<NamespaceCreated>();
    on_copied<Promotion>();
    on_copied<ModelActivated>();
    on_copied<ClonePromoted>();
    on_copied<Snapshot>();
    on_copied<Restore>();
    on<OperatorKey>("control.operator_key", [this](const OperatorKey& key, Step& step) {
      take_key(key);
      copy("control.operator_key", key, {}, step);
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
      if (verdict.kind != Verdict::Kind::handled) return verdict;
      PolicyChanged known = change;
      known.lists = lists_named();
      copy("control.policy_changed", known, {}, step);
      reviews_.became_live(change.toml, step);
      return verdict;
    });
    on<PolicyProposed>(PolicyProposed::type, [this](const PolicyProposed& e, Step& step) {
      return reviews_.proposed(e, policy().sha256(), rules(), step);
    });
    for (const bool approved : {true, false})
      on<Approval>(approved ? "operator.approve" : "operator.reject", [this, approved](const Approval& e, Step& step) {
        if (!e.review_id.starts_with("pol_")) return Verdict::dead("bad_field:review_id");
        reviews_.answered(e, approved, rules(), step);
        return Verdict::handled();
      });
    on<Tick>("control.tick", [this](const Tick& tick, Step& step) { return take_tick(tick, step); });
  }

  // CO-4
  Verdict step(const Record& record, Step& step) override {
    if (const auto problem = json_.read(record.value); problem != wire::StrictProblem::none)
      return Verdict::dead(std::string(wire::reason_of(problem)));
    const wire::JsonValue* type = wire::StrictJson::find(json_.root(), "type");
    if (type && json_.string_of(*type).starts_with("operator.") && !wire::operator_sig_valid(record.value, known_keys_))
      return Verdict::dead("unauthorised");
    return StageFold::step(record, step);
  }

  void fire(const Timer& timer, Step& step) override {
    if (timer.kind == PolicyReviews::kTimer) reviews_.due(timer.key, step);
  }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> all;
    for (const std::string& refused : policy().left_out())
      all.push_back("the live policy " + policy().sha256() + " holds what this version refuses, so that is left out: " + refused +
                    "; mend it with `millrace policy show`, then `policy apply`");
    for (const std::string_view key : policy::list_keys())
      for (const std::string& name : policy().texts(key))
        if (!name.empty() && !environment().list_sha256.contains(name))
          all.push_back("the live policy's " + std::string(key) + " names the list " + name + ", and no such file is in the folder `lists`: it counts as empty");
    return all;
  }

 private:
  const ChangePolicy& rules() { return policy().of<ChangePolicy>(""); }

  // CO-5
  std::map<std::string, std::string> lists_named() const {
    std::map<std::string, std::string> named;
    for (const std::string_view key : policy::list_keys())
      for (const std::string& name : policy().texts(key))
        if (const auto list = environment().list_sha256.find(name); list != environment().list_sha256.end()) named.insert(*list);
    return named;
  }

  // What is only copied goes on as it came, once it reads as what its type says.
  template <class Event>
  void on_copied() {
    on_raw(Event::type, [this](const RawJson& data, Step& step) {
      Event event;
      if (std::string problem; !wire::decode_text(data.text, event, problem)) return Verdict::dead(std::move(problem));
      copy(Event::type, data, {}, step);
      return Verdict::handled();
    });
  }

  void take_key(const OperatorKey& key) {
    keys_.edit(key.key_id) = key;
    const auto same = [&](const OperatorKey& known) { return known.key_id == key.key_id; };
    std::erase_if(known_keys_, same);
    known_keys_.push_back(key);
  }

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
  state::Table<OperatorKey> keys_;
  std::vector<OperatorKey> known_keys_;
  PolicyReviews reviews_;
  wire::StrictJson json_;
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
