// crm.events -> harvest: the facts of the front door (spec/records.md, spec/harvest.md section 2), but for operator.*
// (topology/events/operator.h).
//
// A lead ref is the first of lead_id, message_id, provider_message_id, external_id, external_ids[], email that is known.
// Personal fields may come in clear from a foreign client; Millrace's producers send them in `sealed`, with
// `tokens` beside: kind (email, phone, linkedin, external_id) -> tokens.
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

// Of a browser (spec/attribution.md section 4); parts are texts or numbers.
struct Fingerprint {
  RawJson browser, device_type, os, screen_h, screen_w, timezone, tz_offset;
  static constexpr auto fields() {
    return FieldList{field("browser", &Fingerprint::browser),
                      field("device_type", &Fingerprint::device_type),
                      field("os", &Fingerprint::os),
                      field("screen_h", &Fingerprint::screen_h),
                      field("screen_w", &Fingerprint::screen_w),
                      field("timezone", &Fingerprint::timezone),
                      field("tz_offset", &Fingerprint::tz_offset)};
  }
};

struct LeadCaptured {
  static constexpr std::string_view type = "lead.captured";
  std::string lead_source;
  std::optional<std::string> ip, user_agent, external_id, email, phone, linkedin_url, name, first_name, last_name,
      company, role, job_level, website, location, timezone, campaign_id, consent, source_ref, landing_url,
      form_url, currency, company_size, industry, email_verified;
  std::optional<Fingerprint> fingerprint;
  std::optional<bool> measure_consent, budget, fill_only;
  std::vector<std::string> external_ids, tags, signals, pain_points;
  std::map<std::string, std::string> click_ids, utm;
  std::optional<std::int64_t> deal_value_cents, employee_count, annual_revenue_cents, timeline_months;
  RawJson custom, extra, tokens;
  SealedText sealed;
  static constexpr auto fields() {
    return FieldList{field("annual_revenue_cents", &LeadCaptured::annual_revenue_cents),
                      field("budget", &LeadCaptured::budget),
                      field("campaign_id", &LeadCaptured::campaign_id),
                      field("click_ids", &LeadCaptured::click_ids),
                      field("company", &LeadCaptured::company),
                      field("company_size", &LeadCaptured::company_size),
                      field("consent", &LeadCaptured::consent),
                      field("currency", &LeadCaptured::currency),
                      field("custom", &LeadCaptured::custom),
                      field("deal_value_cents", &LeadCaptured::deal_value_cents),
                      field("email", &LeadCaptured::email),
                      field("email_verified", &LeadCaptured::email_verified),
                      field("employee_count", &LeadCaptured::employee_count),
                      field("external_id", &LeadCaptured::external_id),
                      field("external_ids", &LeadCaptured::external_ids),
                      field("extra", &LeadCaptured::extra),
                      field("fill_only", &LeadCaptured::fill_only),
                      field("fingerprint", &LeadCaptured::fingerprint),
                      field("first_name", &LeadCaptured::first_name),
                      field("form_url", &LeadCaptured::form_url),
                      field("industry", &LeadCaptured::industry),
                      field("ip", &LeadCaptured::ip),
                      field("job_level", &LeadCaptured::job_level),
                      field("landing_url", &LeadCaptured::landing_url),
                      field("last_name", &LeadCaptured::last_name),
                      required("lead_source", &LeadCaptured::lead_source),
                      field("linkedin_url", &LeadCaptured::linkedin_url),
                      field("location", &LeadCaptured::location),
                      field("measure_consent", &LeadCaptured::measure_consent),
                      field("name", &LeadCaptured::name),
                      field("pain_points", &LeadCaptured::pain_points),
                      field("phone", &LeadCaptured::phone),
                      field("role", &LeadCaptured::role),
                      field("sealed", &LeadCaptured::sealed),
                      field("signals", &LeadCaptured::signals),
                      field("source_ref", &LeadCaptured::source_ref),
                      field("tags", &LeadCaptured::tags),
                      field("timeline_months", &LeadCaptured::timeline_months),
                      field("timezone", &LeadCaptured::timezone),
                      field("tokens", &LeadCaptured::tokens),
                      field("user_agent", &LeadCaptured::user_agent),
                      field("utm", &LeadCaptured::utm),
                      field("website", &LeadCaptured::website)};
  }
};

// Of lead.enriched; `competitor` and other extra fields are kept as given.
struct Enrichment {
  std::optional<std::string> company, company_size, industry, location, zone, job_level, email_verified;
  std::optional<std::int64_t> employee_count, annual_revenue_cents, timeline_months;
  std::vector<std::string> signals, pain_points;
  std::optional<bool> budget;
  RawJson competitor;
  static constexpr auto fields() {
    return FieldList{field("annual_revenue_cents", &Enrichment::annual_revenue_cents),
                      field("budget", &Enrichment::budget),
                      field("company", &Enrichment::company),
                      field("company_size", &Enrichment::company_size),
                      field("competitor", &Enrichment::competitor),
                      field("email_verified", &Enrichment::email_verified),
                      field("employee_count", &Enrichment::employee_count),
                      field("industry", &Enrichment::industry),
                      field("job_level", &Enrichment::job_level),
                      field("location", &Enrichment::location),
                      field("pain_points", &Enrichment::pain_points),
                      field("signals", &Enrichment::signals),
                      field("timeline_months", &Enrichment::timeline_months),
                      field("zone", &Enrichment::zone)};
  }
};

struct LeadRef {
  std::optional<std::string> lead_id, message_id, provider_message_id, external_id, email;
  std::vector<std::string> external_ids;
  SealedText sealed;
  RawJson tokens;
  static constexpr auto fields() {
    return FieldList{field("email", &LeadRef::email),
                      field("external_id", &LeadRef::external_id),
                      field("external_ids", &LeadRef::external_ids),
                      field("lead_id", &LeadRef::lead_id),
                      field("message_id", &LeadRef::message_id),
                      field("provider_message_id", &LeadRef::provider_message_id),
                      field("sealed", &LeadRef::sealed),
                      field("tokens", &LeadRef::tokens)};
  }
};

struct LeadEnriched {
  static constexpr std::string_view type = "lead.enriched";
  std::optional<std::string> lead_id, message_id, provider_message_id, external_id, email;
  std::vector<std::string> external_ids;
  SealedText sealed;
  RawJson tokens;
  Enrichment enrichment;
  std::optional<bool> final;
  static constexpr auto fields() {
    return FieldList{field("email", &LeadEnriched::email),
                      field("enrichment", &LeadEnriched::enrichment),
                      field("external_id", &LeadEnriched::external_id),
                      field("external_ids", &LeadEnriched::external_ids),
                      field("final", &LeadEnriched::final),
                      field("lead_id", &LeadEnriched::lead_id),
                      field("message_id", &LeadEnriched::message_id),
                      field("provider_message_id", &LeadEnriched::provider_message_id),
                      field("sealed", &LeadEnriched::sealed),
                      field("tokens", &LeadEnriched::tokens)};
  }
};

struct LeadUpdated {
  static constexpr std::string_view type = "lead.updated";
  std::optional<std::string> lead_id, message_id, provider_message_id, external_id, email;
  std::vector<std::string> external_ids, merge_external_ids;
  SealedText sealed;
  RawJson tokens, set;
  static constexpr auto fields() {
    return FieldList{field("email", &LeadUpdated::email),
                      field("external_id", &LeadUpdated::external_id),
                      field("external_ids", &LeadUpdated::external_ids),
                      field("lead_id", &LeadUpdated::lead_id),
                      field("merge_external_ids", &LeadUpdated::merge_external_ids),
                      field("message_id", &LeadUpdated::message_id),
                      field("provider_message_id", &LeadUpdated::provider_message_id),
                      field("sealed", &LeadUpdated::sealed),
                      field("set", &LeadUpdated::set),
                      field("tokens", &LeadUpdated::tokens)};
  }
};

struct CrmStageChanged {
  static constexpr std::string_view type = "crm.stage_changed";
  std::string deal_id, stage_to;
  std::optional<std::string> stage_from, raw_stage, currency, ip, user_agent, lead_id, message_id,
      provider_message_id, external_id, email;
  std::optional<std::int64_t> amount_cents, occurred_ms;
  std::map<std::string, std::string> click_ids;
  std::optional<Fingerprint> fingerprint;
  std::optional<bool> measure_consent;
  std::vector<std::string> external_ids;
  SealedText sealed;
  RawJson tokens;
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &CrmStageChanged::amount_cents),
                      field("click_ids", &CrmStageChanged::click_ids),
                      field("currency", &CrmStageChanged::currency),
                      required("deal_id", &CrmStageChanged::deal_id),
                      field("email", &CrmStageChanged::email),
                      field("external_id", &CrmStageChanged::external_id),
                      field("external_ids", &CrmStageChanged::external_ids),
                      field("fingerprint", &CrmStageChanged::fingerprint),
                      field("ip", &CrmStageChanged::ip),
                      field("lead_id", &CrmStageChanged::lead_id),
                      field("measure_consent", &CrmStageChanged::measure_consent),
                      field("message_id", &CrmStageChanged::message_id),
                      field("occurred_ms", &CrmStageChanged::occurred_ms),
                      field("provider_message_id", &CrmStageChanged::provider_message_id),
                      field("raw_stage", &CrmStageChanged::raw_stage),
                      field("sealed", &CrmStageChanged::sealed),
                      field("stage_from", &CrmStageChanged::stage_from),
                      required("stage_to", &CrmStageChanged::stage_to),
                      field("tokens", &CrmStageChanged::tokens),
                      field("user_agent", &CrmStageChanged::user_agent)};
  }
};

struct CrmDealLinked {
  static constexpr std::string_view type = "crm.deal_linked";
  std::string deal_id;
  std::optional<std::string> lead_id, message_id, provider_message_id, external_id, email;
  std::vector<std::string> external_ids;
  SealedText sealed;
  RawJson tokens;
  static constexpr auto fields() {
    return FieldList{required("deal_id", &CrmDealLinked::deal_id),
                      field("email", &CrmDealLinked::email),
                      field("external_id", &CrmDealLinked::external_id),
                      field("external_ids", &CrmDealLinked::external_ids),
                      field("lead_id", &CrmDealLinked::lead_id),
                      field("message_id", &CrmDealLinked::message_id),
                      field("provider_message_id", &CrmDealLinked::provider_message_id),
                      field("sealed", &CrmDealLinked::sealed),
                      field("tokens", &CrmDealLinked::tokens)};
  }
};

struct CrmDealUpdated {
  static constexpr std::string_view type = "crm.deal_updated";
  std::string deal_id;
  std::optional<std::int64_t> amount_cents;
  std::optional<std::string> currency;
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &CrmDealUpdated::amount_cents),
                      field("currency", &CrmDealUpdated::currency),
                      required("deal_id", &CrmDealUpdated::deal_id)};
  }
};

// engagement.opened, clicked, replied, bounced, complained, unsubscribed, out_of_office; on later inboxes with lead_id and, for opt-outs, address_tokens.
struct EngagementFact {
  std::optional<std::string> lead_id, message_id, provider_message_id, external_id, email, user_agent, url,
      subject, body, dsn_status, dsn_action, provider, provider_uid, channel, diagnostic, method;
  std::vector<std::string> external_ids, address_tokens;
  SealedText sealed;
  RawJson tokens;
  std::optional<bool> machine, permanent;
  std::map<std::string, std::string> headers;
  std::optional<std::int64_t> smtp_code;
  static constexpr auto fields() {
    return FieldList{field("address_tokens", &EngagementFact::address_tokens),
                      field("body", &EngagementFact::body),
                      field("channel", &EngagementFact::channel),
                      field("diagnostic", &EngagementFact::diagnostic),
                      field("dsn_action", &EngagementFact::dsn_action),
                      field("dsn_status", &EngagementFact::dsn_status),
                      field("email", &EngagementFact::email),
                      field("external_id", &EngagementFact::external_id),
                      field("external_ids", &EngagementFact::external_ids),
                      field("headers", &EngagementFact::headers),
                      field("lead_id", &EngagementFact::lead_id),
                      field("machine", &EngagementFact::machine),
                      field("message_id", &EngagementFact::message_id),
                      field("method", &EngagementFact::method),
                      field("permanent", &EngagementFact::permanent),
                      field("provider", &EngagementFact::provider),
                      field("provider_message_id", &EngagementFact::provider_message_id),
                      field("provider_uid", &EngagementFact::provider_uid),
                      field("sealed", &EngagementFact::sealed),
                      field("smtp_code", &EngagementFact::smtp_code),
                      field("subject", &EngagementFact::subject),
                      field("tokens", &EngagementFact::tokens),
                      field("url", &EngagementFact::url),
                      field("user_agent", &EngagementFact::user_agent)};
  }
};

// delivery.attempted, sent, delivered, failed, unknown.
struct DeliveryFact {
  std::optional<std::string> lead_id, message_id, channel, provider, provider_message_id, sender_id, reason,
      dsn_status;
  std::optional<std::int64_t> attempt, smtp_code, retry_after_ms;
  std::optional<bool> dry_run, permanent;
  static constexpr auto fields() {
    return FieldList{field("attempt", &DeliveryFact::attempt),
                      field("channel", &DeliveryFact::channel),
                      field("dry_run", &DeliveryFact::dry_run),
                      field("dsn_status", &DeliveryFact::dsn_status),
                      field("lead_id", &DeliveryFact::lead_id),
                      field("message_id", &DeliveryFact::message_id),
                      field("permanent", &DeliveryFact::permanent),
                      field("provider", &DeliveryFact::provider),
                      field("provider_message_id", &DeliveryFact::provider_message_id),
                      field("reason", &DeliveryFact::reason),
                      field("retry_after_ms", &DeliveryFact::retry_after_ms),
                      field("sender_id", &DeliveryFact::sender_id),
                      field("smtp_code", &DeliveryFact::smtp_code)};
  }
};

struct ConnectionChanged {
  static constexpr std::string_view type = "linkedin.connection_changed";
  std::string status;
  std::optional<std::string> lead_id, message_id, provider_message_id, external_id, email;
  std::vector<std::string> external_ids;
  SealedText sealed;
  RawJson tokens;
  static constexpr auto fields() {
    return FieldList{field("email", &ConnectionChanged::email),
                      field("external_id", &ConnectionChanged::external_id),
                      field("external_ids", &ConnectionChanged::external_ids),
                      field("lead_id", &ConnectionChanged::lead_id),
                      field("message_id", &ConnectionChanged::message_id),
                      field("provider_message_id", &ConnectionChanged::provider_message_id),
                      field("sealed", &ConnectionChanged::sealed),
                      required("status", &ConnectionChanged::status),
                      field("tokens", &ConnectionChanged::tokens)};
  }
};

struct AdClick {
  static constexpr std::string_view type = "ad.click";
  std::int64_t clicked_ms = 0;
  std::map<std::string, std::string> click_ids, utm;
  std::optional<std::string> click_id, ad_id, campaign_id, ad_account, platform, ip, user_agent, lead_id,
      message_id, provider_message_id, external_id, email;
  std::optional<bool> measure_consent;
  std::optional<Fingerprint> fingerprint;
  std::optional<std::int64_t> value_hint;
  std::vector<std::string> external_ids;
  SealedText sealed;
  RawJson tokens;
  static constexpr auto fields() {
    return FieldList{field("ad_account", &AdClick::ad_account),
                      field("ad_id", &AdClick::ad_id),
                      field("campaign_id", &AdClick::campaign_id),
                      field("click_id", &AdClick::click_id),
                      field("click_ids", &AdClick::click_ids),
                      required("clicked_ms", &AdClick::clicked_ms),
                      field("email", &AdClick::email),
                      field("external_id", &AdClick::external_id),
                      field("external_ids", &AdClick::external_ids),
                      field("fingerprint", &AdClick::fingerprint),
                      field("ip", &AdClick::ip),
                      field("lead_id", &AdClick::lead_id),
                      field("measure_consent", &AdClick::measure_consent),
                      field("message_id", &AdClick::message_id),
                      field("platform", &AdClick::platform),
                      field("provider_message_id", &AdClick::provider_message_id),
                      field("sealed", &AdClick::sealed),
                      field("tokens", &AdClick::tokens),
                      field("user_agent", &AdClick::user_agent),
                      field("utm", &AdClick::utm),
                      field("value_hint", &AdClick::value_hint)};
  }
};

struct AdMetrics {
  static constexpr std::string_view type = "ad.metrics";
  std::string ad_account, ad_id, day;
  std::optional<std::string> campaign_id, currency;
  std::optional<std::int64_t> impressions, clicks, spend_cents, conversions, cash_revenue_cents, frequency_bp,
      budget_cents, created_ms;
  RawJson niche;
  static constexpr auto fields() {
    return FieldList{required("ad_account", &AdMetrics::ad_account),
                      required("ad_id", &AdMetrics::ad_id),
                      field("budget_cents", &AdMetrics::budget_cents),
                      field("campaign_id", &AdMetrics::campaign_id),
                      field("cash_revenue_cents", &AdMetrics::cash_revenue_cents),
                      field("clicks", &AdMetrics::clicks),
                      field("conversions", &AdMetrics::conversions),
                      field("created_ms", &AdMetrics::created_ms),
                      field("currency", &AdMetrics::currency),
                      required("day", &AdMetrics::day),
                      field("frequency_bp", &AdMetrics::frequency_bp),
                      field("impressions", &AdMetrics::impressions),
                      field("niche", &AdMetrics::niche),
                      field("spend_cents", &AdMetrics::spend_cents)};
  }
};

struct AdChangeResult {
  static constexpr std::string_view type = "ad.change_result";
  std::string ad_account, change_id, outcome;
  std::int64_t attempt = 0;
  RawJson observed;
  std::optional<std::int64_t> retry_after_ms;
  std::optional<std::string> error;
  static constexpr auto fields() {
    return FieldList{required("ad_account", &AdChangeResult::ad_account),
                      required("attempt", &AdChangeResult::attempt),
                      required("change_id", &AdChangeResult::change_id),
                      field("error", &AdChangeResult::error),
                      field("observed", &AdChangeResult::observed),
                      required("outcome", &AdChangeResult::outcome),
                      field("retry_after_ms", &AdChangeResult::retry_after_ms)};
  }
};

struct ConsentChanged {
  static constexpr std::string_view type = "consent.changed";
  std::string consent;
  std::optional<bool> measure_consent;
  std::optional<std::string> purpose, basis, lead_id, message_id, provider_message_id, external_id, email;
  std::optional<std::int64_t> captured_ms;
  std::vector<std::string> address_tokens, external_ids;
  SealedText sealed;
  RawJson tokens;
  static constexpr auto fields() {
    return FieldList{field("address_tokens", &ConsentChanged::address_tokens),
                      field("basis", &ConsentChanged::basis),
                      field("captured_ms", &ConsentChanged::captured_ms),
                      required("consent", &ConsentChanged::consent),
                      field("email", &ConsentChanged::email),
                      field("external_id", &ConsentChanged::external_id),
                      field("external_ids", &ConsentChanged::external_ids),
                      field("lead_id", &ConsentChanged::lead_id),
                      field("measure_consent", &ConsentChanged::measure_consent),
                      field("message_id", &ConsentChanged::message_id),
                      field("provider_message_id", &ConsentChanged::provider_message_id),
                      field("purpose", &ConsentChanged::purpose),
                      field("sealed", &ConsentChanged::sealed),
                      field("tokens", &ConsentChanged::tokens)};
  }
};

struct EraseRequested {
  static constexpr std::string_view type = "lead.erase_requested";
  std::string request_id;
  std::optional<std::string> lead_id, message_id, provider_message_id, external_id, email;
  std::vector<std::string> external_ids;
  SealedText sealed;
  RawJson tokens;
  static constexpr auto fields() {
    return FieldList{field("email", &EraseRequested::email),
                      field("external_id", &EraseRequested::external_id),
                      field("external_ids", &EraseRequested::external_ids),
                      field("lead_id", &EraseRequested::lead_id),
                      field("message_id", &EraseRequested::message_id),
                      field("provider_message_id", &EraseRequested::provider_message_id),
                      required("request_id", &EraseRequested::request_id),
                      field("sealed", &EraseRequested::sealed),
                      field("tokens", &EraseRequested::tokens)};
  }
};

struct PullAdvanced {
  static constexpr std::string_view type = "pull.advanced";
  std::string name, cursor;
  static constexpr auto fields() {
    return FieldList{required("cursor", &PullAdvanced::cursor),
                      required("name", &PullAdvanced::name)};
  }
};

// job.queued, job.started, job.finished.
struct JobFact {
  std::string job_id;
  std::optional<std::string> type_, campaign_id, worker, outcome, error;
  std::optional<std::int64_t> slot_ms, batch, lease_ms;
  RawJson counts;
  static constexpr auto fields() {
    return FieldList{field("batch", &JobFact::batch),
                      field("campaign_id", &JobFact::campaign_id),
                      field("counts", &JobFact::counts),
                      field("error", &JobFact::error),
                      required("job_id", &JobFact::job_id),
                      field("lease_ms", &JobFact::lease_ms),
                      field("outcome", &JobFact::outcome),
                      field("slot_ms", &JobFact::slot_ms),
                      field("type", &JobFact::type_),
                      field("worker", &JobFact::worker)};
  }
};

struct KeyDestroyed {
  static constexpr std::string_view type = "key.destroyed";
  std::string request_id;
  std::vector<std::string> stores;
  std::int64_t done_ms = 0;
  static constexpr auto fields() {
    return FieldList{required("done_ms", &KeyDestroyed::done_ms),
                      required("request_id", &KeyDestroyed::request_id),
                      required("stores", &KeyDestroyed::stores)};
  }
};

}  // namespace millrace
