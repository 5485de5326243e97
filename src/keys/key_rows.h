// The rows of a keystore as they lie in its store, and how keys are wrapped in them.
//
// "k/<tenant>/<owner>" -> KeyOwnerRow, "n/<tenant>/<name>" -> KeyNameRow; one byte of version before each.
// Knows the form only; what must hold between rows is keys/keystore.h.      Tests: tests/unit/keystore_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/fields.h"
#include "state/codec.h"

namespace millrace {

struct KeyOwnerRow {
  std::string name;
  bool sound() const { return true; }
  static constexpr auto fields() { return FieldList{required("name", &KeyOwnerRow::name)}; }
};

struct KeyNameRow {
  std::string destroyed_by, owner, wrapped;  // `wrapped` is empty after destruction
  bool sound() const { return destroyed_by.empty() || wrapped.empty(); }
  static constexpr auto fields() {
    return FieldList{field("destroyed_by", &KeyNameRow::destroyed_by), required("owner", &KeyNameRow::owner),
                     field("wrapped", &KeyNameRow::wrapped)};
  }
};

std::string owner_row_id(std::string_view tenant, std::string_view owner);
std::string name_row_id(std::string_view tenant, std::string_view name);

inline constexpr char kKeyRowVersion = 1;

template <class Row>
std::string encoded_key_row(const Row& row) {
  std::string bytes(1, kKeyRowVersion);
  state::encode(bytes, row);
  return bytes;
}

// False: of another version, damaged, or longer than a row.
template <class Row>
bool decode_key_row(std::string_view bytes, Row& row) {
  if (bytes.empty() || bytes.front() != kKeyRowVersion) return false;
  bytes.remove_prefix(1);
  return state::decode(bytes, row) && bytes.empty() && row.sound();
}

// Wraps `bytes` under the master key for one place: elsewhere they do not open. The nonce follows from what is wrapped,
// so it never serves two plaintexts.
std::string wrap_bytes(std::string_view master, std::string_view place, std::string_view bytes);
// nullopt: wrapped for another place, under another master key, or damaged.
std::optional<std::string> unwrap_bytes(std::string_view master, std::string_view place, std::string_view wrapped);
// What a key is wrapped for: under another name, or for another owner, it does not open.
std::string place_of_key(std::string_view name_id, std::string_view owner);

}  // namespace millrace
