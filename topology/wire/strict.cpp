#include "topology/wire/strict.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "topology/wire/simdjson.h"

#include "core/json.h"

namespace millrace::wire {

namespace {

constexpr int kScanDepth = 512;  // deeper text is too_deep without being read to its end

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
// The four digits after \u; -1 when they are not four.
int code_unit(const char* p, const char* end) {
  if (end - p < 4) return -1;
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(p[i]);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}
bool is_high(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

// The content of a string that the scanner has passed, quotes included in `quoted`.
std::string unescape(std::string_view quoted) {
  std::string out;
  out.reserve(quoted.size());
  const char* p = quoted.data() + 1;
  const char* end = quoted.data() + quoted.size() - 1;
  while (p < end) {
    if (*p != '\\') {
      out.push_back(*p++);
      continue;
    }
    switch (p[1]) {
      case 'b': out.push_back('\b'); break;
      case 'f': out.push_back('\f'); break;
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 't': out.push_back('\t'); break;
      case 'u': {
        std::uint32_t c = static_cast<std::uint32_t>(code_unit(p + 2, end));
        if (is_high(static_cast<int>(c))) {
          c = 0x10000 + ((c - 0xD800) << 10) + (static_cast<std::uint32_t>(code_unit(p + 8, end)) - 0xDC00);
          p += 6;
        }
        append_utf8(out, c);
        p += 4;
        break;
      }
      default: out.push_back(p[1]);
    }
    p += 2;
  }
  return out;
}

// True when none of the 8 bytes is '"', '\' or a control character.
bool is_plain(const char* p) {
  std::uint64_t w;
  std::memcpy(&w, p, 8);
  constexpr std::uint64_t ones = 0x0101010101010101U, high = 0x8080808080808080U;
  const std::uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
  const std::uint64_t hit = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((w - ones * 0x20) & ~w);
  return (hit & high) == 0;
}

}  // namespace

// Reads one text from its first to its last byte.
class StrictScanner {
 public:
  StrictScanner(StrictJson& json, std::string_view text) : json_(json), p_(text.data()), end_(text.data() + text.size()) {}

  bool document(JsonValue& value, std::vector<JsonMember>* members, std::vector<JsonValue>* elements) {
    space();
    if (!any(value, 0, members, elements)) return false;
    space();
    return p_ == end_;
  }
  bool too_deep = false, gave_up = false, duplicate = false, canonical = true;

 private:
  void space() {
    if (p_ < end_ && is_space(*p_)) {
      canonical = false;
      while (p_ < end_ && is_space(*p_)) ++p_;
    }
  }
  bool at(char c) const { return p_ < end_ && *p_ == c; }
  bool take(char c) {
    if (!at(c)) return false;
    ++p_;
    return true;
  }
  bool word(std::string_view w) {
    if (static_cast<std::size_t>(end_ - p_) < w.size() || std::memcmp(p_, w.data(), w.size()) != 0) return false;
    p_ += w.size();
    return true;
  }

  bool any(JsonValue& v, int depth, std::vector<JsonMember>* members, std::vector<JsonValue>* elements) {
    if (p_ == end_) return false;
    const char* begin = p_;
    bool good;
    switch (*p_) {
      case '{':
        v.kind = JsonValue::Kind::object;
        good = object(depth + 1, members);
        break;
      case '[':
        v.kind = JsonValue::Kind::array;
        good = array(depth + 1, elements);
        break;
      case '"':
        v.kind = JsonValue::Kind::string;
        good = string(v.escaped);
        break;
      case 't':
      case 'f':
        v.kind = JsonValue::Kind::boolean;
        good = word(*p_ == 't' ? "true" : "false");
        break;
      case 'n':
        v.kind = JsonValue::Kind::null;
        good = word("null");
        break;
      default: good = number(v.kind);
    }
    v.text = {begin, static_cast<std::size_t>(p_ - begin)};
    return good;
  }

  bool deeper(int depth) {
    if (depth > StrictJson::kMaxDepth) too_deep = true;
    if (depth > kScanDepth) gave_up = true;
    return !gave_up;
  }

  bool object(int depth, std::vector<JsonMember>* members) {
    if (!deeper(depth)) return false;
    ++p_;
    static thread_local std::vector<std::string_view> keys;
    if (depth == 1) keys.clear();
    const std::size_t base = keys.size();
    bool rising = true;
    space();
    if (take('}')) return true;
    for (;;) {
      if (!at('"')) return false;
      const char* begin = p_;
      bool escaped = false;
      if (!string(escaped)) return false;
      std::string_view key(begin + 1, static_cast<std::size_t>(p_ - begin) - 2);
      if (escaped) key = json_.keep(unescape({begin, static_cast<std::size_t>(p_ - begin)}));
      if (keys.size() > base && !(keys.back() < key)) rising = false;
      keys.push_back(key);
      space();
      if (!take(':')) return false;
      space();
      JsonValue value;
      if (!any(value, depth, nullptr, nullptr)) return false;
      if (members) members->push_back({key, value});
      space();
      if (take(',')) {
        space();
        continue;
      }
      if (!take('}')) return false;
      break;
    }
    if (!rising) {
      canonical = false;
      std::sort(keys.begin() + static_cast<std::ptrdiff_t>(base), keys.end());
      if (std::adjacent_find(keys.begin() + static_cast<std::ptrdiff_t>(base), keys.end()) != keys.end()) duplicate = true;
    }
    keys.resize(base);
    return true;
  }

  bool array(int depth, std::vector<JsonValue>* elements) {
    if (!deeper(depth)) return false;
    ++p_;
    space();
    if (take(']')) return true;
    for (;;) {
      JsonValue value;
      if (!any(value, depth, nullptr, nullptr)) return false;
      if (elements) elements->push_back(value);
      space();
      if (take(',')) {
        space();
        continue;
      }
      return take(']');
    }
  }

  bool string(bool& escaped) {
    ++p_;
    for (;;) {
      while (end_ - p_ >= 8 && is_plain(p_)) p_ += 8;
      if (p_ == end_) return false;
      const char c = *p_;
      if (c == '"') {
        ++p_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\') {
        escaped = true;
        if (!escape()) return false;
      } else {
        ++p_;
      }
    }
  }
  bool escape() {
    if (end_ - p_ < 2) return false;
    switch (p_[1]) {
      case '"':
      case '\\':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't': p_ += 2; return true;
      case '/':
        canonical = false;
        p_ += 2;
        return true;
      case 'u': break;
      default: return false;
    }
    canonical = false;  // it may be the canonical form of a control character; the slow path decides
    const int unit = code_unit(p_ + 2, end_);
    if (unit < 0 || is_low(unit)) return false;
    p_ += 6;
    if (!is_high(unit)) return true;
    if (end_ - p_ < 6 || p_[0] != '\\' || p_[1] != 'u' || !is_low(code_unit(p_ + 2, end_))) return false;
    p_ += 6;
    return true;
  }

  bool number(JsonValue::Kind& kind) {
    kind = JsonValue::Kind::integer;
    const char* begin = p_;
    if (at('-')) ++p_;
    if (p_ == end_ || !is_digit(*p_)) return false;
    if (*p_ == '0') ++p_;
    else
      while (p_ < end_ && is_digit(*p_)) ++p_;
    if (*begin == '-' && p_ - begin == 2 && begin[1] == '0') canonical = false;
    if (at('.')) {
      kind = JsonValue::Kind::fraction;
      ++p_;
      if (p_ == end_ || !is_digit(*p_)) return false;
      while (p_ < end_ && is_digit(*p_)) ++p_;
    }
    if (at('e') || at('E')) {
      kind = JsonValue::Kind::fraction;
      ++p_;
      if (at('+') || at('-')) ++p_;
      if (p_ == end_ || !is_digit(*p_)) return false;
      while (p_ < end_ && is_digit(*p_)) ++p_;
    }
    return true;
  }

  StrictJson& json_;
  const char* p_;
  const char* end_;
};

std::string_view reason_of(StrictProblem problem) {
  switch (problem) {
    case StrictProblem::bad_json: return "bad_json";
    case StrictProblem::bad_utf8: return "bad_utf8";
    case StrictProblem::too_deep: return "too_deep";
    case StrictProblem::duplicate_key: return "duplicate_key";
    case StrictProblem::none: break;
  }
  return "";
}

std::optional<std::int64_t> int_of(const JsonValue& value) {
  if (!value.is(JsonValue::Kind::integer)) return std::nullopt;
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), n);
  if (error != std::errc{} || end != value.text.data() + value.text.size()) return std::nullopt;
  return n;
}

std::string_view StrictJson::keep(std::string text) {
  if (kept_used_ == kept_.size()) kept_.emplace_back();
  std::string& place = kept_[kept_used_++];
  place = std::move(text);
  return place;
}

StrictProblem StrictJson::read(std::string_view text) {
  root_.clear();
  value_ = {};
  kept_used_ = 0;
  StrictScanner scanner(*this, text);
  const bool good = scanner.document(value_, &root_, nullptr);
  canonical_ = good && scanner.canonical;
  if (!good && !scanner.gave_up) return StrictProblem::bad_json;
  if (!simdjson::validate_utf8(text.data(), text.size())) return StrictProblem::bad_utf8;
  if (scanner.too_deep) return StrictProblem::too_deep;
  return scanner.duplicate ? StrictProblem::duplicate_key : StrictProblem::none;
}

std::string_view StrictJson::string_of(const JsonValue& value) {
  if (!value.is(JsonValue::Kind::string)) return {};
  return value.escaped ? keep(unescape(value.text)) : value.text.substr(1, value.text.size() - 2);
}

void StrictJson::members_of(const JsonValue& object, std::vector<JsonMember>& out) {
  if (!object.is(JsonValue::Kind::object)) return;
  JsonValue value;
  StrictScanner(*this, object.text).document(value, &out, nullptr);
}

void StrictJson::elements_of(const JsonValue& array, std::vector<JsonValue>& out) {
  if (!array.is(JsonValue::Kind::array)) return;
  JsonValue value;
  StrictScanner(*this, array.text).document(value, nullptr, &out);
}

const JsonValue* StrictJson::find(const std::vector<JsonMember>& members, std::string_view key) {
  for (const JsonMember& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

namespace {

void append_value(StrictJson& json, std::string& out, const JsonValue& value);

void append_members(StrictJson& json, std::string& out, std::vector<JsonMember>& members) {
  std::sort(members.begin(), members.end(), [](const JsonMember& a, const JsonMember& b) { return a.key < b.key; });
  out.push_back('{');
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i) out.push_back(',');
    append_json_string(out, members[i].key);
    out.push_back(':');
    append_value(json, out, members[i].value);
  }
  out.push_back('}');
}

void append_value(StrictJson& json, std::string& out, const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::object: {
      std::vector<JsonMember> members;
      json.members_of(value, members);
      append_members(json, out, members);
      return;
    }
    case JsonValue::Kind::array: {
      std::vector<JsonValue> elements;
      json.elements_of(value, elements);
      out.push_back('[');
      for (std::size_t i = 0; i < elements.size(); ++i) {
        if (i) out.push_back(',');
        append_value(json, out, elements[i]);
      }
      out.push_back(']');
      return;
    }
    case JsonValue::Kind::string: append_json_string(out, json.string_of(value)); return;
    case JsonValue::Kind::integer: out.append(value.text == "-0" ? "0" : value.text); return;
    default: out.append(value.text);
  }
}

// A scalar that is canonical as it stands, as nearly every member of a fact is.
bool is_plain_scalar(std::string_view text) {
  if (text.empty() || is_space(text.back())) return false;
  if (text.front() == '"') return text.find('\\') == std::string_view::npos;
  return text.front() != '{' && text.front() != '[' && !is_space(text.front()) && text != "-0";
}

}  // namespace

void append_canonical_text(std::string& out, std::string_view text) {
  if (is_plain_scalar(text)) {
    out.append(text);
    return;
  }
  StrictJson json;
  json.read(text);
  if (json.canonical()) out.append(text);
  else append_value(json, out, json.value());
}

void append_canonical_without(std::string& out, const std::vector<JsonMember>& members, std::string_view left_out) {
  StrictJson json;
  std::vector<JsonMember> kept;
  for (const JsonMember& member : members)
    if (member.key != left_out) kept.push_back(member);
  append_members(json, out, kept);
}

}  // namespace millrace::wire
