// attribution.credits, ads.performance and learning.outcomes as attribution emits them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"

namespace millrace {

struct AttributionCredit {
  static constexpr std::string_view type = "attribution.credit";
  std::string credit_id, ref, tenant, deal_id, event_id, stage_to, model, channel, currency;
  std::int64_t rev = 0, amount_cents = 0, cash_cents = 0, occurred_ms = 0;
  std::optional<std::string> restates, lead_id, touch_id, click_id, ad_id, campaign_id, ad_account, method;
  std::optional<std::int64_t> layer, confidence_bp, window_ms, shares_version;
  static constexpr auto fields() {
    return FieldList{field("ad_account", &AttributionCredit::ad_account),
                      field("ad_id", &AttributionCredit::ad_id),
                      required("amount_cents", &AttributionCredit::amount_cents),
                      field("campaign_id", &AttributionCredit::campaign_id),
                      required("cash_cents", &AttributionCredit::cash_cents),
                      required("channel", &AttributionCredit::channel),
                      field("click_id", &AttributionCredit::click_id),
                      field("confidence_bp", &AttributionCredit::confidence_bp),
                      required("credit_id", &AttributionCredit::credit_id),
                      required("currency", &AttributionCredit::currency),
                      required("deal_id", &AttributionCredit::deal_id),
                      required("event_id", &AttributionCredit::event_id),
                      field("layer", &AttributionCredit::layer),
                      field("lead_id", &AttributionCredit::lead_id),
                      field("method", &AttributionCredit::method),
                      required("model", &AttributionCredit::model),
                      required("occurred_ms", &AttributionCredit::occurred_ms),
                      required("ref", &AttributionCredit::ref),
                      field("restates", &AttributionCredit::restates),
                      required("rev", &AttributionCredit::rev),
                      field("shares_version", &AttributionCredit::shares_version),
                      required("stage_to", &AttributionCredit::stage_to),
                      required("tenant", &AttributionCredit::tenant),
                      field("touch_id", &AttributionCredit::touch_id),
                      field("window_ms", &AttributionCredit::window_ms)};
  }
};

struct AttributionModel {
  static constexpr std::string_view type = "attribution.model";
  std::string currency;
  std::int64_t version = 0, conversion_bp = 0, journeys = 0;
  std::optional<std::map<std::string, std::int64_t>> removal_effect_bp, share_bp;  // written also when empty
  static constexpr auto fields() {
    return FieldList{required("conversion_bp", &AttributionModel::conversion_bp),
                      required("currency", &AttributionModel::currency),
                      required("journeys", &AttributionModel::journeys),
                      field("removal_effect_bp", &AttributionModel::removal_effect_bp),
                      field("share_bp", &AttributionModel::share_bp),
                      required("version", &AttributionModel::version)};
  }
};

struct RevenueCredited {
  static constexpr std::string_view type = "revenue.credited";
  std::string tenant, ad_account, ad_id, deal_id, event_id, currency, spend_day;
  std::optional<std::string> campaign_id;
  std::int64_t rev = 0, pipeline_delta_cents = 0, cash_delta_cents = 0, confidence_bp = 0, occurred_ms = 0;
  static constexpr auto fields() {
    return FieldList{required("ad_account", &RevenueCredited::ad_account),
                      required("ad_id", &RevenueCredited::ad_id),
                      field("campaign_id", &RevenueCredited::campaign_id),
                      required("cash_delta_cents", &RevenueCredited::cash_delta_cents),
                      required("confidence_bp", &RevenueCredited::confidence_bp),
                      required("currency", &RevenueCredited::currency),
                      required("deal_id", &RevenueCredited::deal_id),
                      required("event_id", &RevenueCredited::event_id),
                      required("occurred_ms", &RevenueCredited::occurred_ms),
                      required("pipeline_delta_cents", &RevenueCredited::pipeline_delta_cents),
                      required("rev", &RevenueCredited::rev),
                      required("spend_day", &RevenueCredited::spend_day),
                      required("tenant", &RevenueCredited::tenant)};
  }
};

struct OutcomeMetric {
  static constexpr std::string_view type = "outcome.metric";
  std::string name, day;
  std::int64_t metric_bp = 0;
  static constexpr auto fields() {
    return FieldList{required("day", &OutcomeMetric::day),
                      required("metric_bp", &OutcomeMetric::metric_bp),
                      required("name", &OutcomeMetric::name)};
  }
};

}  // namespace millrace
