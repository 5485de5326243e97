#include "cli/where.h"

#include "topology/wire/strict.h"

namespace millrace::cli {

using wire::JsonMember;
using wire::JsonValue;
using wire::StrictJson;

Result<Where> Where::parse(const std::string& type, const std::vector<std::string>& conditions) {
  Where where;
  where.type_ = type;
  for (const std::string& condition : conditions) {
    const auto equals = condition.find('=');
    if (equals == std::string::npos || equals == 0)
      return fatal("bad_argument", "--where takes field=value, not " + condition);
    where.conditions_.emplace_back(condition.substr(0, equals), condition.substr(equals + 1));
  }
  where.seen_.resize(where.conditions_.size());
  return where;
}

std::string Where::never_seen() const {
  for (std::size_t i = 0; i < conditions_.size(); ++i)
    if (!seen_[i]) return "data." + conditions_[i].first;
  return {};
}

bool Where::matches(const Record& record) {
  if (type_.empty() && conditions_.empty()) return true;
  StrictJson json;
  if (json.read(record.value) != wire::StrictProblem::none) return false;
  const auto text = [&](const JsonValue& v) {
    return v.is(JsonValue::Kind::string) ? std::string(json.string_of(v)) : std::string(v.text);
  };
  if (!type_.empty()) {
    const JsonValue* type = StrictJson::find(json.root(), "type");
    if (!type || text(*type) != type_) return false;
  }
  bool all = true;
  for (std::size_t i = 0; i < conditions_.size(); ++i) {
    const auto& [path, wanted] = conditions_[i];
    const JsonValue* at = StrictJson::find(json.root(), "data");
    std::vector<JsonMember> members;
    std::string_view rest = path;
    while (at && !rest.empty()) {
      const auto dot = rest.find('.');
      const std::string_view name = rest.substr(0, dot);
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
      if (!at->is(JsonValue::Kind::object)) {
        at = nullptr;
        break;
      }
      const JsonValue object = *at;
      members.clear();
      json.members_of(object, members);
      at = StrictJson::find(members, name);
    }
    if (at) seen_[i] = true;
    all = all && at && text(*at) == wanted;
  }
  return all;
}

}  // namespace millrace::cli
