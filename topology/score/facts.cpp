// What is told of a lead: snapshots, engagement, sendings, replies, and what the later stages answer.
#include <algorithm>

#include "core/hash.h"
#include "topology/outreach/bounce_class.h"
#include "topology/score/model.h"
#include "topology/score/score_fold.h"

namespace millrace::score {

namespace {

constexpr std::string_view kDoNotContact = "do_not_contact";

bool lists(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// The facts as the snapshot has them; a hard bounce stays as long as the address does.
Facts facts_of(const LeadSnapshot& e, const Facts& before) {
  const LeadFields& lead = e.lead;
  Facts f;
  f.annual_revenue_cents = lead.annual_revenue_cents;
  f.budget = lead.budget.value_or(false);
  f.campaign_id = lead.campaign_id.value_or("");
  f.company_size = lead.company_size.value_or("");
  f.currency = lead.currency.value_or("");
  f.custom = e.custom;
  f.deal_value_cents = lead.deal_value_cents;
  f.dnc = lead.consent == "DNC" || lists(lead.tags, kDoNotContact);
  f.email.text = e.sealed.text;
  f.email_known = lead.email.value_or(!f.email.text.empty());
  f.email_verified = enum_of<EmailVerified>(lead.email_verified.value_or("unknown")).value_or(EmailVerified::unknown);
  f.employee_count = lead.employee_count;
  f.enriched = e.enriched;
  f.form_url = lead.form_url.value_or(false);
  f.industry = lead.industry.value_or("");
  f.job_level = lead.job_level.value_or("");
  f.linkedin = lead.linkedin.value_or(false);
  f.location = lead.location.value_or("");
  f.pain_points = static_cast<std::int64_t>(lead.pain_points.size());
  f.phone = lead.phone.value_or(false);
  f.role = lead.role.value_or("");
  f.signals = lead.signals;
  f.source_quality_bp = e.source_quality_bp;
  f.tags = lead.tags;
  f.timeline_months = lead.timeline_months;
  f.tokens = e.tokens;
  f.zone = lead.zone.value_or("");
  const auto token = [](const Facts& facts) {
    const auto found = facts.tokens.find("email");
    return found == facts.tokens.end() ? std::string_view{} : std::string_view(found->second);
  };
  f.bounced = before.bounced && token(f) == token(before);
  return f;
}

Verdict missing(const char* name) { return Verdict::dead("missing_field:" + std::string(name)); }

}  // namespace

Verdict ScoreFold::snapshot(const LeadSnapshot& e, Step& step) {
  Turn turn = turn_of(step, e.lead_id);
  LeadRow& row = turn.row;
  if (is_gone(row)) return Verdict::handled();  // SC-5
  const bool newly_dnc = !row.facts.dnc;
  row.facts = facts_of(e, row.facts);
  turn.facts_changed = true;
  turn.is_final = e.final;
  row.settled = row.settled || e.final;
  if (row.facts.dnc && (newly_dnc || transition(row.status, Trigger::dnc))) take(turn, Trigger::dnc);
  if (e.origin == "captured" &&
      is_recaptured({row.status, row.status_reason, row.lost_ms, step.event_ms, e.source_type.value_or("")}))
    take(turn, Trigger::recaptured);
  if (e.enriched && row.status == Status::NEW) take(turn, Trigger::enriched);
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::opened_or_clicked(const EngagementFact& e, Step& step, EngagementKind kind) {
  if (!e.lead_id) return missing("lead_id");
  if (!e.message_id) return missing("message_id");
  if (e.machine.value_or(false)) return Verdict::handled();
  EngagementEvent event;
  event.kind = kind;
  event.at_ms = step.event_ms;
  event.message_id = *e.message_id;
  if (e.url) event.url = sha256_hex(*e.url, 16);
  const std::string key = step.tenant + "/" + *e.lead_id;
  if (const LeadRow* row = leads_.find(key)) {  // most are told again, and nothing is written for those
    if (is_gone(*row)) return Verdict::handled();
    const EngagementLog* log = engagement_.find(key);
    if (log && !log->would_add(event, settings(step).policy.engagement()) && is_rated(*row, step)) return Verdict::handled();
  }
  Turn turn = turn_of(step, *e.lead_id);
  turn.engagement_changed =
      engagement_.edit(turn.key).add(std::move(event), settings(step).policy.engagement());
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::bounced(const EngagementFact& e, Step& step) {
  if (!e.lead_id) return missing("lead_id");
  const auto bounce = outreach::bounce_class(e.dsn_status.value_or(""), e.smtp_code.value_or(0), e.permanent.value_or(true));
  if (!bounce.hard()) return Verdict::handled();
  Turn turn = turn_of(step, *e.lead_id);
  if (is_gone(turn.row)) return Verdict::handled();
  turn.facts_changed = !turn.row.facts.bounced;
  turn.row.facts.bounced = true;
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::opted_out(const EngagementFact& e, Step& step, Trigger trigger) {
  if (!e.lead_id) return missing("lead_id");
  Turn turn = turn_of(step, *e.lead_id);
  if (!is_gone(turn.row)) {
    EngagementLog& log = engagement_.edit(turn.key);
    turn.engagement_changed = !log.opted_out;
    log.opted_out = true;
  }
  take(turn, trigger);
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::sent(const DeliveryFact& e, Step& step) {
  if (!e.lead_id) return missing("lead_id");
  if (!e.message_id) return missing("message_id");
  if (e.dry_run.value_or(false)) return Verdict::handled();
  Turn turn = turn_of(step, *e.lead_id);
  LeadRow& row = turn.row;
  if (!is_gone(row)) {
    row.attempts += 1;
    row.last_contacted_ms = std::max(row.last_contacted_ms.value_or(INT64_MIN), std::min(step.event_ms, step.now_ms));
    if (!row.contacted && row.rating.model_version) {
      row.prediction.bp = row.rating.dims.get(Dim::model);
      row.prediction.version = row.rating.model_version;
    }
    row.contacted = true;
    EngagementEvent event;
    event.kind = EngagementKind::sent;
    event.at_ms = step.event_ms;
    event.message_id = *e.message_id;
    turn.engagement_changed = engagement_.edit(turn.key).add(std::move(event), settings(step).policy.engagement());
  }
  take(turn, Trigger::sent);
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::replied(const ReplyClassified& e, Step& step) {
  if (e.class_ == "UNSUB" || e.class_ == "COMPLAINT") {
    EngagementFact fact;
    fact.lead_id = e.lead_id;
    return opted_out(fact, step, e.class_ == "UNSUB" ? Trigger::unsubscribed : Trigger::complained);
  }
  const auto reply = enum_of<ReplyClass>(e.class_);
  if (!reply) return Verdict::dead("bad_field:class");
  Turn turn = turn_of(step, e.lead_id);
  if (!is_gone(turn.row)) {
    EngagementEvent event;
    event.kind = EngagementKind::replied;
    event.class_ = *reply;
    event.at_ms = step.event_ms;
    event.message_id = e.message_id.value_or("");
    turn.engagement_changed = engagement_.edit(turn.key).add(std::move(event), settings(step).policy.engagement());
  }
  take(turn, *reply == ReplyClass::negative ? Trigger::replied_negative : Trigger::replied);
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::triggered(const std::string& lead_id, Step& step, Trigger trigger) {
  Turn turn = turn_of(step, lead_id);
  const LeadRow& row = turn.row;
  const bool not_taken = (trigger == Trigger::sequence_exhausted && row.deals.progressed) ||
                         (trigger == Trigger::unreachable && row.facts.phone);
  if (!not_taken) take(turn, trigger);
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::reviewed(const ReviewDecided& e, Step& step) {
  const bool approved = e.outcome == "approved";
  if (!approved && e.outcome != "rejected") return Verdict::dead("bad_field:outcome");
  Turn turn = turn_of(step, e.lead_id);
  if (!(approved && turn.row.status == Status::QUALIFIED))  // there route decides again by itself
    take(turn, approved ? Trigger::review_approved : Trigger::review_rejected);
  finish(turn);
  return Verdict::handled();
}

bool ScoreFold::rejects_unknown(const std::string& lead_id, std::string_view request_id, Step& step) {
  if (leads_.contains(step.tenant + "/" + lead_id)) return false;
  ledger().reject(step, request_id, "unknown_lead");
  return true;
}

Verdict ScoreFold::status_asked(const LeadStatusRequest& e, Step& step) {
  const auto trigger = enum_of<Trigger>(e.trigger);
  if (!trigger) return Verdict::dead("bad_field:trigger");
  if (rejects_unknown(e.lead_id, e.request_id, step)) return Verdict::handled();
  Turn turn = turn_of(step, e.lead_id);
  const Request request{e.request_id, e.actor};
  // Erasing and merging begin at the front door, reopening needs an approver.
  if (*trigger == Trigger::erased || *trigger == Trigger::merged || *trigger == Trigger::reopened)
    ledger().reject(step, e.request_id, "illegal_transition", e.trigger);
  else
    take(turn, *trigger, {}, &request);
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::reopened(const LeadReopened& e, Step& step) {
  if (e.approver == e.actor) {
    ledger().reject(step, e.request_id, "self_approval");
    return Verdict::handled();
  }
  if (rejects_unknown(e.lead_id, e.request_id, step)) return Verdict::handled();
  Turn turn = turn_of(step, e.lead_id);
  const Request request{e.request_id, e.actor};
  if (take(turn, Trigger::reopened, {}, &request)) {
    turn.row.settled = false;  // the next final snapshot, or a sweep, judges it anew
    turn.row.qualification = QualificationResult::PENDING;
    turn.row.qualification_reasons.clear();
  }
  finish(turn);
  return Verdict::handled();
}

}  // namespace millrace::score
