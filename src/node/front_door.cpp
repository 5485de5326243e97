#include "node/front_door.h"

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

}  // namespace

std::string admit(std::string_view bytes, bool anyway, TimeMs append_ms, bool history, Keyring&, Admitted& out) {
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
  if (!reason.empty() || json.canonical()) out.value = bytes;
  else wire::append_canonical_text(out.value, bytes);
  return {};
}

}  // namespace millrace::node
