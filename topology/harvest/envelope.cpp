#include "topology/harvest/envelope.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/time.h"
#include "topology/wire/operator_sig.h"

namespace millrace::harvest {

namespace {

using wire::JsonMember;
using wire::JsonValue;
using wire::StrictJson;
using Kind = JsonValue::Kind;

bool is_absent(const JsonValue& value) { return value.is(Kind::null) || (value.is(Kind::string) && value.text.size() == 2); }

// {} and []: data that says nothing is no data.
bool is_empty_container(const JsonValue& value) {
  return (value.is(Kind::object) || value.is(Kind::array)) &&
         value.text.substr(1, value.text.size() - 2).find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_text(StrictJson& json, const JsonValue& value, std::size_t max) {
  if (!value.is(Kind::string)) return false;
  return value.text.size() - 2 <= max || (value.escaped && json.string_of(value).size() <= max);
}

template <std::size_t N>
bool is_word(StrictJson& json, const JsonValue& value, const std::array<std::string_view, N>& words) {
  return value.is(Kind::string) && std::find(words.begin(), words.end(), json.string_of(value)) != words.end();
}

bool is_texts(StrictJson& json, const JsonValue& value) {
  if (!value.is(Kind::array)) return false;
  std::vector<JsonValue> elements;
  json.elements_of(value, elements);
  return elements.size() <= 32 && std::all_of(elements.begin(), elements.end(), [&](const JsonValue& e) { return is_text(json, e, 256); });
}

bool is_small_object(StrictJson& json, const JsonValue& value, bool texts_only) {
  if (!value.is(Kind::object)) return false;
  std::vector<JsonMember> members;
  json.members_of(value, members);
  return members.size() <= 64 &&
         (!texts_only || std::all_of(members.begin(), members.end(), [&](const JsonMember& m) { return is_text(json, m.value, 8192); }));
}

bool is_day(std::string_view day) {
  return day.size() == 10 && day[4] == '-' && day[7] == '-' && parse_rfc3339(std::string(day) + "T00:00:00Z").has_value();
}

bool fits(StrictJson& json, const JsonValue& value, FieldKind kind);

bool is_lead_values(StrictJson& json, const JsonValue& value) {
  if (!value.is(Kind::object)) return false;
  std::vector<JsonMember> members;
  json.members_of(value, members);
  return members.size() <= 64 && std::all_of(members.begin(), members.end(), [&](const JsonMember& m) {
           const FieldSpec* field = lead_field(m.key);
           return !field || m.value.is(Kind::null) || fits(json, m.value, field->kind);
         });
}

bool fits(StrictJson& json, const JsonValue& value, FieldKind kind) {
  switch (kind) {
    case FieldKind::text: return is_text(json, value, 500);
    case FieldKind::long_text: return is_text(json, value, 8192);
    case FieldKind::body: return is_text(json, value, 32768);
    case FieldKind::count: {
      const auto n = wire::int_of(value);
      return n && *n >= 0;
    }
    case FieldKind::amount: return wire::int_of(value).has_value();
    case FieldKind::boolean: return value.is(Kind::boolean);
    case FieldKind::texts: return is_texts(json, value);
    case FieldKind::list: return value.is(Kind::array);
    case FieldKind::text_map: return is_small_object(json, value, true);
    case FieldKind::object: return is_small_object(json, value, false);
    case FieldKind::lead_values: return is_lead_values(json, value);
    case FieldKind::currency: {
      const std::string_view code = json.string_of(value);
      return code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
    }
    case FieldKind::consent: return is_word<3>(json, value, {"UNKNOWN", "CONSENTED", "DNC"});
    case FieldKind::verified: return is_word<3>(json, value, {"ok", "bad", "unknown"});
    case FieldKind::connection: return is_word<4>(json, value, {"none", "requested", "connected", "declined"});
    case FieldKind::change_outcome: return is_word<5>(json, value, {"started", "ok", "transient", "fatal", "throttled"});
    case FieldKind::day: return value.is(Kind::string) && is_day(json.string_of(value));
    case FieldKind::any: return true;
  }
  return true;
}

constexpr auto kRefs = std::to_array<std::string_view>({"lead_id", "message_id", "provider_message_id", "external_id", "external_ids", "email", "sealed"});

bool is_given(const std::vector<JsonMember>& data, std::string_view name) {
  const JsonValue* value = StrictJson::find(data, name);
  return value && !is_absent(*value) && value->text != "[]";
}

bool has_alternative(const std::vector<JsonMember>& data, const FieldSpec& field) {
  if (field.or_else == kAnyRef) return std::any_of(kRefs.begin(), kRefs.end(), [&](std::string_view ref) { return is_given(data, ref); });
  return (!field.or_else.empty() && is_given(data, field.or_else)) || (!field.or_else_too.empty() && is_given(data, field.or_else_too));
}

// id, source and type: strings within their length.
bool is_attribute(StrictJson& json, const JsonValue& value, std::size_t max, std::string_view& out) {
  if (!value.is(Kind::string)) return false;
  const std::string_view text = json.string_of(value);
  if (text.size() > max) return false;
  out = text;
  return true;
}

// The checks give each reason to `found`, in their order, until that gives true. A reason is a word, and of those that end in a
// name, the name.
auto first_into(std::string& reason) {
  return [&reason](std::string_view word, std::string_view name) {
    reason.assign(word).append(name);
    return true;
  };
}

template <class Found>
bool examine_data(StrictJson& json, const std::vector<JsonMember>& data, const TypeSpec& type, Found found) {
  std::uint64_t present = 0, bad = 0;
  for (const JsonMember& member : data) {
    const int i = type.index_of(member.key);
    if (i < 0 || member.value.is(Kind::null)) continue;
    const FieldSpec& field = type.fields[static_cast<std::size_t>(i)];
    if (!(field.required && is_absent(member.value))) present |= std::uint64_t{1} << i;
    if (!fits(json, member.value, field.kind)) bad |= std::uint64_t{1} << i;
  }
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const FieldSpec& field = type.fields[i];
    if (field.required && !(present >> i & 1) && !has_alternative(data, field) && found("missing_field:", field.name)) return true;
  }
  for (; bad != 0; bad &= bad - 1)
    if (found("bad_field:", type.fields[static_cast<std::size_t>(std::countr_zero(bad))].name)) return true;
  return false;
}

template <class Found>
void examine(StrictJson& json, std::string_view bytes, const Door& door, Envelope& e, Found found) {
  e.members.clear();
  e.id = e.source = e.type = e.tenant = {};
  const auto enough = [&](std::string_view reason) { return found(reason, std::string_view()); };
  if (bytes.empty()) return void(enough("missing_data"));  // the null value of a Kafka record
  // 1, 2: who fails these is not looked at further
  if (const auto problem = json.read(bytes); problem != wire::StrictProblem::none) return void(enough(wire::reason_of(problem)));
  if (!json.value().is(Kind::object)) return void(enough("bad_json"));
  if (bytes.size() > door.max_bytes) return void(enough("record_too_large"));

  // 3: what is missing is null from here on
  static constexpr auto required = std::to_array<std::string_view>({"id", "source", "type", "time", "tenant", "data"});
  std::array<const JsonValue*, required.size()> value{};
  const JsonValue *specversion = nullptr, *schema = nullptr, *subject = nullptr;
  for (const JsonMember& member : json.root()) {
    for (std::size_t i = 0; i < required.size(); ++i)
      if (member.key == required[i]) value[i] = &member.value;
    if (member.key == "specversion") specversion = &member.value;
    else if (member.key == "schema") schema = &member.value;
    else if (member.key == "subject") subject = &member.value;
  }
  for (std::size_t i = 0; i < required.size(); ++i) {
    if (value[i] && !is_absent(*value[i]) && !(i == 5 && is_empty_container(*value[i]))) continue;
    if (found("missing_", required[i])) return;
    if (value[i] && !(i == 5 && value[i]->is(Kind::object))) value[i] = nullptr;
  }
  const auto [id, source, type_name, time, tenant, data] = value;

  // 4
  if (specversion && !specversion->is(Kind::null) && json.string_of(*specversion) != "1.0" && enough("bad_specversion")) return;
  if (schema && !schema->is(Kind::null)) {
    const auto version = wire::int_of(*schema);
    if ((!version || *version < 1) && enough("bad_schema")) return;
    if (version && *version > 1 && enough("newer_schema")) return;
  }
  // 5
  if (id && !is_attribute(json, *id, 256, e.id) && enough("bad_id")) return;
  if (source && !is_attribute(json, *source, 256, e.source) && enough("bad_source")) return;
  const bool typed = type_name && is_attribute(json, *type_name, 64, e.type);
  if (type_name && !typed && enough("bad_type")) return;
  if (subject && !subject->is(Kind::null) && !is_text(json, *subject, 256) && enough("bad_subject")) return;
  // 6
  if (tenant) {
    if (!tenant->is(Kind::string) || !is_tenant(e.tenant = json.string_of(*tenant))) {
      if (enough("bad_tenant")) return;
    } else {
      const auto listed = [&](std::span<const std::string> tenants) { return std::find(tenants.begin(), tenants.end(), e.tenant) != tenants.end(); };
      if (!door.broadcast && !door.tenants.empty() && !listed(door.tenants) && !listed(door.clone_tenants) && enough("unknown_tenant")) return;
    }
  }
  // 7
  if (time) {
    const auto event_ms = time->is(Kind::string) ? parse_rfc3339(json.string_of(*time)) : std::nullopt;
    if (!event_ms && enough("bad_time")) return;
    e.event_ms = event_ms.value_or(0);
    if (door.wall && !door.broadcast && e.event_ms > door.append_ms + door.future_ms && enough("time_in_future")) return;
  }
  // 8
  const TypeSpec* type = typed ? front_type(e.type) : nullptr;
  if (typed && !type && enough("unknown_type")) return;
  // 9
  if (data) {
    e.data = *data;
    if (!e.data.is(Kind::object)) {
      if (enough("bad_data")) return;
    } else {
      json.members_of(e.data, e.members);
      if (type && examine_data(json, e.members, *type, found)) return;
    }
  }
  // 10
  if (e.type.starts_with("control.") && !door.broadcast && enough("unauthorised")) return;
  if (e.type.starts_with("operator.") && !wire::operator_sig_valid(bytes, door.keys)) enough("unauthorised");
}

}  // namespace

bool is_tenant(std::string_view tenant) {
  return !tenant.empty() && tenant.size() <= 64 && std::all_of(tenant.begin(), tenant.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string check_data(StrictJson& json, const std::vector<JsonMember>& data, const TypeSpec& type) {
  std::string reason;
  examine_data(json, data, type, first_into(reason));
  return reason;
}

std::string check_envelope(StrictJson& json, std::string_view bytes, const Door& door, Envelope& e) {
  std::string reason;
  examine(json, bytes, door, e, first_into(reason));
  return reason;
}

std::vector<std::string> all_reasons(StrictJson& json, std::string_view bytes, const Door& door) {
  std::vector<std::string> reasons;
  Envelope envelope;
  examine(json, bytes, door, envelope, [&](std::string_view reason, std::string_view field) {
    reasons.push_back(std::string(reason).append(field));
    return false;
  });
  return reasons;
}

}  // namespace millrace::harvest
