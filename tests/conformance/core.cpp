// Adapters of the rules of conventions.md; core.clock to core.policy_change stand in topology/control.
#include "tests/conformance/conformance.h"

#include <algorithm>
#include <stdexcept>

#include "core/arith.h"
#include "core/chance.h"
#include "core/hash.h"
#include "topology/control/clock.h"
#include "topology/control/policy_change.h"
#include "topology/control/sweep.h"
#include "topology/wire/decode.h"
#include "topology/wire/operator_sig.h"

namespace millrace::conformance {

// 64-bit values beyond 2^53 are hex strings in the case file.
static std::int64_t integer(const Json& v) {
  if (!v.is_string()) return v.get<std::int64_t>();
  std::string text = v.get<std::string>();
  const bool negative = text.starts_with("-");
  if (negative) text.erase(0, 1);
  const auto value = static_cast<std::int64_t>(std::stoull(text, nullptr, 16));
  return negative ? -value : value;
}

static std::string hex64(std::uint64_t v) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(v >> shift));
  return hex(bytes, 16);
}

static Json number(std::int64_t v) {
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if (v >= -exact && v <= exact) return v;
  return (v < 0 ? "-" : "") + hex64(v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v));
}

static std::vector<std::int64_t> integers(const Json& list) {
  std::vector<std::int64_t> out;
  for (const Json& each : list) out.push_back(integer(each));
  return out;
}

// What a function needs is asked for here, since a broken need ends the process.
static void need(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

RULE("core.rdiv") {
  const std::int64_t d = integer(given.at("d"));
  need(d > 0, "d > 0");
  return {{"q", number(rdiv(integer(given.at("n")), d))}};
}
RULE("core.pstdev") { return {{"value", number(pstdev(integers(given.at("values"))))}}; }
RULE("core.exp_neg") {
  const std::int64_t x = integer(given.at("x_q32"));
  need(x >= 0, "x >= 0");
  return {{"q32", number(exp_neg(x))}};
}
RULE("core.ln") {
  const std::int64_t x = integer(given.at("x_q32"));
  need(x >= kOneQ32, "x >= 2^32");
  return {{"q32", number(ln_q32(x))}};
}

RULE("core.split") {
  Json parts = Json::array();
  const auto weights = integers(given.at("weights"));
  need(std::all_of(weights.begin(), weights.end(), [](std::int64_t w) { return w >= 0; }), "weights >= 0");
  for (const std::int64_t part : split(integer(given.at("amount")), weights)) parts.push_back(number(part));
  return {{"parts", parts}};
}

static Chance chance_of(const Json& given) {
  return Chance(given.contains("seed") && !given.at("seed").is_null() ? integer(given.at("seed")) : 1, text_or_empty(given, "stage"),
                text_or_empty(given, "record_id"));
}

RULE("core.rng") {
  const Chance chance = chance_of(given);
  Json out = Json::array();
  for (std::int64_t i = 0; i < get_or<std::int64_t>(given, "count", 1); ++i)
    out.push_back(hex64(chance.u64(static_cast<std::uint64_t>(i))));
  return {{"u64_hex", out}};
}

RULE("core.uniform") {
  const auto i = given.contains("i") && !given.at("i").is_null() ? static_cast<std::uint64_t>(integer(given.at("i"))) : 0;
  const std::int64_t lo = integer(given.at("lo")), hi = integer(given.at("hi"));
  need(lo < hi, "lo < hi");
  return {{"value", number(chance_of(given).uniform(i, lo, hi))}};
}

RULE("core.derive_id") {
  return {{"id", derive_id(given.at("cause_id").get<std::string>(), given.at("stage").get<std::string>(),
                           given.at("ordinal").get<std::uint64_t>())}};
}

RULE("core.hid") {
  std::string joined;
  for (const Json& part : given.at("parts")) {
    if (&part != &given.at("parts").front()) joined.push_back('\n');
    joined.append(part.is_string() ? part.get<std::string>() : part.dump());
  }
  return {{"id", hid(get_or<std::string>(given, "prefix", ""), given.at("n").get<std::size_t>(), {joined})}};
}

RULE("core.record_id") {
  return {{"id", record_id(given.at("tenant").get<std::string>(), given.at("source").get<std::string>(),
                           given.at("id").get<std::string>())}};
}

RULE("core.canonical") {
  const auto text = wire::canonical(given.at("value").dump());
  if (!text) return {{"json", nullptr}, {"sha256", nullptr}};
  return {{"json", *text}, {"sha256", sha256_hex(*text)}};
}

RULE("core.clock") {
  const DurationMs period = get_or<std::int64_t>(given, "tick_every_ms", 10000);
  control::Clock clock;
  Json now = Json::array(), ticks = Json::array();
  for (const Json& record : given.at("records")) {
    const TimeMs at = record.at("at_ms");
    clock.see(at);
    now.push_back(clock.now_ms);
    const auto tick_ms = get_optional<std::int64_t>(record, "tick_ms");
    const auto value = tick_ms ? clock.tick(*tick_ms, at, period) : std::nullopt;
    ticks.push_back(value ? Json(*value) : Json());
  }
  return {{"now_ms", now}, {"ticks", ticks}};
}

RULE("core.history_clock") {
  control::HistoryClock clock;
  Json log = Json::array();
  for (const Json& event : given.at("events_ms")) {
    for (; const auto hour = clock.hour_before(event); clock.passed()) log.push_back({"tick", *hour});
    log.push_back({"record", clock.put(event)});
  }
  return {{"log", log}};
}

RULE("core.sweep") {
  auto keys = given.at("keys").get<std::vector<std::string>>();
  std::sort(keys.begin(), keys.end());
  const std::string cursor = text_or_empty(given, "cursor");
  control::SweepBatch batch(get_optional<std::int64_t>(given, "batch"));
  for (auto key = std::upper_bound(keys.begin(), keys.end(), cursor); key != keys.end() && batch.take(*key); ++key) {}
  const auto next = batch.next_cursor();
  return {{"handled", batch.keys}, {"next_cursor", next ? Json(*next) : Json()}};
}

RULE("core.operator_sig") {
  std::vector<OperatorKey> keys;
  for (const Json& key : given.at("keys"))
    keys.push_back({get_or<std::string>(key, "key_id", ""), get_or<std::string>(key, "public_key", ""),
                    get_optional<bool>(key, "revoked")});
  return {{"valid", wire::operator_sig_valid(given.at("record").dump(), keys)}};
}

RULE("core.policy_change") {
  using namespace control;
  const auto approvals = get_or<std::int64_t>(given, "approvals", 1);
  const auto ttl_ms = get_or<std::int64_t>(given, "ttl_ms", kPolicyTtlMs);
  PolicyReview review{{}, get_or<std::string>(given, "author", ""), get_or<std::int64_t>(given, "at_ms", 0)};
  Json codes = Json::array();
  const auto whatif = given.find("whatif");
  const ReviewCode opened =
      may_open(whatif != given.end() && !whatif->is_null(), get_or<std::string>(given, "base_sha256", ""),
               get_or<std::string>(given, "live_sha256", ""));
  if (opened != ReviewCode::ok) {
    review.state = ReviewState::refused;
    codes.push_back(name_of(opened));
  }
  for (const Json& event : get_or<Json>(given, "events", Json::array())) {
    const std::string op = event.at("op");
    Json code;
    if (op == "approve") code = name_of(approve(review, get_or<std::string>(event, "actor", ""), approvals));
    if (op == "reject") code = name_of(reject(review));
    if (op == "live") other_became_live(review);
    if (op == "tick") tick(review, event.at("at_ms"), ttl_ms);
    codes.push_back(code);
  }
  return {{"state", name_of(review.state)}, {"codes", codes}};
}

}  // namespace millrace::conformance
