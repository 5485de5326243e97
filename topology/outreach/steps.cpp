// The course of a sequence: its start, its steps on their days, its channels in their order, its end.
#include <algorithm>

#include "topology/optional_text.h"
#include "topology/outreach/address.h"
#include "topology/outreach/fold.h"
#include "topology/outreach/linkedin.h"
#include "topology/outreach/message_id.h"
#include "topology/outreach/schedule.h"
#include "topology/policy/engine_policy.h"
#include "topology/topics.h"

namespace millrace::outreach {

Verdict OutreachFold::routed(const RouteDecided& e, Step& step) {
  if (e.action != "ROUTE") return Verdict::handled();
  if (!e.sequence || e.sequence->empty()) return Verdict::dead("missing_field:sequence");
  const std::int64_t version = definitions_.newest_sequence(step.tenant, *e.sequence, settings(step.tenant));
  if (version == 0) {
    alert(step.tenant, "invalid_sequence", "error", e.lead_id, {}, step);
    return Verdict::handled();
  }
  Lead lead = make_lead(e.lead_id, step);
  if (lead.running()) return Verdict::handled();  // counted sequence_running

  SequenceRow& sequence = lead.row.sequence.emplace();
  sequence.name = *e.sequence;
  sequence.version = version;
  sequence.run = ++lead.row.runs[sequence.name];
  sequence.campaign_id = e.campaign_id.value_or(lead.row.profile ? lead.row.profile->campaign_id : "");
  sequence.priority = e.priority.value_or("medium");
  sequence.owner_id = e.owner_id.value_or("");
  sequence.start_ms = e.sequence_start_ms.value_or(step.now_ms);
  const std::string_view bar = lead.row.profile ? bar_of(*lead.row.profile) : "";
  if (bar.empty()) advance(lead, step);
  else stop(lead, bar, step);
  return Verdict::handled();
}

std::string OutreachFold::sequence_name(const Lead& lead) const {
  return run_name(lead.row.sequence->name, lead.row.sequence->run);
}

std::vector<std::string> OutreachFold::channels_of(const Lead& lead) {
  std::vector<std::string> channels = settings(lead.tenant).channels;
  const auto* definition = definitions_.sequence(lead.tenant, lead.row.sequence->name, lead.row.sequence->version);
  if (definition && !definition->channels.empty())
    std::erase_if(channels, [&](const std::string& each) {
      return std::find(definition->channels.begin(), definition->channels.end(), each) == definition->channels.end();
    });
  return channels;
}

HasAddress OutreachFold::has_address_of(const Lead& lead) {
  return [&row = lead.row](std::string_view channel) { return has_address(row, channel); };
}

// Starts the next step when it is due and nothing is in its way; else sees that it is looked at again.
void OutreachFold::advance(Lead& lead, Step& step) {
  if (!lead.running() || lead.sequence().waiting != Waiting::no || !lead.row.profile) return;
  SequenceRow& sequence = lead.sequence();
  const auto* definition = definitions_.sequence(lead.tenant, sequence.name, sequence.version);
  if (!definition) return;
  const NextStep next =
      next_step(definition->days, sequence.start_ms, sequence.sent_steps, sequence.hold_until_ms, step.now_ms);
  if (next.send) return start_step(lead, next.step, *next.due_ms, step);
  if (next.due_ms) set_step_timer(lead, *next.due_ms, step);
}

void OutreachFold::start_step(Lead& lead, std::int64_t n, TimeMs due_ms, Step& step) {
  set_step_timer(lead, -1, step);
  const auto channels = channels_of(lead);
  const HasAddress has = has_address_of(lead);
  switch (reachable(channels, has, has("phone_task"), armed(lead.tenant, step.now_ms), lead.row.live_messages)) {
    case Reach::phone_task: return open_phone_task(lead, step);
    case Reach::unreachable: return unreachable(lead, step);
    case Reach::wait: lead.sequence().waiting = Waiting::address; return;
    case Reach::none: break;
  }
  set_exhaust_timer(lead, -1, step);  // of a call that was made while there was no address
  lead.sequence().step_no = n;
  lead.sequence().step_due_ms = due_ms;
  try_channel(lead, n, next_channel({}, channels, has), false, step);
}

// Sends step n by `channel`, or by one after it when that one cannot be used. `channel` empty: none is left.
void OutreachFold::try_channel(Lead& lead, std::int64_t n, std::string channel, bool fallback, Step& step) {
  SequenceRow& sequence = lead.sequence();
  const auto channels = channels_of(lead);
  const HasAddress has = has_address_of(lead);
  const std::int64_t seed = policy().of<EnginePolicy>(lead.tenant).seed;
  while (!channel.empty()) {
    bool connect = false;
    if (channel == "linkedin") {
      const auto sent_ms = lead.row.connect_sent_ms;
      const LinkedinStep linkedin =
          linkedin_step(lead.row.profile->linkedin_status, sent_ms < 0 ? std::nullopt : std::optional(sent_ms),
                        sequence.step_due_ms, step.now_ms, settings(lead.tenant).linkedin_wait_ms);
      if (linkedin.action == LinkedinStep::Action::wait) {
        sequence.waiting = Waiting::connection;
        sequence.message_id.clear();
        return set_step_timer(lead, *linkedin.until_ms, step);
      }
      if (linkedin.action == LinkedinStep::Action::not_connected) {
        channel = next_channel(channel, channels, has);
        fallback = true;
        continue;
      }
      connect = linkedin.action == LinkedinStep::Action::connect;
    }
    const auto text =
        definitions_.text_of(lead.tenant, lead.id, sequence.name, sequence.version, n, channel, connect, seed);
    if (!text) {
      if (!fallback) {
        alert(lead.tenant, "no_script", "warning", lead.id, {}, step);
        return end_step(lead, n, step);
      }
      channel = next_channel(channel, channels, has);
      continue;
    }
    const std::string name = std::to_string(n) + (connect ? "/connect" : "");
    Message message = new_message(lead, connect ? MessageKind::connect : MessageKind::step, sequence_name(lead), name, channel);
    message.row.step_no = n;
    message.row.run = sequence.run;
    message.row.template_id = text->template_id;
    message.row.template_version = text->template_version;
    message.row.experiment_id = text->experiment_id;
    message.row.variant_id = text->variant_id;
    message.row.script_id = text->script_id;
    message.row.slot = text->slot;
    sequence.waiting = Waiting::dispatch;
    sequence.message_id = message.id;
    if (emit_intent(lead, message, step)) return;
    return stop(lead, "erased", step);  // its key is gone: nothing of the lead can be read any more
  }
  end_step(lead, n, step);  // FAILED all_exhausted
}

// Step n is over: it was commanded, skipped, or has failed on every channel.
void OutreachFold::end_step(Lead& lead, std::int64_t n, Step& step) {
  SequenceRow& sequence = lead.sequence();
  sequence.sent_steps = std::max(sequence.sent_steps, n);
  sequence.waiting = Waiting::no;
  sequence.message_id.clear();
  schedule_next(lead, step);
}

void OutreachFold::schedule_next(Lead& lead, Step& step) {
  SequenceRow& sequence = lead.sequence();
  const auto* definition = definitions_.sequence(lead.tenant, sequence.name, sequence.version);
  if (!definition) return;
  const NextStep next =
      next_step(definition->days, sequence.start_ms, sequence.sent_steps, sequence.hold_until_ms, step.now_ms);
  if (next.due_ms) {
    set_step_timer(lead, std::max(*next.due_ms, step.now_ms + 1), step);  // one step a tick
  } else {
    set_step_timer(lead, -1, step);
    set_exhaust_timer(lead, step.now_ms + settings(lead.tenant).exhaust_ms, step);
  }
}

void OutreachFold::set_step_timer(Lead& lead, TimeMs due_ms, Step& step) {
  SequenceRow& sequence = lead.sequence();
  if (sequence.timer_ms == due_ms) return;
  if (sequence.timer_ms >= 0) step.cancel_timer(sequence.timer_ms, "step", lead.key);
  sequence.timer_ms = due_ms;
  if (due_ms >= 0) step.set_timer(due_ms, "step", lead.key);
}

void OutreachFold::set_exhaust_timer(Lead& lead, TimeMs due_ms, Step& step) {
  SequenceRow& sequence = lead.sequence();
  if (sequence.exhaust_ms == due_ms) return;
  if (sequence.exhaust_ms >= 0) step.cancel_timer(sequence.exhaust_ms, "exhaust", lead.key);
  sequence.exhaust_ms = due_ms;
  if (due_ms >= 0) step.set_timer(due_ms, "exhaust", lead.key);
}

void OutreachFold::step_due(Lead& lead, Step& step) {
  SequenceRow& sequence = lead.sequence();
  sequence.timer_ms = -1;
  if (!lead.running()) return;
  if (sequence.waiting == Waiting::connection) return try_channel(lead, sequence.step_no, "linkedin", true, step);
  advance(lead, step);
}

void OutreachFold::exhaust_due(Lead& lead, Step& step) {
  SequenceRow& sequence = lead.sequence();
  sequence.exhaust_ms = -1;
  if (!lead.running() || sequence.waiting != Waiting::no) return;
  if (!armed(lead.tenant, step.now_ms) && lead.row.live_messages == 0) return;  // it begins again when a connector is armed
  sequence.exhausted = true;
  SequenceExhausted exhausted;
  exhausted.lead_id = lead.id;
  exhausted.sequence = sequence_name(lead);
  exhausted.message_id = given(sequence.last_message_id);
  if (!sequence.campaign_id.empty()) exhausted.campaign_id = sequence.campaign_id;
  step.emit({.topic = topics::leads_harvested, .key = lead.key}, exhausted);
}

void OutreachFold::stop(Lead& lead, std::string_view reason, Step& step) {
  if (lead.row.sequence) {
    set_step_timer(lead, -1, step);
    set_exhaust_timer(lead, -1, step);
    SequenceRow& sequence = lead.sequence();
    if (sequence.running()) sequence.stopped = reason;
    sequence.waiting = Waiting::no;
    sequence.message_id.clear();
  }
  // What is still on its way is taken back. A deal that moves on leaves tasks to the people who do them, and an answer
  // by a person goes out unless the lead wants nothing more.
  const bool for_good = reason == "unsubscribed" || reason == "complained" || reason == "dnc" ||
                        reason == "do_not_contact" || reason == "erased";
  std::vector<std::string> open;
  messages_.scan(lead.key + "/", {}, [&](std::string_view key, const MessageRow& row) {
    const bool under_way = row.status == dispatch::Status::pending || row.status == dispatch::Status::commanded;
    const bool meant = is_task(row.kind)                    ? reason != "deal_progressed"
                       : row.kind == MessageKind::operator_ ? for_good
                                                            : true;
    if (under_way && meant && !row.closed) open.emplace_back(key.substr(lead.key.size() + 1));
    return true;
  });
  for (const std::string& id : open)
    if (auto message = message_of(lead, id)) withdraw(*message, step);
}

void OutreachFold::withdraw(Message& message, Step& step) {
  message.row.closed = true;
  if (message.row.retry_ms >= 0) {  // it waits here, dispatch knows nothing of it
    step.cancel_timer(message.row.retry_ms, "retry", message.key);
    message.row.retry_ms = -1;
    message.row.status = dispatch::Status::skipped;
    message.row.reason = "withdrawn";
    return;
  }
  step.emit({.topic = topics::outreach_intents, .key = step.tenant}, IntentWithdrawn{message.id});
}

}  // namespace millrace::outreach
