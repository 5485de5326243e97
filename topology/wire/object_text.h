// Canonical JSON of an object whose members come in any order.
//
//   ObjectText data;
//   data.text("name", "Ann");
//   data.number("amount_cents", 5);
//   data.json() == R"({"amount_cents":5,"name":"Ann"})"
//
// A member set again is the later one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace millrace::wire {

class ObjectText {
 public:
  void text(std::string_view name, std::string_view value) { append_json_string(fresh(name), value); }
  void number(std::string_view name, std::int64_t value) { append_json_int(fresh(name), value); }
  void flag(std::string_view name, bool value = true) { fresh(name) = value ? "true" : "false"; }
  void list(std::string_view name, const std::vector<std::string>& values) { append_json(fresh(name), values); }
  // `json` is canonical.
  void raw(std::string_view name, std::string json) { fresh(name) = std::move(json); }
  bool empty() const { return members_.empty(); }
  std::string json() const {
    std::string out = "{";
    for (const auto& [name, value] : members_) {
      if (out.size() > 1) out.push_back(',');
      append_json_string(out, name);
      out.append(":").append(value);
    }
    return out.append("}");
  }

 private:
  std::string& fresh(std::string_view name) {
    std::string& place = members_[std::string(name)];
    place.clear();
    return place;
  }
  std::map<std::string, std::string> members_;
};

}  // namespace millrace::wire
