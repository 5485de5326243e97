// What score remembers: one row a lead, its engagement beside it, a family of deals, the active models.
//
// Keys    lead, engagement: "tenant/lead_id"; deal: "tenant/lead_id/deal_id"; model: "tenant" ("_" for all).
//
// TA-1  A row holds no personal data in clear: the address is sealed, identifiers are tokens.
// TA-2  A lead row is at most a few kilobytes; what can grow (events, deals) stands beside it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"
#include "topology/score/dims.h"
#include "topology/score/engagement.h"
#include "topology/score/grade.h"
#include "topology/score/lifecycle.h"
#include "topology/score/qualify.h"
#include "topology/score/signals.h"

namespace millrace::score {

// What the last lead.snapshot told, and the hard bounces since. Empty texts are unknown.
struct Facts {
  std::optional<std::int64_t> annual_revenue_cents, deal_value_cents, employee_count, source_quality_bp, timeline_months;
  bool bounced = false;  // a hard bounce of the present address
  bool budget = false, dnc = false, email_known = false, enriched = false, form_url = false, linkedin = false,
       phone = false;
  EmailVerified email_verified = EmailVerified::unknown;
  std::int64_t pain_points = 0;
  std::string campaign_id, company_size, currency, industry, job_level, location, role, zone;
  RawJson custom;
  SealedText email;
  std::vector<std::string> signals, tags;
  std::map<std::string, std::string> tokens;  // by kind
  static constexpr auto fields() {
    using F = Facts;
    return FieldList{field("annual_revenue_cents", &F::annual_revenue_cents),
                      field("bounced", &F::bounced),
                      field("budget", &F::budget),
                      field("campaign_id", &F::campaign_id),
                      field("company_size", &F::company_size),
                      field("currency", &F::currency),
                      field("custom", &F::custom),
                      field("deal_value_cents", &F::deal_value_cents),
                      field("dnc", &F::dnc),
                      field("email", &F::email),
                      field("email_known", &F::email_known),
                      field("email_verified", &F::email_verified),
                      field("employee_count", &F::employee_count),
                      field("enriched", &F::enriched),
                      field("form_url", &F::form_url),
                      field("industry", &F::industry),
                      field("job_level", &F::job_level),
                      field("linkedin", &F::linkedin),
                      field("location", &F::location),
                      field("pain_points", &F::pain_points),
                      field("phone", &F::phone),
                      field("role", &F::role),
                      field("signals", &F::signals),
                      field("source_quality_bp", &F::source_quality_bp),
                      field("tags", &F::tags),
                      field("timeline_months", &F::timeline_months),
                      field("tokens", &F::tokens),
                      field("zone", &F::zone)};
  }
};

// What the facts, the engagement, the model and the policy make of a lead.
struct Rating {
  Dims dims;
  std::optional<Grade> grade;
  std::vector<std::string> grade_reasons;
  std::int64_t model_version = 0;  // 0: the score has no model part
  std::int64_t model_mark = 0;     // of the model that was active
  std::int64_t policy_mark = 0;    // of the policy that the dimensions were taken under
  std::string zone;                // empty: never rated
  std::optional<std::int64_t> score_bp() const { return dims.get(Dim::score); }
  static constexpr auto fields() {
    return FieldList{field("dims", &Rating::dims),
                      field("grade", &Rating::grade),
                      field("grade_reasons", &Rating::grade_reasons),
                      field("model_mark", &Rating::model_mark),
                      field("model_version", &Rating::model_version),
                      field("policy_mark", &Rating::policy_mark),
                      field("zone", &Rating::zone)};
  }
};

// What its deals make of a lead: of the latest open one, and of all of them.
struct DealState {
  std::optional<std::int64_t> amount_cents;
  std::string currency, stage;
  TimeMs entered_ms = 0;
  std::int64_t known = 0;   // deals that have a row
  bool progressed = false;  // DE-2
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &DealState::amount_cents), field("currency", &DealState::currency),
                      field("entered_ms", &DealState::entered_ms),     field("known", &DealState::known),
                      field("progressed", &DealState::progressed),     field("stage", &DealState::stage)};
  }
};

// The part of the last lead.scored whose change makes the next one.
struct Published {
  bool any = false;
  std::string campaign_id, currency, stage, zone;
  std::optional<std::int64_t> deal_value_cents, score_bp;
  std::optional<Grade> grade;
  Status status = Status::NEW;
  friend bool operator==(const Published&, const Published&) = default;
  static constexpr auto fields() {
    return FieldList{field("any", &Published::any),           field("campaign_id", &Published::campaign_id),
                      field("currency", &Published::currency), field("deal_value_cents", &Published::deal_value_cents),
                      field("grade", &Published::grade),       field("score_bp", &Published::score_bp),
                      field("stage", &Published::stage),       field("status", &Published::status),
                      field("zone", &Published::zone)};
  }
};

// When each timer of the lead is due; 0: it is not set.
struct Due {
  TimeMs engagement = 0, enrichment = 0, silent = 0;
  static constexpr auto fields() {
    return FieldList{field("engagement", &Due::engagement), field("enrichment", &Due::enrichment),
                      field("silent", &Due::silent)};
  }
};

// What a model said of the lead before its end (rule score.outcome_model).
struct Prediction {
  std::optional<std::int64_t> bp;  // at the first message sent
  std::int64_t told_version = 0;   // the version whose outcome was emitted last
  std::int64_t version = 0;
  static constexpr auto fields() {
    return FieldList{field("bp", &Prediction::bp), field("told_version", &Prediction::told_version),
                      field("version", &Prediction::version)};
  }
};

struct LeadRow {
  std::int64_t attempts = 0;
  bool contacted = false;  // a message was sent for real
  DealState deals;
  Due due;
  Facts facts;
  std::optional<TimeMs> last_contacted_ms;
  TimeMs lost_ms = 0;
  Prediction prediction;
  Published published;
  std::vector<std::string> qualification_reasons;
  QualificationResult qualification = QualificationResult::PENDING;
  Rating rating;
  bool settled = false;  // enrichment is final
  Status status = Status::NEW;
  std::string status_reason;
  std::string survivor;  // of a MERGED lead
  static constexpr auto fields() {
    using R = LeadRow;
    return FieldList{field("attempts", &R::attempts),
                      field("contacted", &R::contacted),
                      field("deals", &R::deals),
                      field("due", &R::due),
                      field("facts", &R::facts),
                      field("last_contacted_ms", &R::last_contacted_ms),
                      field("lost_ms", &R::lost_ms),
                      field("prediction", &R::prediction),
                      field("published", &R::published),
                      field("qualification", &R::qualification),
                      field("qualification_reasons", &R::qualification_reasons),
                      field("rating", &R::rating),
                      field("settled", &R::settled),
                      field("status", &R::status),
                      field("status_reason", &R::status_reason),
                      field("survivor", &R::survivor)};
  }
};

struct DealRow {
  std::optional<std::int64_t> amount_cents;
  std::string currency;
  TimeMs entered_ms = 0, event_ms = 0;
  std::string stage;
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &DealRow::amount_cents), field("currency", &DealRow::currency),
                      field("entered_ms", &DealRow::entered_ms), field("event_ms", &DealRow::event_ms),
                      field("stage", &DealRow::stage)};
  }
};

struct ModelRow {
  std::string artifact_sha256;
  std::int64_t intercept_micro = 0, version = 0, weight_bp = 3000;
  std::vector<std::int64_t> weights;  // of dimensions 1-30 in their order
  static constexpr auto fields() {
    return FieldList{field("artifact_sha256", &ModelRow::artifact_sha256),
                      field("intercept_micro", &ModelRow::intercept_micro), field("version", &ModelRow::version),
                      field("weight_bp", &ModelRow::weight_bp), field("weights", &ModelRow::weights)};
  }
};

}  // namespace millrace::score
