// Sealing of personal fields and tokens of identifiers (spec/governance.md section 11), as a port.
//
// A key belongs to (tenant, token of the record's first identifier, or lead_id) and is named by the id of the first
// record that needed it; the name stands in the sealed value, so whoever holds the value can find its key.
// Folds call this port; whether a missing key is made (live) or is a fault (re-fold) is the keyring's affair.
//
// KR-1  A key is durable before the record whose sealed value names it.
// KR-2  Equal (key, record id, type, plaintext) give equal sealed text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace {

struct SealingKey {
  std::string name;  // 32 hex: id of the first record that needed it
  std::string bytes;  // 32 bytes, in memory only; empty: destroyed, what is sealed under it is a tombstone
  std::string stamp;  // 12 hex by which the keyring knows a name of its own from a made-up one (keys/sealing.h)
};

class Keyring {
 public:
  virtual ~Keyring() = default;

  // hex HMAC-SHA-256(tenant pepper, "<kind>:<value>"), 64 digits. The value is normalised by the caller.
  virtual std::string token(std::string_view tenant, std::string_view kind, std::string_view value) = 0;

  // The key of (tenant, owner); made and named `record_id` when there is none and this run may make keys.
  // The reference is valid until the next call.
  virtual const SealingKey& key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) = 0;
  // The key that a sealed value names, to seal more for the same subject; nullptr when a key.destroyed took it.
  virtual const SealingKey* key_of(std::string_view tenant, std::string_view sealed) = 0;

  // Appends the sealed text of `plaintext` (canonical JSON) to `out`.
  virtual void seal(const SealingKey& key, std::string_view record_id, std::string_view type,
                    std::string_view plaintext, std::string& out) = 0;
  // The plaintext, or nullopt when a key.destroyed accounts for the missing key. A forged or damaged value is also
  // nullopt; any other missing key is a fault().
  virtual std::optional<std::string> open(std::string_view tenant, std::string_view sealed) = 0;

  // The first key of this namespace that could not be had, for good; nullopt: all is well. What was sealed and opened
  // since is worth nothing: whoever folds or appends looks here before anything of it becomes durable.
  virtual std::optional<Fault> fault() const { return std::nullopt; }
};

// A personal part to be sealed while its record is being written: `clear` is encoded to canonical JSON and sealed
// under `key` with the id and type of the record it stands in.
template <class Personal>
struct Sealing {
  SealingKey key;
  Personal clear;
};

// The sealed part of an event. Read from a record it is `text`; with `fresh` set it is sealed while it is written.
template <class Personal>
struct Sealed {
  std::string text;  // empty = absent
  std::optional<Sealing<Personal>> fresh;
};

}  // namespace millrace
