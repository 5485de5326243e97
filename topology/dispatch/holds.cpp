// Messages that a person reads before they go (rule dispatch.hold).
#include "topology/dispatch/fold.h"
#include "topology/topics.h"

namespace millrace::dispatch {

namespace {

// A review item as the ledger tells it; `text` is sealed MessagePersonal, only where the hold opens.
struct HoldBody {
  std::string actor, lead_id, message_id, review_id, state, text, type = "MESSAGE";
  std::int64_t due_ms = 0, opened_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("actor", &HoldBody::actor),           field("due_ms", &HoldBody::due_ms),
                      field("lead_id", &HoldBody::lead_id),       field("message_id", &HoldBody::message_id),
                      field("opened_ms", &HoldBody::opened_ms),   field("review_id", &HoldBody::review_id),
                      field("state", &HoldBody::state),           field("text", &HoldBody::text),
                      field("type", &HoldBody::type)};
  }
};

std::string_view state_name(HoldState state) {  // as spec/route.md section 10 names it
  return state == HoldState::held ? "open" : state == HoldState::withdrawn ? "moved" : name_of(state);
}

}  // namespace

void DispatchFold::hold_entry(const std::string& id, const HoldRow& hold,
                              const std::string& lead_id, std::string_view text, Step& step) {
  HoldBody body;
  body.actor = hold.actor;
  body.lead_id = lead_id;
  body.message_id = hold.message_id;
  body.review_id = id;
  body.state = state_name(hold.state);
  body.text = text;
  body.due_ms = hold.due_ms;
  body.opened_ms = hold.opened_ms;
  ledger().append(step, "approval", hold.actor.empty() ? "dispatch" : hold.actor, id, to_json(body));
}

void DispatchFold::open_hold(Trial& trial, const Intent& intent, MessageRow& message, Step& step) {
  const std::string tenant(trial.tenant()), id = hold_id(intent.message_id);
  message.hold = HoldState::held;
  HoldRow& hold = tables_.holds.edit(key_of(tenant, id));
  hold = {};
  hold.message_id = intent.message_id;
  hold.opened_ms = step.now_ms;
  hold.due_ms = step.now_ms + settings(tenant, step).dispatch.review_ttl_ms;
  step.set_timer(hold.due_ms, "hold", key_of(tenant, id));

  std::string sealed;
  const CommandText text = trial.preview();
  if (const SealingKey* key = step.keys->key_of(tenant, intent.sealed.text); key && text.blocked.empty())
    step.keys->seal(*key, step.next_id(), "ledger.entry",
                    to_json(MessagePersonal{text.personal.subject, text.personal.body}), sealed);
  hold_entry(id, hold, intent.lead_id, sealed, step);
}

void DispatchFold::close_hold(std::string_view tenant, const std::string& message_id, MessageRow& message,
                              HoldState state, std::string_view actor, Step& step) {
  message.hold = state;
  const std::string id = hold_id(message_id), key = key_of(tenant, id);
  HoldRow* hold = tables_.holds.edit_if(key);
  if (!hold) return;
  hold->state = state;
  hold->actor = actor;
  step.cancel_timer(hold->due_ms, "hold", key);
  hold_entry(id, *hold, message.lead_id, {}, step);
}

Verdict DispatchFold::hold_answered(const Approval& e, bool approve, Step& step) {
  const std::string tenant = step.tenant;
  const HoldRow* hold = tables_.holds.find(key_of(tenant, e.review_id));
  if (!hold || hold->state != HoldState::held) {
    ledger().reject(step, e.request_id, hold ? "not_open" : "unknown_review");
    return Verdict::handled();
  }
  const std::string message_id = hold->message_id;
  MessageRow* message = tables_.messages.edit_if(key_of(tenant, message_id));
  INVARIANT("HO-2", message, "an open hold without its message");
  close_hold(tenant, message_id, *message, approve ? HoldState::approved : HoldState::rejected, e.actor, step);
  if (approve) {
    tables_.queues.release(tenant, key_of("review_hold", message_id), step);
  } else if (!message->waits_in.empty()) {
    const DeferredRow row = tables_.queues.take(tables_.tenants.edit(tenant), tenant, message_id, *message, step);
    end(row.intent, tenant, *message, "review_rejected", step);
  }
  return Verdict::handled();
}

void DispatchFold::hold_expired(const std::string& tenant, const std::string& id, Step& step) {
  const HoldRow* hold = tables_.holds.find(key_of(tenant, id));
  if (!hold || hold->state != HoldState::held) return;
  const std::string message_id = hold->message_id;
  MessageRow* message = tables_.messages.edit_if(key_of(tenant, message_id));
  if (!message) return;
  close_hold(tenant, message_id, *message, HoldState::expired, {}, step);
  alert(tenant, "review_expired", "warning", id, message_id, step);
  if (message->waits_in.empty()) return;
  const DeferredRow row = tables_.queues.take(tables_.tenants.edit(tenant), tenant, message_id, *message, step);
  end(row.intent, tenant, *message, "review_expired", step);
}

}  // namespace millrace::dispatch
