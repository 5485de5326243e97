#include "topology/gateway/document.h"

#include <algorithm>
#include <charconv>

#include "topology/wire/strict.h"

namespace millrace::gateway {

namespace {

using wire::JsonValue;

const Value kNothing;

}  // namespace

std::optional<Value> Value::parse(std::string_view json) {
  wire::StrictJson reader;
  if (reader.read(json) != wire::StrictProblem::none) return std::nullopt;
  return read(json);
}

Value Value::read(std::string_view json) {
  wire::StrictJson reader;
  reader.read(json);
  const JsonValue& value = reader.value();
  Value out;
  out.json_.clear();
  wire::append_canonical_text(out.json_, json);
  switch (value.kind) {
    case JsonValue::Kind::null: break;
    case JsonValue::Kind::boolean:
      out.kind_ = Kind::boolean;
      out.text_ = value.text;
      break;
    case JsonValue::Kind::integer:
    case JsonValue::Kind::fraction:
      out.kind_ = Kind::number;
      out.text_ = value.text;
      break;
    case JsonValue::Kind::string:
      out.kind_ = Kind::text;
      out.text_ = reader.string_of(value);
      break;
    case JsonValue::Kind::array: {
      out.kind_ = Kind::list;
      std::vector<JsonValue> elements;
      reader.elements_of(value, elements);
      for (const JsonValue& each : elements) out.items_.push_back(read(each.text));
      break;
    }
    case JsonValue::Kind::object:
      out.kind_ = Kind::object;
      for (const wire::JsonMember& each : reader.root()) out.members_.emplace_back(std::string(each.key), read(each.value.text));
      break;
  }
  return out;
}

const Value& Value::member(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const auto& each) { return each.first == name; });
  return found == members_.end() ? kNothing : found->second;
}

const Value& Value::at(std::string_view path) const {
  const Value* value = this;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
    if (value->kind_ == Kind::list) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
      if (error != std::errc{} || end != step.data() + step.size() || index >= value->items_.size()) return kNothing;
      value = &value->items_[index];
    } else {
      value = &value->member(step);
    }
  }
  return *value;
}

std::optional<std::int64_t> Value::integer() const {
  if (kind_ != Kind::number) return std::nullopt;
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), n);
  if (error != std::errc{} || end != text_.data() + text_.size()) return std::nullopt;
  return n;
}

}  // namespace millrace::gateway
