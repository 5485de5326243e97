#include "log/kafka/cloud_events.h"

#include <algorithm>

#include "core/json.h"

namespace millrace::log::kafka {

namespace {

constexpr std::string_view kStructured = "application/cloudevents";

bool starts_with_any_case(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  return std::equal(lower.begin(), lower.end(), text.begin(),
                    [](char l, char t) { return l == (t >= 'A' && t <= 'Z' ? static_cast<char>(t | 0x20) : t); });
}

// CloudEvents 1.0, "Naming conventions": lower-case letters and digits. `data` is the value's name.
bool is_attribute(std::string_view name) {
  return !name.empty() && name != "data" && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

// An integer as canonical JSON writes it, so that `ce_schema: 1` is the number 1; anything else stays a string, which the
// front door refuses by name.
bool is_integer(std::string_view text) {
  if (text == "0") return true;
  return !text.empty() && text.size() <= 18 && text.front() != '0' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// True when `text`, put where a member's value belongs, ends there: brackets close what they opened, strings end, and no
// comma or colon stands outside of them. Then the whole is JSON exactly when `text` is one JSON value (CE-3).
bool is_closed(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i)
          if (text[i] == '\\') ++i;
        if (i >= text.size()) return false;
        break;
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']':
        if (depth-- == 0) return false;
        break;
      case ',':
      case ':':
        if (depth == 0) return false;
        break;
      default: break;
    }
  }
  return depth == 0;
}

}  // namespace

bool BinaryEvent::take(std::string_view name, std::string_view value) {
  if (name == "content-type") {
    if (!content_type_) structured_ = starts_with_any_case(value, kStructured);
    content_type_ = true;
    return true;
  }
  if (!name.starts_with("ce_")) return false;
  if (is_attribute(name.substr(3))) attributes_.push_back({name.substr(3), value});
  return true;
}

void BinaryEvent::append_text(std::optional<std::string_view> value, std::string& out) {
  if (value && !is_closed(*value)) {
    out.append(*value);  // no JSON text: refused as it is
    return;
  }
  std::stable_sort(attributes_.begin(), attributes_.end(),
                   [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
  char before = '{';
  const auto name = [&](std::string_view text) {
    out.push_back(before);
    before = ',';
    append_json_string(out, text);
    out.push_back(':');
  };
  bool data_done = !value;
  const auto data = [&] {
    if (data_done) return;
    data_done = true;
    name("data");
    out.append(*value);
  };
  for (const Attribute& a : attributes_) {
    if (a.name > "data") data();
    name(a.name);
    if (a.name == "schema" && is_integer(a.value)) out.append(a.value);
    else append_json_string(out, a.value);
  }
  data();
  if (before == '{') out.push_back('{');
  out.push_back('}');
}

}  // namespace millrace::log::kafka
