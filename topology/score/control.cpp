// Models and sweeps: what the topic control tells every partition.
#include <algorithm>

#include "topology/control/sweep.h"
#include "topology/score/model.h"
#include "topology/score/score_fold.h"
#include "topology/topics.h"

namespace millrace::score {

namespace {

constexpr std::string_view kAllTenants = "_";
// A batch with a filter looks at this many keys for each one it may handle, then goes on with the next batch.
constexpr std::int64_t kLookedAtPerKey = 20;

std::string artifact_of(const ModelActivated& e) {
  std::string text = "{\"intercept_micro\":" + std::to_string(*e.intercept_micro);
  return text + ",\"weights_micro_per_bp\":" + e.weights_micro_per_bp.text + "}";
}

bool names_lead_score(const std::string& model) {
  return model.starts_with(kModelName) &&
         (model.size() == kModelName.size() || model[kModelName.size()] == ':' || model[kModelName.size()] == '@');
}

}  // namespace

Verdict ScoreFold::model_activated(const ModelActivated& e, Step& step) {
  if (e.model != kModelName) return Verdict::ignored();
  if (!e.intercept_micro) return Verdict::dead("missing_field:intercept_micro");
  if (e.weights_micro_per_bp.text.empty()) return Verdict::dead("missing_field:weights_micro_per_bp");
  const ArtifactCheck check = check_artifact(artifact_of(e), e.artifact_sha256, e.weight_bp);
  if (!check.refused.empty()) return Verdict::dead(check.refused);  // MO-2
  ModelRow& row = models_.edit(step.tenant);
  row.artifact_sha256 = e.artifact_sha256;
  row.version = e.version;
  row.weight_bp = e.weight_bp.value_or(kModelWeightBp);
  row.intercept_micro = check.artifact.intercept_micro;
  row.weights = weights_in_order(check.artifact);
  return Verdict::handled();
}

const ModelRow* ScoreFold::model_of(const std::string& tenant) {
  if (const ModelRow* own = models_.find(tenant)) return own;
  return models_.find(kAllTenants);
}

Verdict ScoreFold::clone_promoted(const ClonePromoted& e, Step& step) {
  const ModelRow* parents = models_.find(e.parent.value_or(step.tenant));
  if (parents && std::any_of(e.models.begin(), e.models.end(), names_lead_score)) {
    const ModelRow copy = *parents;
    models_.edit(e.tenant) = copy;
  }
  return Verdict::handled();
}

Verdict ScoreFold::swept(const Sweep& e, Step& step) {
  if (e.stage != "score" && e.stage != "qualify") return Verdict::ignored();
  control::SweepBatch batch(e.batch);
  const bool all = step.tenant == kAllTenants;
  const std::string prefix = all ? "" : step.tenant + "/";
  std::int64_t looked_at = 0;
  std::string last;
  std::optional<std::string> next;
  leads_.scan(prefix, e.cursor.value_or(""), [&](std::string_view key, const LeadRow& row) {
    if (++looked_at > batch.limit * kLookedAtPerKey) {
      next = last;
      return false;
    }
    last = key;
    if (is_gone(row) || (e.campaign_id && row.facts.campaign_id != *e.campaign_id) || (e.zone && row.rating.zone != *e.zone))
      return true;
    return batch.take(key);
  });
  if (!next) next = batch.next_cursor();

  const std::string tenant = step.tenant;
  for (const std::string& key : batch.keys) {
    const KeyParts parts = parts_of(key);
    step.tenant = parts.tenant;
    LeadRow& row = leads_.edit(key);
    Turn turn{step, key, std::string(parts.lead_id), row};
    turn.is_sweep = true;
    if (row.deals.known) take_deals(turn, deals_of(key));
    if (row.status == Status::NEW && row.facts.enriched) take(turn, Trigger::enriched);
    finish(turn);
  }
  step.tenant = tenant;
  if (next) {
    Sweep follow_up = e;
    follow_up.cursor = *next;
    step.emit({.topic = topics::leads_harvested, .key = step.raw_key, .partition = step.partition.value, .same_hop = true},
              follow_up);
  }
  return Verdict::handled();
}

}  // namespace millrace::score
