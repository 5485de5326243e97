// The members of a JSON object as canonical texts by name, to be changed and written again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "topology/wire/strict.h"

namespace millrace::node {

using Members = std::map<std::string, std::string, std::less<>>;  // name -> canonical value

inline Members members_of(const std::vector<wire::JsonMember>& members) {
  Members out;
  for (const wire::JsonMember& member : members) wire::append_canonical_text(out[std::string(member.key)], member.value.text);
  return out;
}

// The canonical text of an object with these members.
inline std::string text_of(const Members& members) {
  std::string out = "{";
  for (const auto& [name, value] : members) {
    if (out.size() > 1) out.push_back(',');
    append_json_string(out, name);
    out.append(":").append(value);
  }
  return out + "}";
}

// The text of a member that is a string; empty for another, or none.
inline std::string_view string_in(wire::StrictJson& json, const std::vector<wire::JsonMember>& members, std::string_view name) {
  const wire::JsonValue* value = wire::StrictJson::find(members, name);
  return value && value->is(wire::JsonValue::Kind::string) ? json.string_of(*value) : std::string_view();
}

}  // namespace millrace::node
