// Rules of spec/governance.md.
#include <optional>

#include "tests/conformance/conformance.h"
#include "core/fields.h"
#include "core/hash.h"
#include "core/hmac.h"
#include "topology/governance/access.h"
#include "topology/governance/dry_run.h"
#include "topology/governance/governor.h"
#include "topology/ledger_chain.h"
#include "topology/ledger_query.h"
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

Json answer_of(const governance::Access& access) {
  if (access.allowed) return {{"allowed", true}};
  return {{"allowed", false}, {"status", access.status}, {"code", access.code}};
}

}  // namespace

RULE("governance.rbac") {
  const auto roles = get_optional<std::vector<std::string>>(given, "roles");
  if (!roles) return answer_of({false, 401, "unauthorised"});
  const std::string tenant = get_or<std::string>(given, "tenant", ""), own = get_or<std::string>(given, "token_tenant", "*"),
                    actor = get_or<std::string>(given, "actor", ""), proposer = get_or<std::string>(given, "proposer", "");
  return answer_of(governance::access({*roles, own, actor}, given.at("permission").get<std::string>(), tenant, proposer));
}

RULE("governance.kill_switch") {
  const auto roles = get_or<std::vector<std::string>>(given, "roles", {});
  const std::string tenant = get_or<std::string>(given, "token_tenant", ""), scope = get_or<std::string>(given, "scope", "tenant"),
                    reason = get_or<std::string>(given, "reason", "");
  return answer_of(governance::kill_switch_access({roles, tenant}, given.at("on"), scope, reason));
}

RULE("governance.dry_run") {
  governance::DryRunPolicy policy;
  policy.strict = get_or(given, "strict", false);
  policy.reversible = get_or(given, "reversible", policy.reversible);
  const auto status = governance::judge_action(
      given.at("action").get<std::string>(),
      {get_or(given, "armed", false), get_or(given, "dry_run", true), get_or(given, "replay", false) || get_or(given, "sandbox", false)}, policy);
  return {{"run", status == governance::ActionStatus::executed}, {"status", name_of(status)}};
}

RULE("governance.governor") {
  const Json limits = get_or(given, "limits", Json::object());
  std::map<std::string, governance::Governor> governors;
  Json results = Json::array(), after = Json::array();
  for (const Json& call : given.at("calls")) {
    const std::string name = call.at("name");
    auto limit = governance::governor_limit(name);
    if (limits.contains(name)) limit = {limits.at(name).at(0), limits.at(name).at(1)};
    if (!limit) {
      results.push_back("denied:unknown_governor");
      after.push_back(nullptr);
      continue;
    }
    governance::Governor& governor = governors.try_emplace(name, *limit).first->second;
    const TimeMs at = call.at("at_ms");
    const bool allowed = governor.call(at);
    results.push_back(allowed ? "allowed" : "denied:rate_limit");
    const auto seconds = allowed ? std::nullopt : governor.retry_after_s(at);
    after.push_back(seconds ? Json(*seconds) : Json());
  }
  return {{"results", results}, {"retry_after_s", after}};
}

RULE("governance.ledger_query") {
  std::vector<LedgerRow> entries;
  for (const Json& e : given.at("entries"))
    entries.push_back({{e.at("stage"), get_or<std::int64_t>(e, "partition", 0), e.at("seq")}, e.at("ts_ms"),
                       get_or<std::string>(e, "subject", ""), get_or<std::string>(e, "kind", "")});
  const LedgerFound found = query_ledger(std::move(entries), {get_optional<std::string>(given, "subject"), get_optional<std::string>(given, "kind"),
                                                              get_optional<std::int64_t>(given, "from"), get_or<std::int64_t>(given, "limit", 100)});
  const auto place = [](const LedgerPlace& at) { return Json::array({at.stage, at.partition, at.seq}); };
  Json rows = Json::array();
  for (const LedgerRow& row : found.rows) rows.push_back(place(row.at));
  return {{"rows", rows}, {"next", found.next ? place(*found.next) : Json()}};
}

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
