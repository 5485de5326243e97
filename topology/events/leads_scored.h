// leads.scored -> route.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"
#include "topology/events/leads_harvested.h"
#include "topology/events/score_dims.h"

namespace millrace {

struct Qualification {
  std::string result;
  std::vector<std::string> reasons;
  static constexpr auto fields() {
    return FieldList{field("reasons", &Qualification::reasons),
                      field("result", &Qualification::result)};
  }
};

struct ModelRef {
  std::string name;
  std::int64_t version = 0;
  static constexpr auto fields() {
    return FieldList{field("name", &ModelRef::name),
                      field("version", &ModelRef::version)};
  }
};

// On any change of score, grade, status, zone, stage or campaign.
struct LeadScored {
  static constexpr std::string_view type = "lead.scored";
  std::string lead_id, zone, status, policy_sha256, cause_id;
  std::optional<std::string> campaign_id, status_reason, tier, grade, stage, currency;
  std::optional<std::int64_t> score_bp, base_bp, fit_bp, probability_bp, confidence_bp, engagement_bp, intent_bp,
      stage_entered_ms, deal_value_cents, timeline_months, next_action_ms;
  std::vector<std::string> grade_reasons, signals;
  std::optional<ScoreDims> dims;
  RawJson custom;
  std::optional<Qualification> qualification;
  std::optional<ModelRef> model;
  static constexpr auto fields() {
    return FieldList{field("base_bp", &LeadScored::base_bp),
                      field("campaign_id", &LeadScored::campaign_id),
                      required("cause_id", &LeadScored::cause_id),
                      field("confidence_bp", &LeadScored::confidence_bp),
                      field("currency", &LeadScored::currency),
                      field("custom", &LeadScored::custom),
                      field("deal_value_cents", &LeadScored::deal_value_cents),
                      field("dims", &LeadScored::dims),
                      field("engagement_bp", &LeadScored::engagement_bp),
                      field("fit_bp", &LeadScored::fit_bp),
                      field("grade", &LeadScored::grade),
                      field("grade_reasons", &LeadScored::grade_reasons),
                      field("intent_bp", &LeadScored::intent_bp),
                      required("lead_id", &LeadScored::lead_id),
                      field("model", &LeadScored::model),
                      field("next_action_ms", &LeadScored::next_action_ms),
                      required("policy_sha256", &LeadScored::policy_sha256),
                      field("probability_bp", &LeadScored::probability_bp),
                      field("qualification", &LeadScored::qualification),
                      field("score_bp", &LeadScored::score_bp),
                      field("signals", &LeadScored::signals),
                      field("stage", &LeadScored::stage),
                      field("stage_entered_ms", &LeadScored::stage_entered_ms),
                      required("status", &LeadScored::status),
                      field("status_reason", &LeadScored::status_reason),
                      field("tier", &LeadScored::tier),
                      field("timeline_months", &LeadScored::timeline_months),
                      required("zone", &LeadScored::zone)};
  }
};

struct ZoneLeft {
  static constexpr std::string_view type = "lead.zone_left";
  std::string lead_id, zone;
  static constexpr auto fields() {
    return FieldList{required("lead_id", &ZoneLeft::lead_id),
                      required("zone", &ZoneLeft::zone)};
  }
};

}  // namespace millrace
