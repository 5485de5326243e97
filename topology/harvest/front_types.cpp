#include "topology/harvest/front_types.h"

#include <algorithm>
#include <initializer_list>
#include <unordered_map>

#include "topology/harvest/fanout.h"

namespace millrace::harvest {

namespace {

using K = FieldKind;
using Fields = std::vector<FieldSpec>;

Fields operator+(Fields a, const Fields& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Fields& lead_fields() {
  static const Fields fields = {{"email"}, {"phone"}, {"linkedin_url"}, {"name"}, {"first_name"}, {"last_name"}, {"company"}, {"role"},
                                {"job_level"}, {"website"}, {"location"}, {"zone"}, {"timezone"}, {"campaign_id"}, {"consent", K::consent},
                                {"form_url"}, {"tags", K::texts}, {"deal_value_cents", K::count}, {"currency", K::currency},
                                {"company_size"}, {"employee_count", K::count}, {"industry"}, {"annual_revenue_cents", K::count},
                                {"signals", K::texts}, {"budget", K::boolean}, {"timeline_months", K::count}, {"pain_points", K::texts},
                                {"email_verified", K::verified}, {"external_id"}, {"external_ids", K::texts}};
  return fields;
}

// What names a lead, and what stands beside it sealed.
const Fields ref = {{"lead_id"}, {"message_id"}, {"provider_message_id"}, {"external_id"}, {"external_ids", K::texts}, {"email"},
                    {"sealed", K::any}, {"tokens", K::object}};
const Fields browser = {{"click_ids", K::text_map}, {"fingerprint", K::object}, {"ip"}, {"user_agent", K::long_text}, {"measure_consent", K::boolean}};
const Fields bounce = {{"dsn_status"}, {"smtp_code", K::count}, {"diagnostic", K::long_text}, {"permanent", K::boolean}};
const FieldSpec message{"message_id", K::text, true, "provider_message_id"};

Fields delivery(bool by_worker) {
  if (by_worker)
    return {{"lead_id", K::text, true}, {"message_id", K::text, true}, {"attempt", K::count, true}, {"channel", K::text, true},
            {"dry_run", K::boolean}, {"provider"}, {"provider_message_id"}, {"sender_id"}};
  return {message, {"provider_message_id"}, {"lead_id"}, {"attempt", K::count}, {"channel"}, {"dry_run", K::boolean}, {"provider"}, {"sender_id"}};
}

std::unordered_map<std::string_view, TypeSpec> make_types() {
  std::unordered_map<std::string_view, TypeSpec> types;
  const auto add = [&](std::string_view type, Fields fields) { types.emplace(type, TypeSpec{std::move(fields)}); };
  Fields needs_ref = ref;
  needs_ref.front() = {"lead_id", K::text, true, kAnyRef};

  add("lead.captured",
      Fields{{"lead_source", K::text, true}} + browser + lead_fields() +
          Fields{{"source_ref"}, {"landing_url", K::long_text}, {"utm", K::text_map}, {"fill_only", K::boolean}, {"custom", K::object}, {"extra", K::object},
                 {"sealed", K::any}, {"tokens", K::object}});
  add("lead.enriched", needs_ref + Fields{{"enrichment", K::lead_values}, {"final", K::boolean}});
  add("lead.updated", needs_ref + Fields{{"set", K::lead_values}, {"merge_external_ids", K::texts}});
  add("crm.stage_changed",
      Fields{{"deal_id", K::text, true}, {"stage_to", K::text, true}, {"stage_from"}, {"raw_stage"}, {"amount_cents", K::amount}, {"currency", K::currency},
             {"occurred_ms", K::count}} + ref + browser);
  add("crm.deal_linked", Fields{{"deal_id", K::text, true}} + needs_ref);
  add("crm.deal_updated",
      {{"deal_id", K::text, true}, {"amount_cents", K::amount, true, "currency"}, {"currency", K::currency}});
  const Fields opened = Fields{message} + ref + Fields{{"machine", K::boolean}, {"user_agent", K::long_text}};
  add("engagement.opened", opened);
  add("engagement.clicked", opened + Fields{{"url", K::long_text, true}});
  add("engagement.replied",
      needs_ref + Fields{{"subject", K::long_text}, {"body", K::body}, {"headers", K::text_map}, {"dsn_status"}, {"dsn_action"}, {"provider"}, {"provider_uid"},
                   {"channel"}});
  add("engagement.bounced", needs_ref + bounce);
  for (const std::string_view type : {"engagement.complained", "engagement.unsubscribed", "engagement.out_of_office"})
    add(type, needs_ref + Fields{{"method"}});
  for (const std::string_view type : {"delivery.attempted", "delivery.sent", "delivery.unknown"}) add(type, delivery(true));
  add("delivery.delivered", delivery(false));
  add("delivery.failed",
      delivery(false) + Fields{{"reason", K::text, true, "dsn_status", "smtp_code"}} + bounce + Fields{{"retry_after_ms", K::count}});
  add("linkedin.connection_changed", needs_ref + Fields{{"status", K::connection, true}});
  add("ad.click",
      Fields{{"clicked_ms", K::count, true}, {"click_id"}, {"ad_id"}, {"campaign_id"}, {"ad_account"}, {"platform"}, {"utm", K::text_map},
             {"value_hint", K::amount}} + browser + ref);
  add("ad.metrics",
      {{"ad_account", K::text, true}, {"ad_id", K::text, true}, {"day", K::day, true}, {"campaign_id"}, {"currency", K::currency},
       {"impressions", K::count}, {"clicks", K::count}, {"spend_cents", K::count}, {"conversions", K::count}, {"cash_revenue_cents", K::count},
       {"frequency_bp", K::count}, {"budget_cents", K::count}, {"created_ms", K::count}, {"niche", K::object}});
  add("ad.change_result",
      {{"ad_account", K::text, true}, {"change_id", K::text, true}, {"attempt", K::count, true}, {"outcome", K::change_outcome, true},
       {"observed", K::any}, {"retry_after_ms", K::count}, {"error", K::long_text}});
  add("consent.changed",
      needs_ref + Fields{{"consent", K::consent, true}, {"measure_consent", K::boolean}, {"purpose"}, {"basis", K::long_text}, {"captured_ms", K::count}});
  add("lead.erase_requested", needs_ref + Fields{{"request_id", K::text, true}});
  add("pull.advanced", {{"name", K::text, true}, {"cursor", K::long_text, true}});
  add("job.queued", {{"job_id", K::text, true}, {"type", K::text, true}, {"campaign_id"}, {"slot_ms", K::count}, {"batch", K::count}});
  add("job.started", {{"job_id", K::text, true}, {"worker", K::text, true}, {"lease_ms", K::count, true}});
  add("job.finished", {{"job_id", K::text, true}, {"outcome", K::text, true}, {"counts", K::object}, {"error", K::long_text}});
  add("alert.raised", {{"task", K::text, true}, {"reason", K::text, true}, {"severity", K::text, true}, {"context", K::object}});
  add("key.destroyed", {{"request_id", K::text, true}, {"stores", K::texts, true}, {"done_ms", K::count, true}});
  for (const std::string_view type : {"control.namespace_created", "control.operator_key", "control.tick", "control.policy_changed",
                                      "control.clone_promoted", "control.snapshot"})
    add(type, {});
  return types;
}

// Operator records differ in what the stages that act on them ask for; here all are alike.
const TypeSpec& operator_type() {
  static const TypeSpec spec{{{"request_id", K::text, true}, {"actor", K::text, true}, {"roles", K::texts}}};
  return spec;
}

}  // namespace

int TypeSpec::index_of(std::string_view name) const {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == name) return static_cast<int>(i);
  return -1;
}

static const std::unordered_map<std::string_view, TypeSpec>& types_by_name() {
  static const auto types = make_types();
  return types;
}

const TypeSpec* front_type(std::string_view type) {
  if (type.starts_with("operator.")) return operator_route(type).known ? &operator_type() : nullptr;
  const auto found = types_by_name().find(type);
  return found == types_by_name().end() ? nullptr : &found->second;
}

bool has_own_door(std::string_view type) {
  return type.starts_with("operator.") || type.starts_with("control.") || type.starts_with("job.") || type == "alert.raised" || type == "key.destroyed";
}

const std::vector<std::string_view>& open_types() {
  static const auto types = [] {
    std::vector<std::string_view> names;
    for (const auto& [name, spec] : types_by_name())
      if (!has_own_door(name)) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
  }();
  return types;
}

const FieldSpec* lead_field(std::string_view name) {
  static const auto index = [] {
    std::unordered_map<std::string_view, const FieldSpec*> by_name;
    for (const FieldSpec& field : lead_fields()) by_name.emplace(field.name, &field);
    return by_name;
  }();
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace millrace::harvest
