// The strict reading of a record from outside: one pass over the text that judges it and remembers where its members
// stand, so that the front door needs no second parse to know an envelope.
//
//   StrictJson json;
//   if (const StrictProblem p = json.read(text); p != StrictProblem::none) ...
//   const JsonValue* id = json.find(json.root(), "id");
//
// Takes   any bytes. Gives views into them, valid as long as the bytes and until the next read().
//
// ST-1  The first of bad_json, bad_utf8, too_deep, duplicate_key that applies is the problem, whatever stands first.
// ST-2  Keys are compared as text: "a" and "\u0061" are the same key.
// ST-3  append_canonical() of a text gives the canonical JSON of conventions.md section 3; numbers that are no integers
//       keep their digits, so that hashes exist for every text (nothing that is checked accepts such a number).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::wire {

enum class StrictProblem { none, bad_json, bad_utf8, too_deep, duplicate_key };
// The reason of a dead letter: "bad_json"…; "" for none.
std::string_view reason_of(StrictProblem problem);

struct JsonValue {
  enum class Kind : std::uint8_t { object, array, string, integer, fraction, boolean, null };
  Kind kind = Kind::null;
  bool escaped = false;   // a string with a backslash in it
  std::string_view text;  // as it stands, without white space around it, strings with their quotes

  bool is(Kind k) const { return kind == k; }
};

struct JsonMember {
  std::string_view key;  // unescaped
  JsonValue value;
};

// The integer of a value of kind integer; nullopt when it does not fit.
std::optional<std::int64_t> int_of(const JsonValue& value);

class StrictJson {
 public:
  static constexpr int kMaxDepth = 16;

  StrictProblem read(std::string_view text);
  // Members of the outermost object; empty when the text is another value.
  const std::vector<JsonMember>& root() const { return root_; }
  const JsonValue& value() const { return value_; }
  // The text is canonical JSON as it stands.
  bool canonical() const { return canonical_; }
  // The content of a string, unescaped if need be into memory that lives until the next read().
  std::string_view string_of(const JsonValue& value);
  // Members of an object (of a text that read() passed), appended to `out`.
  void members_of(const JsonValue& object, std::vector<JsonMember>& out);
  // Elements of an array.
  void elements_of(const JsonValue& array, std::vector<JsonValue>& out);

  static const JsonValue* find(const std::vector<JsonMember>& members, std::string_view key);

 private:
  friend class StrictScanner;
  std::string_view keep(std::string text);

  std::vector<JsonMember> root_;
  JsonValue value_;
  bool canonical_ = false;
  std::deque<std::string> kept_;
  std::size_t kept_used_ = 0;
};

// Appends the canonical form of a text that StrictJson passed (ST-3).
void append_canonical_text(std::string& out, std::string_view json);
// The canonical form of an object without one of its members (a record without its signature).
void append_canonical_without(std::string& out, const std::vector<JsonMember>& members, std::string_view left_out);

}  // namespace millrace::wire
