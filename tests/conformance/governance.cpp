// Rules of spec/governance.md.
#include <optional>

#include "tests/conformance/conformance.h"
#include "core/fields.h"
#include "core/hash.h"
#include "core/hmac.h"
#include "topology/ledger_chain.h"
#include "topology/simulation/population.h"

namespace millrace::conformance {
namespace {

LedgerEntry entry_of(const Json& given) {
  LedgerEntry e;
  e.actor = get_or<std::string>(given, "actor", "");
  e.body_sha256 = get_or<std::string>(given, "body_sha256", "");
  e.hash = get_or<std::string>(given, "hash", "");
  e.kind = get_or<std::string>(given, "kind", "");
  e.prev_hash = get_or<std::string>(given, "prev_hash", "");
  e.stage = get_or<std::string>(given, "stage", "");
  e.subject = get_or<std::string>(given, "subject", "");
  e.seq = get_or<std::int64_t>(given, "seq", 0);
  e.ts_ms = get_or<std::int64_t>(given, "ts_ms", 0);
  return e;
}

// The entries as they were written: each with the hash before it and its own.
std::vector<LedgerEntry> written(const Json& entries) {
  std::vector<LedgerEntry> out;
  std::string head(kNoEntry);
  for (const Json& given : entries) {
    LedgerEntry e = entry_of(given);
    e.prev_hash = head;
    head = e.hash = ledger_hash(e);
    out.push_back(std::move(e));
  }
  return out;
}

void edit(LedgerEntry& e, const std::string& field, const Json& value) {
  Json all = {{"actor", e.actor}, {"body_sha256", e.body_sha256}, {"hash", e.hash}, {"kind", e.kind}, {"prev_hash", e.prev_hash},
              {"stage", e.stage}, {"subject", e.subject}, {"seq", e.seq}, {"ts_ms", e.ts_ms}};
  all[field] = value;
  e = entry_of(all);
}

}  // namespace

RULE("governance.ledger") {
  Json hashes = Json::array();
  for (const LedgerEntry& e : written(given.at("entries"))) hashes.push_back(e.hash);
  return {{"hashes", hashes}};
}

RULE("governance.ledger_verify") {
  std::vector<LedgerEntry> entries = written(given.at("entries"));
  const std::size_t full = entries.size();
  if (given.contains("tamper") && !given.at("tamper").is_null()) {
    const Json& tamper = given.at("tamper");
    const std::string op = tamper.at("op");
    const auto at = static_cast<std::ptrdiff_t>(get_or<std::int64_t>(tamper, "index", 0));
    if (op == "edit") edit(entries.at(static_cast<std::size_t>(at)), tamper.at("field"), tamper.at("value"));
    if (op == "drop") entries.erase(entries.begin() + at);
    if (op == "swap") std::swap(entries.at(static_cast<std::size_t>(at)), entries.at(static_cast<std::size_t>(at) + 1));
    if (op == "truncate") entries.resize(static_cast<std::size_t>(at));
  }
  LedgerChain chain;
  for (const LedgerEntry& e : entries)
    if (const auto reason = chain.check(e); !reason.empty()) return {{"ok", false}, {"index", chain.length()}, {"reason", reason}};
  const auto length = static_cast<std::size_t>(chain.length());
  if (get_or<std::string>(given, "head", "") == "full" && length < full) return {{"ok", false}, {"index", length}, {"reason", "truncated"}};
  return {{"ok", true}, {"length", length}};
}

RULE("governance.suppression_key") {
  const HmacKey pepper(given.at("pepper").get<std::string>());
  const Sha256 mac = pepper.mac({given.at("kind").get<std::string>(), ":", given.at("value").get<std::string>()});
  return {{"key", hex(mac, 64)}};
}

RULE("governance.simulate") {
  const auto lead = simulation::lead_at(given.at("seed"), given.at("index"), given.at("days"));
  Json out = {{"quality_bp", lead.quality_bp}, {"source", name_of(lead.source)}, {"channel", name_of(lead.channel)},
              {"day", lead.day},               {"duplicate_of", nullptr},        {"wins", lead.wins}};
  if (lead.duplicate_of) out["duplicate_of"] = *lead.duplicate_of;
  return out;
}

}  // namespace millrace::conformance
