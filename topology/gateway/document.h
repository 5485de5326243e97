// What another system sent, as a tree: read once, then asked by paths. Nothing is thrown for what is not there.
//
//   const Value event = Value::parse(body).value();
//   event.at("mail.tags.millrace_message_id.0").text()   // "" when any step of the path is missing
//
// DO-1  A path is names and indexes joined by dots; a step that does not fit gives the null value.
// DO-2  Numbers keep the digits they came with: "1500.5" is money to one reader and no integer to another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::gateway {

class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, text, list, object };

  // nullopt for what is not JSON, or is too deep, or names a key twice.
  static std::optional<Value> parse(std::string_view json);

  Kind kind() const { return kind_; }
  bool known() const { return kind_ != Kind::null; }
  // The value at a path; the null value where there is none. Lives as long as this one.
  const Value& at(std::string_view path) const;
  // A member by its whole name, dots and all.
  const Value& member(std::string_view name) const;
  const std::vector<std::pair<std::string, Value>>& members() const { return members_; }
  const std::vector<Value>& items() const { return items_; }

  // A text as it is, a number or a flag as it is written; "" of anything else.
  const std::string& text() const { return text_; }
  std::optional<std::int64_t> integer() const;
  bool is_true() const { return kind_ == Kind::boolean && text_ == "true"; }
  // Canonical JSON of the value.
  const std::string& json() const { return json_; }

 private:
  static Value read(std::string_view json);

  Kind kind_ = Kind::null;
  std::string text_, json_ = "null";
  std::vector<std::pair<std::string, Value>> members_;
  std::vector<Value> items_;
};

}  // namespace millrace::gateway
