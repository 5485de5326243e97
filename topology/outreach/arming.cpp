// Dry run and arming (spec/outreach.md section 10): what a dry run did is forgotten when the first connector of a tenant
// is armed, and its sequences begin again.
#include <algorithm>

#include "topology/control/sweep.h"
#include "topology/outreach/fold.h"
#include "topology/outreach/restart.h"
#include "topology/topics.h"

namespace millrace::outreach {

namespace {
// Connectors of other stages (ads) do not send messages.
bool is_message_connector(std::string_view connector) { return is_sequence_channel(connector) || connector == "phone_task"; }
}  // namespace

bool OutreachFold::armed(const std::string& tenant, TimeMs now_ms) {
  const ArmedRow* row = armed_.find(tenant);
  return row && row->any(now_ms);
}

Verdict OutreachFold::connector_armed(const ConnectorArmed& e, Step& step) {
  if (!is_message_connector(e.connector)) return Verdict::handled();
  ArmedRow& row = armed_.edit(e.tenant);
  const auto held = row.until_ms.find(e.connector);
  if (held != row.until_ms.end()) {
    step.cancel_timer(held->second, "disarm", key_of(e.tenant, e.connector));
    if (!e.armed) row.until_ms.erase(held);
  }
  if (!e.armed) return Verdict::handled();
  const bool first = !row.any(step.now_ms);
  const TimeMs until = step.now_ms + settings(e.tenant).arm_ttl_ms;
  row.until_ms[e.connector] = until;
  step.set_timer(until, "disarm", key_of(e.tenant, e.connector));
  if (first && row.timer_ms < 0) {
    row.timer_ms = step.now_ms;  // the first tick after this record
    step.set_timer(row.timer_ms, "arm", e.tenant);
  }
  return Verdict::handled();
}

void OutreachFold::arm_due(const std::string& tenant, Step& step) {
  ArmedRow* row = armed_.edit_if(tenant);
  if (!row) return;
  row->timer_ms = -1;
  if (!row->any(step.now_ms)) return;  // disarmed again in between
  ++row->armings;
  Sweep begin;
  begin.stage = "outreach";
  begin.rule = "arm";
  step.emit({.topic = topics::routing_decisions, .key = tenant, .partition = step.partition.value}, begin);
}

void OutreachFold::disarm_due(const std::string& tenant, const std::string& connector, TimeMs due_ms) {
  ArmedRow* row = armed_.edit_if(tenant);
  if (!row) return;
  const auto held = row->until_ms.find(connector);
  if (held != row->until_ms.end() && held->second == due_ms) row->until_ms.erase(held);
}

// The leads of a batch are looked at; a lead of an earlier arming restarts by being looked at (known_lead).
Verdict OutreachFold::sweep(const Sweep& e, Step& step) {
  if (e.stage != "outreach") return Verdict::ignored();
  const std::string tenant = step.tenant;
  control::SweepBatch batch(e.batch);
  leads_.scan(tenant == "_" ? "" : tenant + "/", e.cursor.value_or(""), [&](std::string_view key, const LeadRow& row) {
    if (e.campaign_id && (!row.sequence || row.sequence->campaign_id != *e.campaign_id)) return true;
    return batch.take(key);
  });
  for (const std::string& key : batch.keys) {
    const auto slash = key.find('/');
    step.tenant = key.substr(0, slash);
    if (auto lead = known_lead(std::string_view(key).substr(slash + 1), step)) advance(*lead, step);
  }
  step.tenant = tenant;
  if (const auto cursor = batch.next_cursor()) {
    Sweep next = e;
    next.cursor = *cursor;
    step.emit({.topic = topics::routing_decisions, .key = tenant, .partition = step.partition.value, .same_hop = true}, next);
  }
  return Verdict::handled();
}

void OutreachFold::catch_up_arming(Lead& lead, Step& step) {
  const ArmedRow* row = armed_.find(lead.tenant);
  if (!row || lead.row.armings == row->armings) return;
  lead.row.armings = row->armings;
  if (!lead.row.sequence || !restarts_when_armed(lead.sequence().live_messages, !lead.sequence().running())) return;
  restart(lead, step);
}

void OutreachFold::restart(Lead& lead, Step& step) {
  // A message that left for dispatch after the arming is live by now, or will be: its sequence goes on.
  bool live = false;
  std::vector<std::string> forgotten;
  messages_.scan(lead.key + "/", {}, [&](std::string_view key, const MessageRow& row) {
    live |= !row.dry_run && row.in_dispatch();
    if (row.dry_run) forgotten.emplace_back(key);
    return true;
  });
  if (live) return;
  for (const std::string& key : forgotten) {
    const MessageRow* row = messages_.find(key);
    if (row->retry_ms >= 0) step.cancel_timer(row->retry_ms, "retry", key);
    messages_.erase(key);
  }
  SequenceRow& sequence = lead.sequence();
  set_step_timer(lead, -1, step);
  set_exhaust_timer(lead, -1, step);
  lead.row.connect_sent_ms = -1;
  lead.row.last_email.clear();
  lead.row.escalations.clear();
  sequence.run = ++lead.row.runs[sequence.name];
  sequence.start_ms = step.now_ms;
  sequence.sent_steps = sequence.step_no = 0;
  sequence.hold_until_ms = 0;
  sequence.waiting = Waiting::no;
  sequence.message_id.clear();
  sequence.last_message_id.clear();
  advance(lead, step);
}

}  // namespace millrace::outreach
