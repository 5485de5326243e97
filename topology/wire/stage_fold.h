// The common half of every stage's fold: opens the envelope, finds the handler of the record's type, decodes the
// event and calls it; keeps the live policy, which every inbox gets as a control record.
//
//   class RouteFold final : public wire::StageFold {
//    public:
//     RouteFold(const StageContext& c) : StageFold("route", c), leads_(c.tables, "lead") {
//       on<LeadScored>("lead.scored", [this](const LeadScored& e, Step& s) { return scored(e, s); });
//     }
//     void fire(const Timer& timer, Step& step) override { ... }
//   };
//
// SF-1  A handler answers only handled, ignored, duplicate or a dead letter, and refuses before it writes (FO-2).
// SF-2  A type without handler is `ignored`.
// SF-3  A control.* record without the broadcast mark is `unauthorised` on every inbox but control.
// SF-4  A copy of policy_changed, which stage control accepted when it made it, is followed by every partition alike,
//       also by one that folds it with a later version, which would refuse it (PO-3).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/fold.h"
#include "state/table.h"
#include "topology/environment.h"
#include "topology/events/control.h"
#include "topology/ledger.h"
#include "topology/policy/policy.h"
#include "topology/topics.h"
#include "topology/wire/decode.h"
#include "topology/wire/strict.h"

namespace millrace::wire {

struct StageContext {
  state::TableSpace& tables;
  const Environment& environment;
  TopicId inbox;
  Partition partition;
};

// The envelope of an inner record. Views live as long as the parsed text.
struct Envelope {
  std::string_view id, type, tenant, time;
};

class StageFold : public Fold {
 public:
  // For every inbox but crm.events and control: opens the envelope, then deliver().
  Verdict step(const Record& record, Step& step) override;
  std::string id_of(const Record& record) const override;
  About about(std::string_view bytes, const Headers& headers) const override;
  std::string_view policy_sha256() const override { return policy_->sha256(); }
  std::size_t timers_a_step() const override { return step_timers_; }

 protected:
  StageFold(std::string_view stage, const StageContext& context);

  // Registers the handler of a type. `handler` is any callable (const Event&, Step&) -> Verdict.
  template <class Event, class Handler>
  void on(std::string_view type, Handler handler) {
    handlers_[std::string(type)] = [handler = std::move(handler)](od::object data, Step& step) {
      static thread_local Event event;
      event = Event{};
      std::string problem;
      if (!decode_object(data, event, problem)) return Verdict::dead(std::move(problem));
      return Verdict(handler(event, step));
    };
  }
  // The same for a record that is passed on unread: `handler` gets the canonical text of data.
  template <class Handler>
  void on_raw(std::string_view type, Handler handler) {
    handlers_[std::string(type)] = [handler = std::move(handler)](od::object data, Step& step) {
      RawJson raw;
      if (!append_canonical(raw.text, data)) return Verdict::dead("bad_json");
      return Verdict(handler(raw, step));
    };
  }
  bool knows(std::string_view type) const { return handlers_.contains(std::string(type)); }
  // Lets a record that is not delivered be counted by its type.
  void name_type(std::string_view type, Step& step) const {
    if (const auto handler = handlers_.find(type); handler != handlers_.end()) step.type = handler->first;
  }
  // Called after a policy_changed record took effect, and when the fold is made with a policy in its state.
  virtual void policy_changed() {}

  // Decodes data and calls the handler; step.begin_input() has been called.
  Verdict deliver(std::string_view type, od::object data, Step& step);

  // For about(): a text of an envelope, and its type; empty for what is longer or is none.
  static std::string attribute(StrictJson& json, std::string_view name, std::size_t max);
  static std::string type_in(StrictJson& json);

  // The live policy of this partition (defaults before the first policy_changed).
  const Policy& policy() const { return *policy_; }
  // Makes a policy the live one of this partition; a dead letter when it does not load. For stage control alone (SF-4).
  Verdict take_policy(const PolicyChanged& change);
  Ledger& ledger() { return ledger_; }
  const Environment& environment() const { return environment_; }
  std::string_view stage() const { return stage_; }
  Partition partition() const { return partition_; }

 private:
  struct PolicyRow {
    std::string toml;
    static constexpr auto fields() { return FieldList{field("toml", &PolicyRow::toml)}; }
  };

  void follow(Policy policy);
  void use(Policy policy);

  using Handler = std::function<Verdict(od::object, Step&)>;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::unordered_map<std::string, Handler, Hash, std::equal_to<>> handlers_;
  state::Table<PolicyRow> policy_table_;
  std::shared_ptr<const Policy> policy_;
  std::size_t step_timers_ = 1000;
  Ledger ledger_;
  std::string stage_;
  const Environment& environment_;
  TopicId inbox_;
  Partition partition_;
};

}  // namespace millrace::wire
