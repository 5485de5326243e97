// Who the lead is and what becomes of it: profiles, statuses, deals, merges, erasure (spec/outreach.md section 8).
#include <algorithm>

#include "topology/outreach/address.h"
#include "topology/outreach/fold.h"
#include "topology/outreach/stop.h"
#include "topology/topics.h"

namespace millrace::outreach {

Verdict OutreachFold::profile(const LeadProfile& e, Step& step) {
  Lead lead = make_lead(e.lead_id, step);
  ProfileRow& row = lead.row.profile ? *lead.row.profile : lead.row.profile.emplace();
  row.sealed.text = e.sealed.text;
  row.custom = e.custom;
  row.consent = e.consent;
  row.company = e.company.value_or("");
  row.role = e.role.value_or("");
  row.industry = e.industry.value_or("");
  row.location = e.location.value_or("");
  row.timezone = e.timezone.value_or("");
  row.email_verified = e.email_verified.value_or("");
  row.email_tld = e.email_tld.value_or("");
  row.campaign_id = e.campaign_id.value_or("");
  row.linkedin_status = e.linkedin_status.value_or("");
  row.has = e.has;
  row.tags = e.tags;
  row.tokens = e.tokens;

  if (const auto bar = bar_of(row); !bar.empty()) {
    stop(lead, bar, step);
    return Verdict::handled();
  }
  if (!lead.running()) return Verdict::handled();
  SequenceRow& sequence = lead.sequence();
  switch (sequence.waiting) {
    case Waiting::no:
      // It waited for this profile, or, after a call, for an address.
      if (sequence.timer_ms < 0) advance(lead, step);
      break;
    case Waiting::address:
      sequence.waiting = Waiting::no;
      advance(lead, step);
      break;
    case Waiting::phone:
      if (!next_channel({}, channels_of(lead), has_address_of(lead)).empty()) {
        if (auto task = message_of(lead, sequence.message_id)) withdraw(*task, step);
        sequence.waiting = Waiting::no;
        sequence.message_id.clear();
        advance(lead, step);
      }
      break;
    case Waiting::connection:
      if (row.linkedin_status == "connected" || row.linkedin_status == "declined")
        try_channel(lead, sequence.step_no, "linkedin", true, step);
      break;
    case Waiting::dispatch:
    case Waiting::retry: {
      // Connected while our request is still under way: the message at once.
      auto message = message_of(lead, sequence.message_id);
      if (!message || message->row.kind != MessageKind::connect || row.linkedin_status != "connected") break;
      withdraw(*message, step);
      try_channel(lead, sequence.step_no, "linkedin", true, step);
      break;
    }
  }
  return Verdict::handled();
}

// MERGED and ERASED have records of their own here.
Verdict OutreachFold::status_changed(const StatusChanged& e, Step& step) {
  const bool terminal = e.to == "WON" || e.to == "LOST" || e.to == "INVALID" || e.to == "UNSUBSCRIBED" || e.to == "SUPPRESSED";
  if (!terminal) return Verdict::handled();
  auto lead = known_lead(e.lead_id, step);
  if (lead && lead->running()) stop(*lead, "status", step);
  return Verdict::handled();
}

Verdict OutreachFold::stage_changed(const StageChanged& e, Step& step) {
  auto lead = known_lead(e.lead_id, step);
  if (!lead) return Verdict::handled();
  note_success(*lead, {MetricFact::Kind::stage, {}, false, e.stage_to, e.amount_cents, step.event_ms}, step);
  if (lead->running() &&
      stops_sequence(e.stage_to, policy().of<SyntheticTable>(step.tenant), policy().of<StageGroups>(step.tenant)))
    stop(*lead, "deal_progressed", step);
  return Verdict::handled();
}

// Under an absorbed key: a running sequence goes to the survivor.
Verdict OutreachFold::merged(const LeadMerged& e, Step& step) {
  for (const std::string& id : e.absorbed) {
    if (id == e.survivor || !step.raw_key.ends_with("/" + id)) continue;
    auto lead = known_lead(id, step);
    if (!lead) continue;
    if (lead->running()) {
      const SequenceRow& sequence = lead->sequence();
      SequenceHandoff over;
      over.lead_id = e.survivor;
      over.name = sequence.name;
      over.version = sequence.version;
      over.run = sequence.run;
      over.start_ms = sequence.start_ms;
      over.sent_steps = sequence.sent_steps;
      if (!sequence.campaign_id.empty()) over.campaign_id = sequence.campaign_id;
      if (sequence.hold_until_ms > 0) over.hold_until_ms = sequence.hold_until_ms;
      step.emit({.topic = topics::routing_decisions, .key = key_of(lead->tenant, e.survivor)}, over);
    }
    std::vector<std::string> open;
    reviews_.scan(lead->key + "/", {}, [&](std::string_view key, const ReplyReviewRow& row) {
      if (row.state == "open") open.emplace_back(key);
      return true;
    });
    for (const std::string& key : open) {
      ReplyReviewRow& row = reviews_.edit(key);
      step.cancel_timer(row.due_ms, "review", key);
      row.state = "moved";
      row.at_ms = step.now_ms;
      write_review(*lead, std::string_view(key).substr(lead->key.size() + 1), row, {}, step);
    }
    stop(*lead, "merged", step);
  }
  return Verdict::handled();
}

Verdict OutreachFold::handoff(const SequenceHandoff& e, Step& step) {
  Lead lead = make_lead(e.lead_id, step);
  if (lead.row.sequence || !lead.row.runs.empty()) return Verdict::handled();  // it has had one of its own
  definitions_.newest_sequence(step.tenant, e.name, settings(step.tenant));     // writes down a seeded version 1
  if (!definitions_.sequence(step.tenant, e.name, e.version)) return Verdict::handled();
  SequenceRow& sequence = lead.row.sequence.emplace();
  sequence.name = e.name;
  sequence.version = e.version;
  sequence.run = lead.row.runs[e.name] = e.run;
  sequence.campaign_id = e.campaign_id.value_or("");
  sequence.priority = "medium";
  sequence.start_ms = e.start_ms;
  sequence.sent_steps = e.sent_steps;
  sequence.hold_until_ms = e.hold_until_ms.value_or(0);
  if (lead.row.profile && !bar_of(*lead.row.profile).empty()) stop(lead, bar_of(*lead.row.profile), step);
  else schedule_next(lead, step);
  return Verdict::handled();
}

Verdict OutreachFold::erased(const LeadErased& e, Step& step) {
  std::vector<std::string> ids = e.aliases;
  ids.push_back(e.lead_id);
  for (const std::string& id : ids) {
    auto lead = known_lead(id, step);
    if (!lead) continue;
    stop(*lead, "erased", step);
    const std::string prefix = lead->key + "/";
    const auto drop = [&](auto& table, const char* timer, auto due) {
      std::vector<std::pair<std::string, TimeMs>> rows;
      table.scan(prefix, {}, [&](std::string_view key, const auto& row) {
        rows.emplace_back(key, due(row));
        return true;
      });
      for (const auto& [key, at] : rows) {
        if (at >= 0) step.cancel_timer(at, timer, key);
        table.erase(key);
      }
    };
    drop(messages_, "retry", [](const MessageRow& row) { return row.retry_ms; });
    drop(exposures_, "", [](const ExposureRow&) { return TimeMs{-1}; });
    drop(replies_, "", [](const SeenRow&) { return TimeMs{-1}; });
    drop(reviews_, "review", [](const ReplyReviewRow& row) { return row.state == "open" ? row.due_ms : TimeMs{-1}; });
    leads_.erase(lead->key);
  }
  return Verdict::handled();
}

}  // namespace millrace::outreach
