// Adapters: producers of facts (spec/gateway.md section 4 tells the shapes); their cases stand under stage harvest.
#include "core/time.h"
#include "tests/conformance/conformance.h"
#include "topology/gateway/hubspot.h"
#include "topology/gateway/inbound.h"
#include "topology/gateway/provider.h"
#include "topology/gateway/segment.h"

namespace millrace::conformance {

using namespace millrace::gateway;

static Value value_of(const Json& given, const char* name) {
  const auto it = given.find(name);
  return it == given.end() ? Value() : Value::parse(it->dump()).value_or(Value());
}
static Json mapped_json(const Mapped& mapped) {
  if (!mapped.refused.empty()) return {{"reason", mapped.refused}};
  if (mapped.ignored()) return {{"ignored", true}};
  const Fact& fact = *mapped.fact;
  return {{"id", fact.id}, {"source", fact.source}, {"tenant", fact.tenant}, {"type", fact.type}, {"data", Json::parse(fact.data)},
          {"time_ms", fact.time_ms}, {"time", rfc3339(fact.time_ms)}};
}

RULE("harvest.hubspot_map") {
  HubspotFields fields = default_hubspot_fields();
  for (const auto& [property, field] : get_or<HubspotFields>(given, "map", {})) fields[property] = field;
  return mapped_json(hubspot_fact(value_of(given, "event"), get_or<HubspotPortals>(given, "portals", {}), fields, harvest::default_stage_aliases()));
}

RULE("harvest.hubspot_signature") {
  const std::string secret = text_or_empty(given, "secret"), method = text_or_empty(given, "method"), uri = text_or_empty(given, "uri"),
                    body = text_or_empty(given, "body"), version = text_or_empty(given, "version"), signature = text_or_empty(given, "signature");
  const std::string_view problem = check_hubspot_signature(
      {secret, method.empty() ? "POST" : std::string_view(method), uri, body, version, signature, get_optional<std::int64_t>(given, "timestamp_ms")},
      get_or<std::int64_t>(given, "now_ms", get_or<std::int64_t>(given, "timestamp_ms", 0)));
  return {{"valid", problem.empty()}, {"reason", problem.empty() ? Json(nullptr) : Json(problem)}};
}

RULE("harvest.segment_map") {
  return mapped_json(segment_fact(value_of(given, "message"), text_or_empty(given, "tenant"), get_or<std::int64_t>(given, "now_ms", 0)));
}

RULE("harvest.provider_map") { return mapped_json(provider_fact(text_or_empty(given, "provider"), value_of(given, "event"))); }

RULE("harvest.inbound_map") {
  const Json config = get_or<Json>(given, "config", Json::object());
  InboundConfig inbound;
  inbound.tenant = text_or_empty(config, "tenant");
  inbound.type = text_or_empty(config, "type");
  inbound.id = text_or_empty(config, "id");
  inbound.time = text_or_empty(config, "time");
  inbound.map = get_or<std::map<std::string, std::string>>(config, "map", {});
  const Value item = value_of(given, "item");
  Json result = mapped_json(inbound_fact(item, text_or_empty(given, "name"), inbound, get_or<std::int64_t>(given, "now_ms", 0)));
  // The cases have the time as it was written.
  if (const std::string written = inbound.time.empty() ? std::string() : item.at(inbound.time).text(); parse_rfc3339(written)) result["time"] = written;
  return result;
}

}  // namespace millrace::conformance
