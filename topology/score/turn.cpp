// What every fact about a lead has in common: transitions, rating, qualification, timers.
#include "core/json.h"
#include "topology/events/learning_outcomes.h"
#include "topology/events/personal.h"
#include "topology/events/routing_decisions.h"
#include "topology/harvest/contact.h"
#include "topology/score/email_check.h"
#include "topology/score/model.h"
#include "topology/score/score_fold.h"
#include "topology/topics.h"

namespace millrace::score {

namespace {

struct RejectedTransition {
  std::string from, trigger;
  static constexpr auto fields() {
    return FieldList{field("from", &RejectedTransition::from), field("trigger", &RejectedTransition::trigger)};
  }
};

// A hash in eight bytes, to tell whether a rating was taken under this policy, with this model.
std::int64_t mark_of(std::string_view sha256) {
  std::uint64_t mark = 0;
  for (const char c : sha256.substr(0, 16))
    mark = mark << 4 | static_cast<std::uint64_t>(c >= 'a' ? c - 'a' + 10 : c - '0');
  return static_cast<std::int64_t>(mark);
}
std::int64_t mark_of(const ModelRow* model) {
  return model ? mark_of(model->artifact_sha256) ^ (model->version << 16) ^ model->weight_bp : 0;
}

bool is_stale(const Rating& rating, std::int64_t policy_mark) { return rating.zone.empty() || rating.policy_mark != policy_mark; }

// The moment a fact tells of; no producer's clock reaches beyond ours.
TimeMs when(const Step& step) { return std::min(step.event_ms, step.now_ms); }

}  // namespace

KeyParts parts_of(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return {key, {}};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

Turn ScoreFold::turn_of(Step& step, const std::string& lead_id) {
  std::string key = step.tenant + "/" + lead_id;
  LeadRow& row = leads_.edit(key);
  return {step, std::move(key), lead_id, row};
}

bool ScoreFold::take(Turn& turn, Trigger trigger, std::string_view reason, const Request* request) {
  const auto to = transition(turn.row.status, trigger, turn.row.facts.phone);
  if (!to) {
    const RejectedTransition body{std::string(name_of(turn.row.status)), std::string(name_of(trigger))};
    if (request) ledger().reject(turn.step, request->request_id, "illegal_transition", body.from + " " + body.trigger);
    else ledger().append(turn.step, "transition_rejected", "", turn.lead_id, to_json(body));
    return false;
  }
  move_to(turn, *to, reason.empty() ? name_of(trigger) : reason, name_of(trigger));
  return true;
}

void ScoreFold::move_to(Turn& turn, Status to, std::string_view reason, std::string_view trigger) {
  LeadRow& row = turn.row;
  const Status from = row.status;
  row.status = to;
  row.status_reason = reason;
  if (from == to) return;
  if (to == Status::LOST) row.lost_ms = when(turn.step);
  StatusChanged changed;
  changed.lead_id = turn.lead_id;
  changed.from = name_of(from);
  changed.to = name_of(to);
  changed.trigger = trigger;
  if (!row.facts.campaign_id.empty()) changed.campaign_id = row.facts.campaign_id;
  turn.step.emit({.topic = topics::routing_decisions, .key = turn.key}, changed);
  turn.step.emit({.topic = topics::outreach_intents, .key = turn.step.tenant}, changed);
  if (trigger != name_of(Trigger::merged)) tell_outcome(turn);
}

void ScoreFold::tell_outcome(Turn& turn) {
  LeadRow& row = turn.row;
  Prediction& p = row.prediction;
  std::optional<std::int64_t> predicted = p.bp;
  std::int64_t version = p.version;
  if (!row.contacted && row.rating.model_version) {  // never sent to: what the model says now
    predicted = row.rating.dims.get(Dim::model);
    version = row.rating.model_version;
  }
  const auto actual = outcome(row.status == Status::WON, row.status == Status::LOST, row.contacted, predicted);
  if (!actual || p.told_version == version) return;
  p.told_version = version;
  turn.step.emit({.topic = topics::learning_outcomes, .key = turn.step.tenant + "/model:" + std::string(kModelName)},
                 OutcomeModel{std::string(kModelName), version, *predicted, *actual});
}

void ScoreFold::finish(Turn& turn) {
  if (is_gone(turn.row)) return;
  const auto score_before = turn.row.rating.score_bp();
  rate(turn);
  qualify_if_due(turn, score_before);
  publish(turn);
  set_timers(turn);
}

void ScoreFold::rate(Turn& turn) {
  LeadRow& row = turn.row;
  const Settings& s = settings(turn.step);
  const TimeMs now_ms = turn.step.now_ms;
  const RatingRules rules{s.policy, s.weights, s.profiles.of(row.facts.campaign_id), s.custom, s.zones};
  const std::int64_t mark = mark_of(policy().sha256());
  const bool stale = is_stale(row.rating, mark);
  if (stale || turn.facts_changed) rate_facts(row.rating, row.facts, rules);
  if (stale || turn.engagement_changed || (row.due.engagement && now_ms >= row.due.engagement)) {
    Engagement now;
    TimeMs aging = 0;
    if (EngagementLog* log = engagement_.edit_if(turn.key)) {
      log->trim(now_ms);
      now = engagement(*log, now_ms, s.policy.engagement());
      aging = next_aging(*log, now_ms).value_or(0);
    }
    rate_engagement(row.rating, now);
    set_due(turn, row.due.engagement, kEngagementTimer, aging);
  }
  row.rating.policy_mark = mark;
  const ModelRow* model = model_of(turn.step.tenant);
  row.rating.model_mark = mark_of(model);
  rate_score(row.rating, row.facts, rules, model);
}

bool ScoreFold::is_rated(const LeadRow& row, const Step& step) {
  return !is_stale(row.rating, mark_of(policy().sha256())) && row.rating.model_mark == mark_of(model_of(step.tenant)) &&
         !(row.due.engagement && step.now_ms >= row.due.engagement);
}

std::vector<std::string> ScoreFold::email_hits_of(const Turn& turn) {
  const ScorePolicy& p = settings(turn.step).policy;
  const auto personal = wire::unseal<EmailPersonal>(*turn.step.keys, turn.step.tenant, turn.row.facts.email.text);
  if (!personal || !personal->email) return {};  // its key was destroyed: it reads as null
  const auto list = environment().lists.find(p.disposable_file);
  return email_hits(harvest::normal_email(*personal->email),
                    {p.competitors, list == environment().lists.end() ? nullptr : &list->second, p.block_free});
}

void ScoreFold::qualify_if_due(Turn& turn, std::optional<std::int64_t> score_before) {
  LeadRow& row = turn.row;
  const bool open = row.status == Status::ENRICHED ||
                    (row.status == Status::MANUAL_REVIEW && is_system_reason(row.status_reason));
  const bool score_changed = row.settled && row.rating.score_bp() != score_before;
  if (!open || !(turn.is_final || turn.is_sweep || score_changed)) return;
  const Qualified q = qualify(candidate_of(row.facts, row.rating), settings(turn.step).policy.qualify(),
                              [&] { return email_hits_of(turn); });
  row.qualification = q.result;
  row.qualification_reasons = q.reasons;
  switch (q.result) {
    case QualificationResult::PENDING: break;
    case QualificationResult::QUALIFIED: take(turn, Trigger::qualified); break;
    case QualificationResult::REJECTED: take(turn, Trigger::rejected, q.reason()); break;
    case QualificationResult::MANUAL_REVIEW:
      if (row.status == Status::ENRICHED) take(turn, Trigger::review_required, q.reason());
      else row.status_reason = q.reason();
      break;
  }
}

void ScoreFold::set_due(Turn& turn, TimeMs& due, std::string_view kind, TimeMs wanted) {
  if (due == wanted) return;
  if (due) turn.step.cancel_timer(due, kind, turn.key);
  if (wanted) turn.step.set_timer(wanted, std::string(kind), turn.key);
  due = wanted;
}

void ScoreFold::set_timers(Turn& turn) {
  LeadRow& row = turn.row;
  const ScorePolicy& p = settings(turn.step).policy;
  TimeMs enrichment = 0, silent = 0;
  if (row.status == Status::NEW && !row.facts.enriched)
    enrichment = row.due.enrichment ? row.due.enrichment : turn.step.now_ms + p.enrichment_wait_ms;
  if (row.status == Status::CONTACTED && row.last_contacted_ms && !row.deals.progressed)
    silent = *row.last_contacted_ms + p.silent_ms + 1;
  set_due(turn, row.due.enrichment, kEnrichmentTimer, enrichment);
  set_due(turn, row.due.silent, kSilentTimer, silent);
}

}  // namespace millrace::score
