// leads.harvested -> score: leads as harvest resolved them, and what happened to them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"
#include "topology/events/personal.h"

namespace millrace {

// The fields of a lead as last known.
struct LeadFields {
  std::optional<std::string> company, role, job_level, website, location, zone, timezone, campaign_id, consent,
      currency, company_size, industry, email_verified;
  std::vector<std::string> tags, signals, pain_points;
  std::optional<std::int64_t> deal_value_cents, employee_count, annual_revenue_cents, timeline_months;
  std::optional<bool> budget, linkedin, form_url, phone, email;
  static constexpr auto fields() {
    return FieldList{field("annual_revenue_cents", &LeadFields::annual_revenue_cents),
                      field("budget", &LeadFields::budget),
                      field("campaign_id", &LeadFields::campaign_id),
                      field("company", &LeadFields::company),
                      field("company_size", &LeadFields::company_size),
                      field("consent", &LeadFields::consent),
                      field("currency", &LeadFields::currency),
                      field("deal_value_cents", &LeadFields::deal_value_cents),
                      field("email", &LeadFields::email),
                      field("email_verified", &LeadFields::email_verified),
                      field("employee_count", &LeadFields::employee_count),
                      field("form_url", &LeadFields::form_url),
                      field("industry", &LeadFields::industry),
                      field("job_level", &LeadFields::job_level),
                      field("linkedin", &LeadFields::linkedin),
                      field("location", &LeadFields::location),
                      field("pain_points", &LeadFields::pain_points),
                      field("phone", &LeadFields::phone),
                      field("role", &LeadFields::role),
                      field("signals", &LeadFields::signals),
                      field("tags", &LeadFields::tags),
                      field("timeline_months", &LeadFields::timeline_months),
                      field("timezone", &LeadFields::timezone),
                      field("website", &LeadFields::website),
                      field("zone", &LeadFields::zone)};
  }
};

// The event time of each field: of the fact that gave its present value.
struct LeadTimes {
  std::optional<std::int64_t> annual_revenue_cents, budget, campaign_id, company, company_size, currency, deal_value_cents,
      email, email_verified, employee_count, first_name, form_url, industry, job_level, last_name,
      linkedin, location, name, pain_points, phone, role, signals, tags, timeline_months, timezone,
      website, zone;
  static constexpr auto fields() {
    return FieldList{field("annual_revenue_cents", &LeadTimes::annual_revenue_cents),
                      field("budget", &LeadTimes::budget),
                      field("campaign_id", &LeadTimes::campaign_id),
                      field("company", &LeadTimes::company),
                      field("company_size", &LeadTimes::company_size),
                      field("currency", &LeadTimes::currency),
                      field("deal_value_cents", &LeadTimes::deal_value_cents),
                      field("email", &LeadTimes::email),
                      field("email_verified", &LeadTimes::email_verified),
                      field("employee_count", &LeadTimes::employee_count),
                      field("first_name", &LeadTimes::first_name),
                      field("form_url", &LeadTimes::form_url),
                      field("industry", &LeadTimes::industry),
                      field("job_level", &LeadTimes::job_level),
                      field("last_name", &LeadTimes::last_name),
                      field("linkedin", &LeadTimes::linkedin),
                      field("location", &LeadTimes::location),
                      field("name", &LeadTimes::name),
                      field("pain_points", &LeadTimes::pain_points),
                      field("phone", &LeadTimes::phone),
                      field("role", &LeadTimes::role),
                      field("signals", &LeadTimes::signals),
                      field("tags", &LeadTimes::tags),
                      field("timeline_months", &LeadTimes::timeline_months),
                      field("timezone", &LeadTimes::timezone),
                      field("website", &LeadTimes::website),
                      field("zone", &LeadTimes::zone)};
  }
};

// After captured, enriched, updated, consent.changed, split and merge. `lead` holds the values, `at` the event_ms of each field; the booleans linkedin, form_url, phone, email tell only that such an address is known. `source` and its quality are of the first capture, `source_type` of the present one.
struct LeadSnapshot {
  static constexpr std::string_view type = "lead.snapshot";
  std::string lead_id, origin;
  LeadFields lead;
  LeadTimes at;
  Sealed<EmailPersonal> sealed;
  std::map<std::string, std::string> tokens;
  std::optional<std::string> source, source_type;
  std::optional<std::int64_t> source_quality_bp;
  std::vector<std::string> warnings, changed;
  RawJson custom;
  bool enriched = false, final = false;
  std::int64_t captured_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("at", &LeadSnapshot::at),
                      field("captured_ms", &LeadSnapshot::captured_ms),
                      field("changed", &LeadSnapshot::changed),
                      field("custom", &LeadSnapshot::custom),
                      field("enriched", &LeadSnapshot::enriched),
                      field("final", &LeadSnapshot::final),
                      field("lead", &LeadSnapshot::lead),
                      required("lead_id", &LeadSnapshot::lead_id),
                      required("origin", &LeadSnapshot::origin),
                      field("sealed", &LeadSnapshot::sealed),
                      field("source", &LeadSnapshot::source),
                      field("source_quality_bp", &LeadSnapshot::source_quality_bp),
                      field("source_type", &LeadSnapshot::source_type),
                      field("tokens", &LeadSnapshot::tokens),
                      field("warnings", &LeadSnapshot::warnings)};
  }
};

struct LeadMerged {
  static constexpr std::string_view type = "lead.merged";
  std::string survivor;
  std::vector<std::string> absorbed;
  static constexpr auto fields() {
    return FieldList{required("absorbed", &LeadMerged::absorbed),
                      required("survivor", &LeadMerged::survivor)};
  }
};

struct LeadErased {
  static constexpr std::string_view type = "lead.erased";
  std::string lead_id, request_id;
  std::vector<std::string> aliases;
  static constexpr auto fields() {
    return FieldList{field("aliases", &LeadErased::aliases),
                      required("lead_id", &LeadErased::lead_id),
                      required("request_id", &LeadErased::request_id)};
  }
};

// As harvest passes it on: the lead and the currency are known.
struct StageChanged {
  static constexpr std::string_view type = "crm.stage_changed";
  std::string deal_id, stage_to, currency, lead_id;
  std::optional<std::string> stage_from;
  std::optional<std::int64_t> amount_cents, occurred_ms;
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &StageChanged::amount_cents),
                      required("currency", &StageChanged::currency),
                      required("deal_id", &StageChanged::deal_id),
                      required("lead_id", &StageChanged::lead_id),
                      field("occurred_ms", &StageChanged::occurred_ms),
                      field("stage_from", &StageChanged::stage_from),
                      required("stage_to", &StageChanged::stage_to)};
  }
};

struct DealUpdated {
  static constexpr std::string_view type = "crm.deal_updated";
  std::string deal_id, currency, lead_id;
  std::optional<std::int64_t> amount_cents;
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &DealUpdated::amount_cents),
                      required("currency", &DealUpdated::currency),
                      required("deal_id", &DealUpdated::deal_id),
                      required("lead_id", &DealUpdated::lead_id)};
  }
};

// Grows on its way harvest -> score -> route -> outreach -> learn; each stage adds its part as canonical JSON.
struct PacketDraft {
  static constexpr std::string_view type = "packet.draft";
  std::string tenant, lead_id, request_id;
  std::optional<std::int64_t> deal_value_cents;
  std::optional<std::string> currency;
  RawJson terms, lead, decision, outreach;
  static constexpr auto fields() {
    return FieldList{field("currency", &PacketDraft::currency),
                      field("deal_value_cents", &PacketDraft::deal_value_cents),
                      field("decision", &PacketDraft::decision),
                      field("lead", &PacketDraft::lead),
                      required("lead_id", &PacketDraft::lead_id),
                      field("outreach", &PacketDraft::outreach),
                      required("request_id", &PacketDraft::request_id),
                      required("tenant", &PacketDraft::tenant),
                      field("terms", &PacketDraft::terms)};
  }
};

struct LeadRouted {
  static constexpr std::string_view type = "lead.routed";
  std::string lead_id, sequence, decision_id;
  std::optional<std::string> owner_id;
  static constexpr auto fields() {
    return FieldList{required("decision_id", &LeadRouted::decision_id),
                      required("lead_id", &LeadRouted::lead_id),
                      field("owner_id", &LeadRouted::owner_id),
                      required("sequence", &LeadRouted::sequence)};
  }
};

struct ReviewDecided {
  static constexpr std::string_view type = "review.decided";
  std::string lead_id, outcome, actor;
  static constexpr auto fields() {
    return FieldList{required("actor", &ReviewDecided::actor),
                      required("lead_id", &ReviewDecided::lead_id),
                      required("outcome", &ReviewDecided::outcome)};
  }
};

struct ReplyClassified {
  static constexpr std::string_view type = "reply.classified";
  std::string lead_id, class_;
  std::int64_t confidence_bp = 0;
  std::optional<std::string> message_id, campaign_id, channel;
  std::optional<bool> referral;
  static constexpr auto fields() {
    return FieldList{field("campaign_id", &ReplyClassified::campaign_id),
                      field("channel", &ReplyClassified::channel),
                      required("class", &ReplyClassified::class_),
                      required("confidence_bp", &ReplyClassified::confidence_bp),
                      required("lead_id", &ReplyClassified::lead_id),
                      field("message_id", &ReplyClassified::message_id),
                      field("referral", &ReplyClassified::referral)};
  }
};

struct SequenceExhausted {
  static constexpr std::string_view type = "lead.sequence_exhausted";
  std::string lead_id, sequence;
  std::optional<std::string> campaign_id, message_id;
  static constexpr auto fields() {
    return FieldList{field("campaign_id", &SequenceExhausted::campaign_id),
                      required("lead_id", &SequenceExhausted::lead_id),
                      field("message_id", &SequenceExhausted::message_id),
                      required("sequence", &SequenceExhausted::sequence)};
  }
};

struct Unreachable {
  static constexpr std::string_view type = "lead.unreachable";
  std::string lead_id, sequence;
  std::optional<std::string> campaign_id, message_id;
  static constexpr auto fields() {
    return FieldList{field("campaign_id", &Unreachable::campaign_id),
                      required("lead_id", &Unreachable::lead_id),
                      field("message_id", &Unreachable::message_id),
                      required("sequence", &Unreachable::sequence)};
  }
};

struct HandoffEvent {
  std::string kind, message_id, url, class_;
  std::int64_t at_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("at_ms", &HandoffEvent::at_ms),
                      field("class", &HandoffEvent::class_),
                      field("kind", &HandoffEvent::kind),
                      field("message_id", &HandoffEvent::message_id),
                      field("url", &HandoffEvent::url)};
  }
};

struct HandoffDeal {
  std::string deal_id, stage;
  std::optional<std::int64_t> amount_cents;
  std::optional<std::string> currency;
  std::int64_t entered_ms = 0, event_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &HandoffDeal::amount_cents),
                      field("currency", &HandoffDeal::currency),
                      field("deal_id", &HandoffDeal::deal_id),
                      field("entered_ms", &HandoffDeal::entered_ms),
                      field("event_ms", &HandoffDeal::event_ms),
                      field("stage", &HandoffDeal::stage)};
  }
};

// From an absorbed lead to its survivor, on score's own inbox.
struct LeadHandoff {
  static constexpr std::string_view type = "lead.handoff";
  std::string lead_id, status;
  std::optional<std::string> status_reason;
  std::vector<std::string> tags;
  std::vector<HandoffEvent> events;
  std::vector<HandoffDeal> deals;
  std::optional<std::int64_t> attempts, last_contacted_ms;
  static constexpr auto fields() {
    return FieldList{field("attempts", &LeadHandoff::attempts),
                      field("deals", &LeadHandoff::deals),
                      field("events", &LeadHandoff::events),
                      field("last_contacted_ms", &LeadHandoff::last_contacted_ms),
                      required("lead_id", &LeadHandoff::lead_id),
                      required("status", &LeadHandoff::status),
                      field("status_reason", &LeadHandoff::status_reason),
                      field("tags", &LeadHandoff::tags)};
  }
};

}  // namespace millrace
