#include "topology/outreach/variables.h"

#include "topology/wire/decode.h"

namespace millrace::outreach {

namespace {

struct CustomFields {
  std::map<std::string, RawJson> custom;
  static constexpr auto fields() { return FieldList{field("custom", &CustomFields::custom)}; }
};
struct OneText {
  std::string text;
  static constexpr auto fields() { return FieldList{field("text", &OneText::text)}; }
};

}  // namespace

std::map<std::string, std::string> variables_of(const ProfileRow& profile, const ProfilePersonal& personal) {
  std::map<std::string, std::string> variables;
  const auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) variables[name] = value;
  };
  set("first_name", personal.first_name.value_or(""));
  set("name", personal.name.value_or(""));
  set("company", profile.company);
  set("title", profile.role);
  set("industry", profile.industry);
  set("location", profile.location);
  if (profile.custom.text.empty()) return variables;
  CustomFields fields;
  std::string problem;
  if (!wire::decode_text("{\"custom\":" + profile.custom.text + "}", fields, problem)) return variables;
  for (const auto& [name, raw] : fields.custom) {
    const char first = raw.text.empty() ? '[' : raw.text.front();
    if (first == '"') {
      OneText one;
      if (wire::decode_text("{\"text\":" + raw.text + "}", one, problem) && !one.text.empty())
        variables["custom." + name] = one.text;
    } else if (first != '[' && first != '{' && raw.text != "null") {
      variables["custom." + name] = raw.text;
    }
  }
  return variables;
}

}  // namespace millrace::outreach
