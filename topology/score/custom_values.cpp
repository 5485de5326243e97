#include "topology/score/custom_values.h"

#include "topology/wire/decode.h"

namespace millrace::score {

namespace {

struct Wrapped {
  std::map<std::string, RawJson> values;
  static constexpr auto fields() { return FieldList{field("v", &Wrapped::values)}; }
};
struct WrappedText {
  std::string text;
  static constexpr auto fields() { return FieldList{field("v", &WrappedText::text)}; }
};

template <class T>
bool unwrap(const std::string& json, T& out) {
  std::string problem;
  return wire::decode_text("{\"v\":" + json + "}", out, problem);
}

}  // namespace

CustomValues custom_values(const RawJson& custom) {
  CustomValues values;
  Wrapped wrapped;
  if (custom.text.empty() || !unwrap(custom.text, wrapped)) return values;
  for (const auto& [name, raw] : wrapped.values) {
    const std::string& text = raw.text;
    if (text == "true" || text == "false") {
      values.emplace(name, text == "true");
    } else if (text.starts_with('"')) {
      WrappedText one;
      if (unwrap(text, one)) values.emplace(name, std::move(one.text));
    } else if (!text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))) {
      values.emplace(name, static_cast<std::int64_t>(std::strtoll(text.c_str(), nullptr, 10)));
    }
  }
  return values;
}

}  // namespace millrace::score
