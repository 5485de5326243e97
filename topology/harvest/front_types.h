// The types of the front door and the fields of their data (spec/harvest.md section 2), as one table.
//
// FT-1  Fields stand in the order of the specification: the first that is missing, then the first that is bad, is the
//       reason. A field that no row names is not looked at.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace::harvest {

enum class FieldKind : std::uint8_t {
  text,          // at most 500 bytes
  long_text,     // at most 8192 bytes
  body,          // at most 32768 bytes
  count,         // integer >= 0
  amount,        // any integer
  boolean,
  texts,         // at most 32 texts of at most 256 bytes
  list,          // any array
  text_map,      // texts by name, at most 64
  object,        // any object of at most 64 members
  lead_values,   // an object whose members are fields of a lead
  currency,      // three letters
  consent,       // UNKNOWN, CONSENTED, DNC
  verified,      // ok, bad, unknown
  connection,    // none, requested, connected, declined
  change_outcome,  // started, ok, transient, fatal, throttled
  day,           // YYYY-MM-DD
  any
};

struct FieldSpec {
  std::string_view name;
  FieldKind kind = FieldKind::text;
  bool required = false;
  // Another field (or any of two) that does as well; kAnyRef: whatever names a lead.
  std::string_view or_else = {}, or_else_too = {};
};

inline constexpr std::string_view kAnyRef = "*ref";

struct TypeSpec {
  std::vector<FieldSpec> fields;  // at most 64
  // Index of a field, -1 for one that is not listed.
  int index_of(std::string_view name) const;
};

// nullptr for a type that is not in section 2.
const TypeSpec* front_type(std::string_view type);
// Types that commands of their own, the scheduler and the workers write, and nobody else (spec/conventions.md section 4).
bool has_own_door(std::string_view type);
// The types that anybody may send, by name.
const std::vector<std::string_view>& open_types();
// The fields of a lead, as `set` and `enrichment` have them.
const FieldSpec* lead_field(std::string_view name);

}  // namespace millrace::harvest
