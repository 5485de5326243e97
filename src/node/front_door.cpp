#include "node/front_door.h"

#include "node/members.h"
#include "node/sealed_fact.h"
#include "topology/harvest/envelope.h"

namespace millrace::node {

namespace {

bool has_own_door(std::string_view type) {
  return type.starts_with("operator.") || type.starts_with("control.") || type.starts_with("job.") ||
         type == "alert.raised" || type == "key.destroyed";
}

// The record in canonical form with other data.
std::string with_data(const wire::StrictJson& json, std::string_view data) {
  Members members = members_of(json.root());
  members["data"] = data;
  return text_of(members);
}

}  // namespace

std::string admit(std::string_view bytes, bool anyway, TimeMs append_ms, bool history, Keyring& keys, Admitted& out) {
  static thread_local wire::StrictJson json;
  harvest::Envelope envelope;
  harvest::Door door;
  door.append_ms = append_ms;
  door.wall = !history;
  const std::string reason = harvest::check_envelope(json, bytes, door, envelope);
  if (has_own_door(reason.empty() ? envelope.type : string_in(json, json.root(), "type"))) return "forbidden";
  if (!reason.empty() && !anyway) return reason;
  out.key = reason.empty() ? envelope.tenant : string_in(json, json.root(), "tenant");
  out.event_ms = envelope.event_ms;
  out.value.clear();
  if (reason.empty()) {
    if (const std::string data = sealed_data(json, envelope, keys); !data.empty()) {
      out.value = with_data(json, data);
      return {};
    }
  }
  if (!reason.empty() || json.canonical()) out.value = bytes;
  else wire::append_canonical_text(out.value, bytes);
  return {};
}

}  // namespace millrace::node
