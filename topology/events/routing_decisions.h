// routing.decisions -> outreach: decisions, profiles, status changes and engagement facts of a lead.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"
#include "topology/events/leads_scored.h"
#include "topology/events/score_dims.h"

namespace millrace {

struct Override {
  std::string request_id, approver;
  static constexpr auto fields() {
    return FieldList{field("approver", &Override::approver),
                      field("request_id", &Override::request_id)};
  }
};

// One check of spec/route.md section 3 that ran, or was skipped.
struct RuleRow {
  std::string rule, outcome;
  std::optional<std::string> key;
  std::optional<std::int64_t> threshold, value;
  static constexpr auto fields() {
    return FieldList{field("key", &RuleRow::key),
                      field("outcome", &RuleRow::outcome),
                      field("rule", &RuleRow::rule),
                      field("threshold", &RuleRow::threshold),
                      field("value", &RuleRow::value)};
  }
};

// The next lower or higher sequence, and the margin in bp to reach it.
struct Alternative {
  std::string sequence;
  std::int64_t margin_bp = 0;
  static constexpr auto fields() {
    return FieldList{field("margin_bp", &Alternative::margin_bp),
                      field("sequence", &Alternative::sequence)};
  }
};

struct OwnerLoad {
  std::string owner_id;
  std::int64_t open = 0, capacity = 0;
  static constexpr auto fields() {
    return FieldList{field("capacity", &OwnerLoad::capacity),
                      field("open", &OwnerLoad::open),
                      field("owner_id", &OwnerLoad::owner_id)};
  }
};

// What the decision was taken on.
struct DecisionInputs {
  std::optional<std::int64_t> score_bp, deal_value_cents;
  std::optional<ScoreDims> dims;
  std::map<std::string, std::int64_t> shields;
  std::vector<std::string> signals;
  std::string status;
  std::optional<std::string> currency;
  RawJson zone;
  std::vector<OwnerLoad> owners;
  static constexpr auto fields() {
    return FieldList{field("currency", &DecisionInputs::currency),
                      field("deal_value_cents", &DecisionInputs::deal_value_cents),
                      field("dims", &DecisionInputs::dims),
                      field("owners", &DecisionInputs::owners),
                      field("score_bp", &DecisionInputs::score_bp),
                      field("shields", &DecisionInputs::shields),
                      field("signals", &DecisionInputs::signals),
                      field("status", &DecisionInputs::status),
                      field("zone", &DecisionInputs::zone)};
  }
};

struct RouteDecided {
  static constexpr std::string_view type = "route.decided";
  std::string decision_id, lead_id, zone, tenant, category, action, policy_sha256, cause_id;
  std::optional<std::string> campaign_id, owner_id, sequence, priority;
  std::vector<std::string> reasons;
  std::optional<std::int64_t> sequence_start_ms, cone_bp, cone_rank, effective_bp, confidence_bp;
  std::optional<bool> boosted;
  std::optional<Override> override_;
  DecisionInputs inputs;
  std::vector<RuleRow> rules;
  std::vector<Alternative> alternatives;
  std::optional<ModelRef> model;
  std::int64_t now_ms = 0;
  static constexpr auto fields() {
    return FieldList{required("action", &RouteDecided::action),
                      field("alternatives", &RouteDecided::alternatives),
                      field("boosted", &RouteDecided::boosted),
                      field("campaign_id", &RouteDecided::campaign_id),
                      required("category", &RouteDecided::category),
                      required("cause_id", &RouteDecided::cause_id),
                      field("cone_bp", &RouteDecided::cone_bp),
                      field("cone_rank", &RouteDecided::cone_rank),
                      field("confidence_bp", &RouteDecided::confidence_bp),
                      required("decision_id", &RouteDecided::decision_id),
                      field("effective_bp", &RouteDecided::effective_bp),
                      field("inputs", &RouteDecided::inputs),
                      required("lead_id", &RouteDecided::lead_id),
                      field("model", &RouteDecided::model),
                      required("now_ms", &RouteDecided::now_ms),
                      field("override", &RouteDecided::override_),
                      field("owner_id", &RouteDecided::owner_id),
                      required("policy_sha256", &RouteDecided::policy_sha256),
                      field("priority", &RouteDecided::priority),
                      field("reasons", &RouteDecided::reasons),
                      field("rules", &RouteDecided::rules),
                      field("sequence", &RouteDecided::sequence),
                      field("sequence_start_ms", &RouteDecided::sequence_start_ms),
                      required("tenant", &RouteDecided::tenant),
                      required("zone", &RouteDecided::zone)};
  }
};

struct LeadEscalated {
  static constexpr std::string_view type = "lead.escalated";
  std::string lead_id, group, stage, severity;
  std::optional<std::string> owner_id;
  std::int64_t in_stage_ms = 0;
  static constexpr auto fields() {
    return FieldList{required("group", &LeadEscalated::group),
                      required("in_stage_ms", &LeadEscalated::in_stage_ms),
                      required("lead_id", &LeadEscalated::lead_id),
                      field("owner_id", &LeadEscalated::owner_id),
                      required("severity", &LeadEscalated::severity),
                      required("stage", &LeadEscalated::stage)};
  }
};

// What outreach must know of a lead; addresses and names are sealed. `has` names the channels with an address.
struct LeadProfile {
  static constexpr std::string_view type = "lead.profile";
  std::string lead_id, consent;
  Sealed<ProfilePersonal> sealed;
  std::map<std::string, std::string> tokens;
  std::vector<std::string> has, tags;
  std::optional<std::string> company, role, job_level, industry, location, zone, timezone, email_verified,
      campaign_id, linkedin_status, email_tld;
  RawJson custom;
  static constexpr auto fields() {
    return FieldList{field("campaign_id", &LeadProfile::campaign_id),
                      field("company", &LeadProfile::company),
                      required("consent", &LeadProfile::consent),
                      field("custom", &LeadProfile::custom),
                      field("email_tld", &LeadProfile::email_tld),
                      field("email_verified", &LeadProfile::email_verified),
                      field("has", &LeadProfile::has),
                      field("industry", &LeadProfile::industry),
                      field("job_level", &LeadProfile::job_level),
                      required("lead_id", &LeadProfile::lead_id),
                      field("linkedin_status", &LeadProfile::linkedin_status),
                      field("location", &LeadProfile::location),
                      field("role", &LeadProfile::role),
                      field("sealed", &LeadProfile::sealed),
                      field("tags", &LeadProfile::tags),
                      field("timezone", &LeadProfile::timezone),
                      field("tokens", &LeadProfile::tokens),
                      field("zone", &LeadProfile::zone)};
  }
};

struct StatusChanged {
  static constexpr std::string_view type = "lead.status_changed";
  std::string lead_id, from, to, trigger;
  std::optional<std::string> campaign_id;
  static constexpr auto fields() {
    return FieldList{field("campaign_id", &StatusChanged::campaign_id),
                      required("from", &StatusChanged::from),
                      required("lead_id", &StatusChanged::lead_id),
                      required("to", &StatusChanged::to),
                      required("trigger", &StatusChanged::trigger)};
  }
};

// From an absorbed lead to its survivor, on outreach's own inbox.
struct SequenceHandoff {
  static constexpr std::string_view type = "sequence.handoff";
  std::string lead_id, name;
  std::int64_t version = 0, run = 0, start_ms = 0, sent_steps = 0;
  std::optional<std::string> campaign_id;
  std::optional<std::int64_t> hold_until_ms;
  static constexpr auto fields() {
    return FieldList{field("campaign_id", &SequenceHandoff::campaign_id),
                      field("hold_until_ms", &SequenceHandoff::hold_until_ms),
                      required("lead_id", &SequenceHandoff::lead_id),
                      required("name", &SequenceHandoff::name),
                      required("run", &SequenceHandoff::run),
                      required("sent_steps", &SequenceHandoff::sent_steps),
                      required("start_ms", &SequenceHandoff::start_ms),
                      required("version", &SequenceHandoff::version)};
  }
};

struct IntentResult {
  static constexpr std::string_view type = "intent.result";
  std::string message_id, lead_id, channel, result;
  std::int64_t attempt = 0;
  std::optional<std::string> reason, mode;
  static constexpr auto fields() {
    return FieldList{required("attempt", &IntentResult::attempt),
                      required("channel", &IntentResult::channel),
                      required("lead_id", &IntentResult::lead_id),
                      required("message_id", &IntentResult::message_id),
                      field("mode", &IntentResult::mode),
                      field("reason", &IntentResult::reason),
                      required("result", &IntentResult::result)};
  }
};

}  // namespace millrace
