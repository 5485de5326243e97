#include "topology/gateway/inbound.h"

#include "core/hash.h"
#include "core/time.h"
#include "topology/gateway/fields.h"

namespace millrace::gateway {

namespace {

// "=text" as a value of its own.
Value constant(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return Value::parse(json).value_or(Value());
}

// What no door takes from outside (spec/conventions.md section 4).
bool is_closed(std::string_view type) {
  return type.starts_with("operator.") || type.starts_with("control.") || type.starts_with("job.") || type == "alert.raised" || type == "key.destroyed";
}

// RFC 3339, or milliseconds since 1970.
std::optional<TimeMs> time_of(const Value& value) {
  if (const auto ms = value.integer()) return *ms;
  return parse_rfc3339(value.text());
}

}  // namespace

std::vector<const Value*> inbound_items(const Value& body, const InboundConfig& config) {
  const Value& found = config.items.empty() ? body : body.at(config.items);
  std::vector<const Value*> items;
  if (found.kind() == Value::Kind::list)
    for (const Value& each : found.items()) items.push_back(&each);
  else if (found.known()) items.push_back(&found);
  return items;
}

Mapped inbound_fact(const Value& item, std::string_view name, const InboundConfig& config, TimeMs arrival_ms) {
  const harvest::TypeSpec* type = harvest::front_type(config.type);
  if (!type) return {{}, "unknown_type"};
  if (is_closed(config.type)) return {{}, "forbidden"};
  wire::ObjectText data;
  std::map<std::string, wire::ObjectText> inner;  // objects within data
  for (const auto& [field, path] : config.map) {
    const Value text = path.starts_with('=') ? constant(std::string_view(path).substr(1)) : Value();
    const Value& value = path.starts_with('=') ? text : item.at(path);
    if (const std::size_t dot = field.find('.'); dot != std::string::npos) {
      set_lead_field(inner[field.substr(0, dot)], std::string_view(field).substr(dot + 1), value);
      continue;
    }
    const int index = type->index_of(field);
    set_field(data, field, index < 0 ? harvest::FieldKind::any : type->fields[static_cast<std::size_t>(index)].kind, value);
  }
  for (const auto& [field, members] : inner)
    if (!members.empty()) data.raw(field, members.json());

  Fact fact;
  const std::string named = config.id.empty() ? std::string() : item.at(config.id).text();
  fact.id = std::string(name) + ":" + (named.empty() ? sha256_hex(item.json(), 32) : named);
  fact.source = "in/" + std::string(name);
  fact.tenant = config.tenant;
  fact.type = config.type;
  fact.time_ms = config.time.empty() ? arrival_ms : time_of(item.at(config.time)).value_or(arrival_ms);
  fact.data = data.json();
  return {std::move(fact), {}};
}

}  // namespace millrace::gateway
