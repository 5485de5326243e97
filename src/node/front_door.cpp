#include "node/front_door.h"

#include "core/hash.h"
#include "engine/quarantine.h"
#include "node/members.h"
#include "node/sealed_fact.h"
#include "topology/harvest/envelope.h"

namespace millrace::node {

namespace {

// The record in canonical form with other data.
std::string with_data(const wire::StrictJson& json, std::string_view data) {
  Members members = members_of(json.root());
  members["data"] = data;
  return text_of(members);
}

}  // namespace

std::string sealed_whole(std::string_view bytes, Keyring& keys) {
  const SealingKey& key = keys.key_for("_", engine::kDeadLetterKeyOwner, "namespace");
  std::string sealed;
  keys.seal(key, sha256_hex(bytes, 32), "record.refused", bytes, sealed);
  return sealed;
}

std::optional<std::string> opened_whole(std::string_view value, Keyring& keys) {
  if (!value.starts_with("s1.")) return std::nullopt;
  return keys.open("_", value);
}

std::string admit(std::string_view bytes, bool anyway, TimeMs append_ms, bool history, Keyring& keys, Admitted& out) {
  static thread_local wire::StrictJson json;
  harvest::Envelope envelope;
  harvest::Door door;
  door.append_ms = append_ms;
  door.wall = !history;
  const std::string reason = harvest::check_envelope(json, bytes, door, envelope);
  if (harvest::has_own_door(reason.empty() ? envelope.type : string_in(json, json.root(), "type"))) return "forbidden";
  if (!reason.empty() && !anyway) return reason;
  out.key = reason.empty() ? envelope.tenant : string_in(json, json.root(), "tenant");
  if (!harvest::is_tenant(out.key)) out.key.clear();
  out.event_ms = envelope.event_ms;
  out.value.clear();
  if (reason.empty()) {
    if (const std::string data = sealed_data(json, envelope, keys); !data.empty()) {
      out.value = with_data(json, data);
      return {};
    }
  }
  if (!reason.empty()) out.value = sealed_whole(bytes, keys);
  else if (json.canonical()) out.value = bytes;
  else wire::append_canonical_text(out.value, bytes);
  return {};
}

}  // namespace millrace::node
