#include "topology/wire/decode.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/json.h"

namespace millrace::wire {

namespace {

bool append_number(std::string& out, od::value value) {
  std::int64_t n;
  if (value.get_int64().get(n) != simdjson::SUCCESS) return false;
  append_json_int(out, n);
  return true;
}

bool append_array(std::string& out, od::array array) {
  out.push_back('[');
  bool first = true;
  for (auto element : array) {
    od::value each;
    if (element.get(each) != simdjson::SUCCESS) return false;
    if (!first) out.push_back(',');
    first = false;
    if (!append_canonical(out, each)) return false;
  }
  out.push_back(']');
  return true;
}

}  // namespace

// Members are written in the order met; only an object that turns out unsorted pays for sorting.
bool append_canonical(std::string& out, od::object object) {
  struct Member {
    std::string key;
    std::size_t begin, end;  // of `"key":value` in `out`
  };
  static thread_local std::vector<std::vector<Member>> pool;  // one list a depth, reused
  static thread_local std::size_t depth = 0;
  if (pool.size() <= depth) pool.emplace_back();
  const std::size_t level = depth++;
  struct Leave {
    ~Leave() { --depth; }
  } leave;
  pool[level].clear();

  out.push_back('{');
  const std::size_t body = out.size();
  bool sorted = true;
  for (auto entry : object) {
    std::string_view key;
    od::value value;
    if (entry.error() != simdjson::SUCCESS || entry.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    Member member{std::string(key), 0, 0};
    if (entry.value().get(value) != simdjson::SUCCESS) return false;
    if (!pool[level].empty()) {
      out.push_back(',');
      if (!(pool[level].back().key < member.key)) sorted = false;
    }
    member.begin = out.size();
    append_json_string(out, member.key);
    out.push_back(':');
    if (!append_canonical(out, value)) return false;
    member.end = out.size();
    pool[level].push_back(std::move(member));
  }
  if (!sorted) {
    auto& members = pool[level];
    std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.key < b.key; });
    std::string ordered;
    for (const Member& m : members) {
      if (!ordered.empty()) ordered.push_back(',');
      ordered.append(out, m.begin, m.end - m.begin);
    }
    out.replace(body, std::string::npos, ordered);
  }
  out.push_back('}');
  return true;
}

bool append_canonical(std::string& out, od::value value) {
  od::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  switch (type) {
    case od::json_type::object: {
      od::object object;
      return value.get_object().get(object) == simdjson::SUCCESS && append_canonical(out, object);
    }
    case od::json_type::array: {
      od::array array;
      return value.get_array().get(array) == simdjson::SUCCESS && append_array(out, array);
    }
    case od::json_type::string: {
      std::string_view text;
      if (value.get_string().get(text) != simdjson::SUCCESS) return false;
      append_json_string(out, text);
      return true;
    }
    case od::json_type::number:
      return append_number(out, value);
    case od::json_type::boolean: {
      bool b;
      if (value.get_bool().get(b) != simdjson::SUCCESS) return false;
      out.append(b ? "true" : "false");
      return true;
    }
    case od::json_type::null: {
      bool null;
      if (value.is_null().get(null) != simdjson::SUCCESS || !null) return false;
      out.append("null");
      return true;
    }
  }
  return false;
}

std::optional<std::string> canonical(std::string_view json) {
  const simdjson::padded_string padded(json);
  od::parser parser;
  od::document document;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
  std::string out;
  od::value value;
  if (document.get_value().get(value) == simdjson::SUCCESS) {
    if (!append_canonical(out, value)) return std::nullopt;
    return out;
  }
  // A document that is one scalar is read through the document itself.
  std::int64_t n;
  std::string_view text;
  bool b;
  if (document.get_int64().get(n) == simdjson::SUCCESS) append_json_int(out, n);
  else if (document.get_string().get(text) == simdjson::SUCCESS) append_json_string(out, text);
  else if (document.get_bool().get(b) == simdjson::SUCCESS) out = b ? "true" : "false";
  else if (bool null; document.is_null().get(null) == simdjson::SUCCESS && null) out = "null";
  else return std::nullopt;
  return out;
}

od::parser& Padded::parser() {
  static thread_local od::parser parser;
  return parser;
}

simdjson::padded_string_view Padded::copy(std::string_view bytes) {
  static thread_local std::string buffer;
  if (buffer.size() < bytes.size() + simdjson::SIMDJSON_PADDING) buffer.resize(bytes.size() * 2 + simdjson::SIMDJSON_PADDING);
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  std::memset(buffer.data() + bytes.size(), 0, simdjson::SIMDJSON_PADDING);
  return simdjson::padded_string_view(buffer.data(), bytes.size(), buffer.size());
}

namespace detail {

bool take_bool(od::value value, bool& out) { return value.get_bool().get(out) == simdjson::SUCCESS; }
bool take_integer(od::value value, std::int64_t& out) { return value.get_int64().get(out) == simdjson::SUCCESS; }
bool take_string(od::value value, std::string& out) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  out.assign(text);
  return true;
}
bool take_raw(od::value value, std::string& out) {
  out.clear();
  return append_canonical(out, value);
}
bool is_null(od::value value) {
  bool null;
  return value.is_null().get(null) == simdjson::SUCCESS && null;
}

bool take_object(od::object object, Slots slots, void* out, std::string& problem) {
  const std::size_t n = slots.count;
  std::uint64_t seen = 0;
  std::size_t next = 0;
  for (auto entry : object) {
    std::string_view key;
    if (entry.error() != simdjson::SUCCESS || entry.unescaped_key().get(key) != simdjson::SUCCESS) {
      problem = "bad_json";
      return false;
    }
    std::size_t i = next;
    while (i < n && slots.first[i].name < key) ++i;
    if (i == n || slots.first[i].name != key) {  // unknown, or out of order
      for (i = 0; i < n && slots.first[i].name != key; ++i) {}
      if (i == n) continue;
    }
    next = i + 1;
    const Slot& slot = slots.first[i];
    od::value value;
    if (entry.value().get(value) != simdjson::SUCCESS) {
      problem = "bad_json";
      return false;
    }
    if (!slot.optional && is_null(value)) {  // null means absent, whatever the type
      if (!slot.required) {
        seen |= std::uint64_t{1} << i;
        continue;
      }
      problem = "missing_field:" + std::string(slot.name);
      return false;
    }
    if (!slot.take(value, slot.member(out), problem)) {
      if (problem.empty()) problem = "bad_field:" + std::string(slot.name);
      return false;
    }
    seen |= std::uint64_t{1} << i;
  }
  for (std::size_t i = 0; i < n; ++i)
    if (slots.first[i].required && !(seen >> i & 1)) {
      problem = "missing_field:" + std::string(slots.first[i].name);
      return false;
    }
  return true;
}

bool take_object(od::value value, Slots slots, void* out, std::string& problem) {
  od::object object;
  return value.get_object().get(object) == simdjson::SUCCESS && take_object(object, slots, out, problem);
}

bool take_text(std::string_view json, Slots slots, void* out, std::string& problem) {
  const simdjson::padded_string padded(json);
  static thread_local od::parser parser;
  od::document document;
  od::object object;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS) {
    problem = "bad_json";
    return false;
  }
  return take_object(object, slots, out, problem);
}

}  // namespace detail

}  // namespace millrace::wire
