// lead.scored and what goes with it.
#include "topology/events/leads_scored.h"
#include "topology/optional_text.h"
#include "topology/score/follow_up.h"
#include "topology/score/score_fold.h"
#include "topology/topics.h"

namespace millrace::score {

namespace {

// The value of the deal under way, else the one the lead was captured with.
std::optional<std::int64_t> deal_value(const LeadRow& row) {
  return row.deals.amount_cents ? row.deals.amount_cents : row.facts.deal_value_cents;
}
const std::string& deal_currency(const LeadRow& row) {
  return row.deals.amount_cents ? row.deals.currency : row.facts.currency;
}

Published result_of(const LeadRow& row) {
  const auto value = deal_value(row);
  return {true,  row.facts.campaign_id,   value ? deal_currency(row) : std::string(), row.deals.stage, row.rating.zone,
          value, row.rating.score_bp(), row.rating.grade,                           row.status};
}

LeadScored scored(const LeadRow& row, const Settings& settings) {
  const Dims& dims = row.rating.dims;
  LeadScored e;
  e.zone = row.rating.zone;
  e.status = name_of(row.status);
  e.status_reason = given(row.status_reason);
  e.campaign_id = given(row.facts.campaign_id);
  e.score_bp = dims.get(Dim::score);
  e.base_bp = dims.get(Dim::base);
  if (e.score_bp) e.tier = name_of(tier(*e.score_bp, settings.policy.tiers()));
  if (row.rating.grade) e.grade = name_of(*row.rating.grade);
  e.grade_reasons = row.rating.grade_reasons;
  e.fit_bp = dims.get(Dim::fit);
  e.probability_bp = dims.get(Dim::probability);
  e.confidence_bp = dims.get(Dim::confidence);
  e.engagement_bp = dims.get(Dim::engagement);
  e.intent_bp = dims.get(Dim::intent);
  e.signals = row.facts.signals;
  e.dims = dims.published();
  e.custom = row.facts.custom;
  e.qualification = Qualification{std::string(name_of(row.qualification)), row.qualification_reasons};
  if (row.qualification == QualificationResult::PENDING && !e.score_bp) e.qualification->reasons = {"not_scored"};
  e.stage = given(row.deals.stage);
  if (e.stage) e.stage_entered_ms = row.deals.entered_ms;
  e.deal_value_cents = deal_value(row);
  if (e.deal_value_cents) e.currency = given(deal_currency(row));
  e.timeline_months = row.facts.timeline_months;
  if (row.rating.model_version) e.model = ModelRef{std::string(kModelName), row.rating.model_version};
  return e;
}

// What score adds to a deal packet.
struct PacketLead {
  std::optional<std::string> grade, stage, tier;
  std::optional<std::int64_t> probability_bp, score_bp;
  std::string status;
  std::map<std::string, std::string> tokens;
  static constexpr auto fields() {
    return FieldList{field("grade", &PacketLead::grade),   field("probability_bp", &PacketLead::probability_bp),
                      field("score_bp", &PacketLead::score_bp), field("stage", &PacketLead::stage),
                      field("status", &PacketLead::status), field("tier", &PacketLead::tier),
                      field("tokens", &PacketLead::tokens)};
  }
};

}  // namespace

void ScoreFold::publish(Turn& turn) {
  LeadRow& row = turn.row;
  Step& step = turn.step;
  Published result = result_of(row);
  if (result == row.published) return;  // SC-2
  if (row.published.any && row.published.zone != result.zone)
    step.emit({.topic = topics::leads_scored, .key = step.tenant + "/" + row.published.zone},
              ZoneLeft{turn.lead_id, row.published.zone});
  const Settings& s = settings(step);
  LeadScored e = scored(row, s);
  e.lead_id = turn.lead_id;
  e.cause_id = step.cause_id;
  e.policy_sha256 = policy().sha256();
  if (const auto delay = next_action(row.status, e.score_bp, row.attempts, s.policy.next_new_ms))
    e.next_action_ms = step.now_ms + *delay;
  step.emit({.topic = topics::leads_scored, .key = step.tenant + "/" + result.zone}, e);
  row.published = std::move(result);
}

Verdict ScoreFold::packet(const PacketDraft& e, Step& step) {
  const std::string key = step.tenant + "/" + e.lead_id;
  const LeadRow* row = leads_.find(key);
  if (!row || is_gone(*row)) {
    ledger().reject(step, e.request_id, "unknown_lead");
    return Verdict::handled();
  }
  PacketDraft draft = e;
  if (!draft.deal_value_cents) {
    draft.deal_value_cents = deal_value(*row);
    if (draft.deal_value_cents) draft.currency = given(deal_currency(*row));
  }
  const LeadScored as_scored = scored(*row, settings(step));
  draft.lead.text = to_json(PacketLead{as_scored.grade, as_scored.stage, as_scored.tier, as_scored.probability_bp,
                                       as_scored.score_bp, as_scored.status, row->facts.tokens});
  step.emit({.topic = topics::leads_scored, .key = step.tenant + "/" + row->rating.zone}, draft);
  return Verdict::handled();
}

}  // namespace millrace::score
