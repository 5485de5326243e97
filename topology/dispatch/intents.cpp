// From an intent to its answer: the pipeline's decision carried out, and what waits brought back to it.
#include <algorithm>

#include "core/hash.h"
#include "topology/dispatch/fold.h"
#include "topology/topics.h"

namespace millrace::dispatch {

namespace {

constexpr int kRunAtOnce = 8;  // messages that one timer runs; the rest follow with the same tick

std::string_view mode_of(Book book) { return book == kLive ? "live" : "dry_run"; }

void decided(MessageRow& message, Book book, std::int64_t attempt) {
  if (book == kLive) {
    message.decided_live = std::max(message.decided_live, attempt);
    return;
  }
  if (message.dry_book != book) message.decided_dry = 0;
  message.dry_book = book;
  message.decided_dry = std::max(message.decided_dry, attempt);
}

}  // namespace

Verdict DispatchFold::intent_taken(const MessageIntent& e, Step& step) {
  Intent intent;
  if (!take_intent(e, intent)) return Verdict::dead("bad_field:consent");
  if (e.attempt < 1) return Verdict::dead("bad_field:attempt");
  Waited waited;
  MessageRow* message = tables_.messages.edit_if(key_of(step.tenant, intent.message_id));
  if (message && !message->waits_in.empty()) {
    if (intent.attempt < message->attempt) {  // of a command that came back: the next attempt waits already
      answer(intent, step.tenant, "DROPPED", "duplicate", {}, step);
      return Verdict::handled();
    }
    // Told again while it waits: it keeps its turn.
    const DeferredRow row =
        tables_.queues.take(tables_.tenants.edit(step.tenant), step.tenant, intent.message_id, *message, step);
    waited = {row.first_ms, row.waited(step.now_ms)};
  }
  judge(step.tenant, std::move(intent), waited, step);
  return Verdict::handled();
}

void DispatchFold::judge(std::string_view tenant, Intent intent, Waited waited, Step& step) {
  Trial trial(tables_, settings(tenant, step), tenant, intent, step);
  Decision decision = decide(trial);
  // A message that could go now does not pass those that wait for the same (OR-2).
  if (decision.result == Decision::Result::command) {
    const TenantRow* row = tables_.tenants.find(tenant);
    if (row && row->waiting > 0) {
      const DeferredRow* first = nullptr;
      std::string first_place;
      for (const std::string& queue : trial.needed_queues()) {
        const DeferredRow* due = tables_.queues.due_row(tenant, queue, step.now_ms);
        if (!due || due->intent.priority > intent.priority) continue;
        std::string place = place_key({due->intent.priority, due->first_ms, due->intent.message_id});
        if (first && place > first_place) continue;
        first = due;
        first_place = std::move(place);
        trial.waits_for = after_first(queue);
      }
      if (first) {
        decision = {Decision::Result::defer, first->reason};
        trial.until_ms = step.now_ms;
      }
    }
  }
  carry_out(trial, decision, intent, waited, step);
}

void DispatchFold::carry_out(Trial& trial, const Decision& decision, Intent& intent, Waited waited, Step& step) {
  const std::string tenant(trial.tenant());
  if (decision.result == Decision::Result::drop)
    return answer(intent, tenant, "DROPPED", decision.reason, {}, step);
  MessageRow& message = message_of(tenant, intent, trial.lead_id());
  switch (decision.result) {
    case Decision::Result::command: return command(trial, intent, message, step);
    case Decision::Result::defer: return defer(trial, decision, intent, waited, message, step);
    default: break;
  }
  decided(message, trial.book(), intent.attempt);
  skip(intent, tenant, message, skip_reason(decision.reason, trial.suppressed_kind), step);
  if (decision.reason == "unknown_campaign" || decision.reason == "campaign_completed")
    alert(tenant, decision.reason, "warning", intent.campaign_id, intent.message_id, step);
}

MessageRow& DispatchFold::message_of(std::string_view tenant, const Intent& intent, const std::string& lead_id) {
  MessageRow& message = tables_.messages.edit(key_of(tenant, intent.message_id));
  if (message.attempt == 0) {
    message.lead_id = intent.lead_id;
    message.campaign_id = intent.campaign_id;
    message.channel = intent.channel;
    message.from_operator = intent.from_operator;
    tables_.leads.edit(key_of(tenant, lead_id)).messages.push_back(intent.message_id);
  }
  if (intent.attempt > message.attempt) {  // its status begins again
    message.attempt = intent.attempt;
    message.status = Status::pending;
    message.address_token = intent.address_token;
    message.domain_token = intent.domain_token;
    message.url_token = intent.url_token;
    message.withdrawn = message.revoked = message.counted_sent = false;
  }
  return message;
}

void DispatchFold::command(Trial& trial, const Intent& intent, MessageRow& message, Step& step) {
  const std::string tenant(trial.tenant());
  decided(message, trial.book(), intent.attempt);
  reserve(trial, intent, message, step);
  message.status = Status::commanded;
  tables_.commanded.edit(key_of(tenant, intent.message_id)) = intent;

  SendCommand out;
  out.command_id = intent.send_key();
  out.message_id = intent.message_id;
  out.attempt = intent.attempt;
  out.tenant = tenant;
  out.lead_id = intent.lead_id;
  if (!intent.campaign_id.empty()) out.campaign_id = intent.campaign_id;
  out.sequence = intent.sequence;
  out.step = intent.step;
  out.channel = intent.channel;
  out.mode = mode_of(trial.book());
  out.sender_id = trial.sender_id;
  out.deadline_ms = step.now_ms + deadline_of(trial.channel);
  out.provider_key = sha256_hex(out.command_id, 32);
  if (const SealingKey* key = step.keys->key_of(tenant, intent.sealed.text))
    out.sealed.fresh = Sealing<CommandPersonal>{*key, std::move(trial.text.personal)};
  step.emit_as({.topic = topics::outreach_commands, .key = key_of(tenant, intent.lead_id), .tenant = tenant},
               command_type(trial.channel), out);
  answer(intent, tenant, "COMMANDED", {}, out.mode, step);
}

void DispatchFold::skip(const Intent& intent, std::string_view tenant, MessageRow& message, std::string_view reason,
                        Step& step) {
  if (const auto next = next_status(message.status, StatusEvent::skipped)) message.status = *next;
  if (message.hold == HoldState::held) close_hold(tenant, intent.message_id, message, HoldState::withdrawn, {}, step);
  answer(intent, tenant, "SKIPPED", reason, {}, step);
}

// The message ends without a decision of the pipeline: it is not judged again, whoever says it again.
void DispatchFold::end(const Intent& intent, std::string_view tenant, MessageRow& message, std::string_view reason, Step& step) {
  decided(message, kLive, intent.attempt);
  if (const TenantRow* row = tables_.tenants.find(tenant)) decided(message, row->armings, intent.attempt);
  skip(intent, tenant, message, reason, step);
}

// Takes the intent into its queue: the trial, which looks at it, is over.
void DispatchFold::defer(Trial& trial, const Decision& decision, Intent& intent, Waited waited, MessageRow& message,
                         Step& step) {
  const std::string tenant(trial.tenant());
  if (decision.reason == "review_hold" && message.hold != HoldState::held) open_hold(trial, intent, message, step);
  DeferredRow row;
  row.reason = decision.reason;
  row.first_ms = waited.first_ms >= 0 ? waited.first_ms : step.now_ms;
  row.since_ms = step.now_ms;
  row.waited_ms = waited.waited_ms;
  const DurationMs left = settings(tenant, step).dispatch.defer_max_ms - waited.waited_ms;
  const TimeMs late_ms = counts_as_waiting(decision.reason) ? step.now_ms + std::max<DurationMs>(0, left) : kNever;
  const std::string queue = key_of(decision.reason, trial.waits_for);
  row.intent = std::move(intent);
  tables_.queues.put(tables_.tenants.edit(tenant), tenant, queue, std::move(row), trial.until_ms, late_ms, message, step);
}

// --- what waits -----------------------------------------------------------------------------------------------------

void DispatchFold::run_waiting(const std::string& tenant, Step& step) {
  TenantRow& tenant_row = tables_.tenants.edit(tenant);
  for (int i = 0; i < kRunAtOnce; ++i) {
    const auto head = tables_.queues.next(tenant_row, tenant);
    if (!head) return;
    const DeferredRow* row = tables_.queues.row(tenant, *head);
    INVARIANT("QU-4", row, "a queue that runs without a row");
    Intent intent = row->intent;
    Trial trial(tables_, settings(tenant, step), tenant, intent, step);
    const Decision decision = decide(trial);
    if (decision.result == Decision::Result::defer && key_of(decision.reason, trial.waits_for) == head->queue) {
      tables_.queues.stop(tenant, *head, trial.until_ms, step);
      continue;
    }
    MessageRow& message = tables_.messages.edit(key_of(tenant, intent.message_id));
    const DeferredRow taken = tables_.queues.take(tenant_row, tenant, intent.message_id, message, step);
    carry_out(trial, decision, intent, {taken.first_ms, taken.waited(step.now_ms)}, step);
  }
  step.set_timer(step.now_ms, "run", tenant);
}

void DispatchFold::waited_too_long(const std::string& tenant, const std::string& message_id, Step& step) {
  MessageRow* message = tables_.messages.edit_if(key_of(tenant, message_id));
  if (!message || message->waits_in.empty()) return;
  message->late_ms = -1;  // this timer
  const DeferredRow row = tables_.queues.take(tables_.tenants.edit(tenant), tenant, message_id, *message, step);
  end(row.intent, tenant, *message, "deferred_too_long", step);
}

Verdict DispatchFold::intent_withdrawn(const IntentWithdrawn& e, Step& step) {
  MessageRow* message = tables_.messages.edit_if(key_of(step.tenant, e.message_id));
  if (!message) return Verdict::handled();
  if (!message->waits_in.empty()) {
    const DeferredRow row =
        tables_.queues.take(tables_.tenants.edit(step.tenant), step.tenant, e.message_id, *message, step);
    end(row.intent, step.tenant, *message, "withdrawn", step);
  } else if (message->status == Status::commanded) {
    message->withdrawn = true;
    revoke(step.tenant, e.message_id, *message, step);
  }
  return Verdict::handled();
}

}  // namespace millrace::dispatch
