#include "node/front_door.h"

#include <map>

#include "core/json.h"
#include "node/sealed_fact.h"
#include "topology/harvest/envelope.h"

namespace millrace::node {

namespace {

bool has_own_door(std::string_view type) {
  return type.starts_with("operator.") || type.starts_with("control.") || type.starts_with("job.") ||
         type == "alert.raised" || type == "key.destroyed";
}

std::string_view text_of(wire::StrictJson& json, std::string_view name) {
  const wire::JsonValue* v = wire::StrictJson::find(json.root(), name);
  return v && v->is(wire::JsonValue::Kind::string) ? json.string_of(*v) : std::string_view();
}

// The record in canonical form with other data.
void append_with_data(std::string& out, const wire::StrictJson& json, std::string_view data) {
  std::map<std::string_view, std::string_view> members;
  for (const wire::JsonMember& member : json.root()) members[member.key] = member.value.text;
  members["data"] = data;
  char before = '{';
  for (const auto& [name, text] : members) {
    out.push_back(before);
    append_json_string(out, name);
    out.push_back(':');
    wire::append_canonical_text(out, text);
    before = ',';
  }
  out.push_back('}');
}

}  // namespace

std::string admit(std::string_view bytes, bool anyway, TimeMs append_ms, bool history, Keyring& keys, Admitted& out) {
  static thread_local wire::StrictJson json;
  harvest::Envelope envelope;
  harvest::Door door;
  door.append_ms = append_ms;
  door.wall = !history;
  const std::string reason = harvest::check_envelope(json, bytes, door, envelope);
  if (has_own_door(reason.empty() ? envelope.type : text_of(json, "type"))) return "forbidden";
  if (!reason.empty() && !anyway) return reason;
  out.key = reason.empty() ? envelope.tenant : text_of(json, "tenant");
  out.event_ms = envelope.event_ms;
  out.value.clear();
  if (reason.empty()) {
    if (const std::string data = sealed_data(json, envelope, keys); !data.empty()) {
      append_with_data(out.value, json, data);
      return {};
    }
  }
  if (!reason.empty() || json.canonical()) out.value = bytes;
  else wire::append_canonical_text(out.value, bytes);
  return {};
}

}  // namespace millrace::node
