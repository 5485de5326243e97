#include "topology/gateway/fields.h"

#include "topology/harvest/contact.h"
#include "topology/harvest/csv.h"
#include "topology/harvest/envelope.h"

namespace millrace::gateway {

namespace {

using harvest::FieldKind;

// FI-1
bool passes(std::string_view name, FieldKind kind, const std::string& json) {
  wire::StrictJson reader;
  std::string object = "{";
  append_json_string(object, name);
  object.append(":").append(json).append("}");
  if (reader.read(object) != wire::StrictProblem::none) return false;
  harvest::TypeSpec only;
  only.fields.push_back({name, kind});
  return harvest::check_data(reader, reader.root(), only).empty();
}

std::optional<std::string> number_json(std::string_view name, const Value& value) {
  if (value.kind() != Value::Kind::number && value.kind() != Value::Kind::text) return std::nullopt;
  const auto n = name.ends_with("_cents")                     ? harvest::money_cents(value.text())
                 : value.kind() == Value::Kind::number ? value.integer()
                                                              : harvest::digits_of(value.text());
  return n ? std::optional(std::to_string(*n)) : std::nullopt;
}

std::optional<std::string> list_json(const Value& value, std::string_view separators) {
  std::vector<std::string> items;
  if (value.kind() == Value::Kind::text) {
    items = harvest::split_list(value.text(), separators);
  } else if (value.kind() == Value::Kind::list) {
    for (const Value& each : value.items())
      if (!each.text().empty()) items.push_back(each.text());
  } else {
    return std::nullopt;
  }
  std::string out;
  append_json(out, items);
  return out;
}

std::optional<std::string> text_json(const Value& value) {
  if (value.kind() != Value::Kind::text && value.kind() != Value::Kind::number) return std::nullopt;
  if (harvest::trimmed(value.text()).empty()) return std::nullopt;
  std::string out;
  append_json_string(out, value.text());
  return out;
}

std::optional<std::string> json_as(std::string_view name, FieldKind kind, const Value& value, std::string_view separators) {
  switch (kind) {
    case FieldKind::count:
    case FieldKind::amount: return number_json(name, value);
    case FieldKind::texts: return list_json(value, separators);
    case FieldKind::boolean: {
      const std::string word = harvest::lower_case(harvest::trimmed(value.text()));
      return word == "true" || word == "false" ? std::optional(word) : std::nullopt;
    }
    case FieldKind::list:
    case FieldKind::text_map:
    case FieldKind::object:
    case FieldKind::lead_values:
    case FieldKind::any: return value.json();
    default: return text_json(value);
  }
}

}  // namespace

bool set_field(wire::ObjectText& data, std::string_view name, FieldKind kind, const Value& value, std::string_view separators) {
  if (!value.known()) return false;
  auto json = json_as(name, kind, value, separators);
  if (!json || !passes(name, kind, *json)) return false;
  data.raw(name, std::move(*json));
  return true;
}

bool set_lead_field(wire::ObjectText& data, std::string_view name, const Value& value, std::string_view separators) {
  const harvest::FieldSpec* field = harvest::lead_field(name);
  return set_field(data, name, field ? field->kind : FieldKind::text, value, separators);
}

}  // namespace millrace::gateway
