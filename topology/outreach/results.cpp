// What dispatch and the workers answer: where a message stands, and what follows when it failed.
#include <algorithm>

#include "topology/outreach/address.h"
#include "topology/outreach/bounce_class.h"
#include "topology/outreach/fold.h"
#include "topology/outreach/message_id.h"
#include "topology/outreach/schedule.h"
#include "topology/policy/engine_policy.h"
#include "topology/topics.h"

namespace millrace::outreach {

using dispatch::Status;
using dispatch::StatusEvent;

namespace {

bool is_terminal(Status s) {
  return s == Status::skipped || s == Status::failed || s == Status::bounced || s == Status::complained;
}

std::int64_t retries_under(const MessageRow& message, RetryPolicy policy) {
  switch (policy) {
    case RetryPolicy::transport: return message.transport;
    case RetryPolicy::soft: return message.soft;
    case RetryPolicy::form: return message.form;
    case RetryPolicy::window: return message.window;
    case RetryPolicy::none: break;
  }
  return 0;
}

// Takes one retry from the budget of `policy` and gives its number, from 1.
std::int64_t take_retry(MessageRow& message, RetryPolicy policy) {
  std::int64_t& used = policy == RetryPolicy::transport ? message.transport
                       : policy == RetryPolicy::soft    ? message.soft
                       : policy == RetryPolicy::form    ? message.form
                                                        : message.window;
  return ++used;
}

}  // namespace

bool OutreachFold::move(MessageRow& message, StatusEvent event) {
  const auto next = dispatch::next_status(message.status, event);
  if (next) message.status = *next;
  return next.has_value();
}

// Whether the message is the one that its sequence is at, so that its fate is the step's.
bool OutreachFold::is_current(const Lead& lead, const Message& message) const {
  if (!lead.running() || message.row.closed) return false;
  const SequenceRow& sequence = *lead.row.sequence;
  if (message.row.kind != MessageKind::step && message.row.kind != MessageKind::connect) return false;
  return message.row.run == sequence.run && message.row.step_no == sequence.step_no &&
         message.row.sequence == sequence_name(lead) &&
         (sequence.waiting == Waiting::no || sequence.message_id == message.id);
}

Verdict OutreachFold::result(const IntentResult& e, Step& step) {
  if (e.result != "COMMANDED" && e.result != "SKIPPED" && e.result != "DROPPED") return Verdict::dead("bad_field:result");
  const ReasonRow* reason = e.reason ? reason_row(*e.reason) : nullptr;
  if (e.result == "SKIPPED" && !e.reason) return Verdict::dead("missing_field:reason");
  if (e.result == "SKIPPED" && !reason) return Verdict::dead("unknown_reason");
  auto lead = known_lead(e.lead_id, step);
  if (!lead) return Verdict::handled();
  auto message = message_of(*lead, e.message_id);
  if (!message || e.attempt != message->row.attempt || e.result == "DROPPED") return Verdict::handled();

  if (e.result == "COMMANDED") {
    if (!move(message->row, StatusEvent::commanded)) return Verdict::handled();
    message->row.note("commanded", step.now_ms);
    if (e.mode == "live" && message->row.note("live", step.now_ms)) {
      ++lead->row.live_messages;
      if (lead->row.sequence && message->row.run == lead->sequence().run &&
          message->row.sequence == sequence_name(*lead))
        ++lead->sequence().live_messages;
    }
    commanded(*lead, *message, step);
    return Verdict::handled();
  }
  if (!move(message->row, StatusEvent::skipped)) return Verdict::handled();
  message->row.reason = reason->reason;
  if (!message->row.closed) fail(*lead, *message, *reason, false, std::nullopt, step);
  return Verdict::handled();
}

// SQ-2: the clock of the sequence stood while the message waited.
void OutreachFold::commanded(Lead& lead, Message& message, Step& step) {
  if (message.row.kind != MessageKind::step || !is_current(lead, message)) return;
  SequenceRow& sequence = lead.sequence();
  const auto* definition = definitions_.sequence(lead.tenant, sequence.name, sequence.version);
  if (!definition) return;
  sequence.start_ms = shifted_start(sequence.start_ms, definition->days[static_cast<std::size_t>(message.row.step_no - 1)],
                                    step.now_ms);
  end_step(lead, message.row.step_no, step);
}

Verdict OutreachFold::sent(const DeliveryFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  auto lead = known_lead(*e.lead_id, step);
  if (!lead) return Verdict::handled();
  auto message = message_of(*lead, e.message_id.value_or(""));
  if (!message || (e.attempt && *e.attempt != message->row.attempt)) return Verdict::handled();
  MessageRow& row = message->row;
  move(row, StatusEvent::sent);
  if (!row.note("sent", step.now_ms)) return Verdict::handled();
  const bool waited_for = lead->running() && lead->sequence().message_id == message->id;
  if (row.kind == MessageKind::connect) {
    lead->row.connect_sent_ms = step.now_ms;
    if (waited_for) try_channel(*lead, row.step_no, "linkedin", true, step);
  }
  if (row.kind == MessageKind::phone && waited_for) phone_task_ended(*lead, true, step);
  if (!e.dry_run.value_or(false)) expose(*lead, row, step);
  return Verdict::handled();
}

Verdict OutreachFold::delivered(const DeliveryFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  auto lead = known_lead(*e.lead_id, step);
  if (!lead) return Verdict::handled();
  if (auto message = message_of(*lead, e.message_id.value_or(""))) {
    move(message->row, StatusEvent::delivered);
    message->row.note("delivered", step.now_ms);
  }
  return Verdict::handled();
}

Verdict OutreachFold::unknown(const DeliveryFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  auto lead = known_lead(*e.lead_id, step);
  if (!lead) return Verdict::handled();
  auto message = message_of(*lead, e.message_id.value_or(""));
  if (message && (!e.attempt || *e.attempt == message->row.attempt)) move(message->row, StatusEvent::unknown);
  return Verdict::handled();
}

Verdict OutreachFold::failed(const DeliveryFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  const bool permanent = e.permanent.value_or(false);
  bool retry = !permanent;
  const ReasonRow* reason = nullptr;
  if (e.reason && !e.reason->empty()) {
    reason = reason_row(*e.reason);
    if (!reason) return Verdict::dead("unknown_reason");
  } else {
    const BounceClass made = bounce_class(e.dsn_status.value_or(""), e.smtp_code.value_or(0), permanent);
    reason = reason_row(made.reason);
    retry = retry && made.retry;
  }
  auto lead = known_lead(*e.lead_id, step);
  if (!lead) return Verdict::handled();
  auto message = message_of(*lead, e.message_id.value_or(""));
  if (!message || (e.attempt && *e.attempt != message->row.attempt)) return Verdict::handled();
  MessageRow& row = message->row;
  if (is_terminal(row.status) || row.in_dispatch() || row.retry_ms >= 0) return Verdict::handled();
  if (reason->then == Then::requeue) {
    if (!move(row, StatusEvent::requeued)) return Verdict::handled();
    ++row.attempt;  // dispatch has queued it again and counts alike
    if (is_current(*lead, *message)) {
      lead->sequence().waiting = Waiting::dispatch;
      lead->sequence().message_id = message->id;
    }
    return Verdict::handled();
  }
  if (row.closed) {  // withdrawn, and no more than that
    move(row, StatusEvent::failed_final);
    return Verdict::handled();
  }
  fail(*lead, *message, *reason, retry, e.retry_after_ms, step);
  return Verdict::handled();
}

Verdict OutreachFold::bounced(const EngagementFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  const BounceClass made = bounce_class(e.dsn_status.value_or(""), e.smtp_code.value_or(0), e.permanent.value_or(true));
  auto lead = known_lead(*e.lead_id, step);
  if (!lead) return Verdict::handled();
  auto message = message_of(*lead, e.message_id.value_or(lead->row.last_email));
  if (!message) {
    if (made.hard() && lead->row.profile)
      give_up_address(*lead, address_token(*lead->row.profile, "email"), true, step);
    return Verdict::handled();
  }
  if (is_terminal(message->row.status) || message->row.status == Status::pending) return Verdict::handled();
  message->row.note("bounced", step.now_ms);
  fail(*lead, *message, *reason_row(made.reason), made.retry, std::nullopt, step);
  return Verdict::handled();
}

// FA-1, FA-2: the same message again, the next channel, or a stop.
void OutreachFold::fail(Lead& lead, Message& message, const ReasonRow& reason, bool retry,
                        std::optional<DurationMs> retry_after_ms, Step& step) {
  MessageRow& row = message.row;
  const bool of_sequence = row.kind == MessageKind::step || row.kind == MessageKind::connect;
  const bool current = is_current(lead, message);
  const auto channels = of_sequence && lead.row.sequence ? channels_of(lead) : std::vector<std::string>();
  // Whether the same message may go once more at all; what `retry` false forbids is the table's to say.
  const bool again = !row.closed && (current || !of_sequence) && row.status != Status::skipped;
  const auto decide = [&] {
    return failure_action(reason, row.channel, again ? retries_under(row, reason.policy) : reason.budget, retry, channels,
                          has_address_of(lead));
  };
  FailureAction action = decide();
  if (action.action == Action::retry) {
    const std::int64_t seed = policy().of<EnginePolicy>(lead.tenant).seed;
    const Backoff delay = backoff(action.policy, take_retry(row, action.policy), seed, message.id, retry_after_ms);
    row.status = Status::pending;
    row.retry_ms = step.now_ms + std::max<DurationMs>(delay.delay_ms, 1);
    step.set_timer(row.retry_ms, "retry", message.key);
    if (of_sequence) {
      lead.sequence().waiting = Waiting::retry;
      lead.sequence().message_id = message.id;
    }
    return;
  }
  if (action.action == Action::wait) {
    move(row, StatusEvent::unknown);
    return;
  }
  row.reason = reason.reason;
  if (row.status != Status::skipped) {
    if (reason.reason == "form_spam_protected") row.status = Status::skipped;
    else if (row.times.contains("bounced") || reason.reason == "bounce_hard") move(row, StatusEvent::bounced);
    else if (reason.reason == "complaint") move(row, StatusEvent::complained);
    else move(row, StatusEvent::failed_final);
  }
  side_effect(lead, message, reason, step);
  action = decide();  // the address may be given up by now
  const bool was_phone = row.kind == MessageKind::phone && lead.running() && lead.sequence().message_id == message.id;
  row.closed = true;
  if (row.kind == MessageKind::operator_) alert(lead.tenant, reason.reason, "warning", lead.id, message.id, step);
  if (was_phone) phone_task_ended(lead, false, step);
  if (current) fail_step(lead, action, reason, step);
  else if (reason.then == Then::stop_all) stop(lead, "complained", step);
}

void OutreachFold::fail_step(Lead& lead, const FailureAction& action, const ReasonRow& reason, Step& step) {
  const std::int64_t n = lead.sequence().step_no;
  if (action.action == Action::next_channel) return try_channel(lead, n, action.channel, true, step);
  if (action.action == Action::all_exhausted) return end_step(lead, n, step);
  switch (reason.then) {
    case Then::stop_sequence: return stop(lead, reason.reason, step);
    case Then::stop_all: return stop(lead, "complained", step);
    default: return end_step(lead, n, step);
  }
}

void OutreachFold::side_effect(Lead& lead, Message& message, const ReasonRow& reason, Step& step) {
  if (reason.side_effect == "suppress_address") return give_up_address(lead, message.row.address_token, true, step);
  if (reason.side_effect == "email_invalid") return give_up_address(lead, message.row.address_token, false, step);
  if (reason.side_effect == "suppress_lead") return suppress_all(lead, "complaint", step);
  const bool told = message.row.kind == MessageKind::operator_;  // its failure is an alert of its own
  const bool its_text = reason.reason == "content_rejected" || reason.reason == "render_blocked";
  if (reason.side_effect == "alert" && !told)
    alert(lead.tenant, reason.reason, "warning", lead.id, message.id, step, its_text ? message.row.template_id : "");
  if (reason.side_effect == "operator_task") alert(lead.tenant, "operator_task", "info", lead.id, message.id, step);
  if (reason.side_effect == "stop_sequence_alert" && !told)
    alert(lead.tenant, reason.reason, "error", lead.id, message.id, step);
}

void OutreachFold::give_up_address(Lead& lead, const std::string& token, bool suppress, Step& step) {
  if (token.empty()) return;
  auto& bad = lead.row.bad_tokens;
  if (std::find(bad.begin(), bad.end(), token) == bad.end()) bad.push_back(token);
  if (suppress) step.emit({.topic = topics::outreach_intents, .key = lead.tenant}, LeadSuppress{"address", token, "bounce_hard"});
}

void OutreachFold::retry_due(Lead& lead, std::string_view message_id, Step& step) {
  auto message = message_of(lead, std::string(message_id));
  if (!message || message->row.retry_ms < 0 || message->row.retry_ms > step.now_ms) return;
  message->row.retry_ms = -1;
  if (message->row.closed || !lead.row.profile) return;
  ++message->row.attempt;
  const bool waited_for = lead.running() && lead.sequence().message_id == message->id;
  if (waited_for) lead.sequence().waiting = Waiting::dispatch;
  if (!emit_intent(lead, *message, step)) stop(lead, "erased", step);
}

}  // namespace millrace::outreach
