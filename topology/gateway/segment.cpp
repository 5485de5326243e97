#include "topology/gateway/segment.h"

#include <array>
#include <utility>

#include "core/time.h"
#include "topology/gateway/fields.h"
#include "topology/harvest/web.h"

namespace millrace::gateway {

namespace {

// Traits by the names that Segment's specification gives them, and those that are fields of a lead already.
constexpr auto kSegmentTraits = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"email", "email"}, {"name", "name"}, {"firstName", "first_name"}, {"first_name", "first_name"}, {"lastName", "last_name"},
     {"last_name", "last_name"}, {"phone", "phone"}, {"title", "role"}, {"role", "role"}, {"company", "company"}, {"company.name", "company"},
     {"website", "website"}, {"industry", "industry"}, {"employees", "employee_count"}, {"employee_count", "employee_count"},
     {"linkedin_url", "linkedin_url"}, {"location", "location"}, {"timezone", "timezone"}, {"campaign_id", "campaign_id"}, {"tags", "tags"}});
constexpr auto kSegmentGroup = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"name", "company"}, {"company", "company"}, {"industry", "industry"}, {"employees", "employee_count"}, {"employee_count", "employee_count"}});

template <std::size_t N>
void take_traits(wire::ObjectText& data, const Value& traits, const std::array<std::pair<std::string_view, std::string_view>, N>& names) {
  for (const auto& [trait, field] : names) set_lead_field(data, field, traits.at(trait));
}

std::vector<std::string> segment_ids(const Value& message) {
  std::vector<std::string> ids;
  if (const std::string& user = message.member("userId").text(); !user.empty()) ids.push_back("seg:" + user);
  const std::string& anonymous = message.member("anonymousId").text();
  const std::string& previous = message.member("previousId").text();
  if (!anonymous.empty()) ids.push_back("seg_anon:" + anonymous);
  else if (!previous.empty()) ids.push_back("seg_anon:" + previous);
  return ids;
}

}  // namespace

std::vector<const Value*> segment_messages(const Value& body) {
  const Value& batch = body.member("batch");
  if (batch.kind() != Value::Kind::list) return {&body};
  std::vector<const Value*> messages;
  for (const Value& each : batch.items()) messages.push_back(&each);
  return messages;
}

Mapped segment_fact(const Value& message, std::string_view tenant, TimeMs arrival_ms) {
  const std::string& id = message.member("messageId").text();
  const std::string& type = message.member("type").text();
  const std::vector<std::string> ids = segment_ids(message);
  Fact fact{"seg:" + id, "segment", std::string(tenant), {}, parse_rfc3339(message.member("timestamp").text()).value_or(arrival_ms), {}};
  wire::ObjectText data;
  if (id.empty() || ids.empty()) return {};
  data.list("external_ids", ids);
  if (type == "identify") {
    fact.type = "lead.captured";
    data.text("lead_source", "segment");
    take_traits(data, message.member("traits"), kSegmentTraits);
  } else if (type == "alias") {
    if (ids.size() < 2) return {};
    fact.type = "lead.updated";
    data.list("merge_external_ids", ids);
  } else if (type == "group") {
    wire::ObjectText enrichment;
    take_traits(enrichment, message.member("traits"), kSegmentGroup);
    if (enrichment.empty()) return {};
    fact.type = "lead.enriched";
    data.raw("enrichment", enrichment.json());
  } else if (type == "page" || type == "track") {
    std::string url = message.at("properties.url").text();
    if (url.empty()) url = message.at("context.page.url").text();
    const harvest::ClickParams params = harvest::click_params(url);
    if (params.click_ids.empty()) return {};
    fact.type = "ad.click";
    std::string click_ids, utm;
    append_json(click_ids, params.click_ids);
    append_json(utm, params.utm);
    data.raw("click_ids", std::move(click_ids));
    data.raw("utm", std::move(utm));
    data.number("clicked_ms", fact.time_ms);
  } else {
    return {};
  }
  fact.data = data.json();
  return {std::move(fact), {}};
}

}  // namespace millrace::gateway
