// Stage attribution: spec/attribution.md section 15 tells the shapes of the cases.
#include "tests/conformance/conformance.h"

#include <algorithm>
#include <set>

#include "core/arith.h"
#include "core/fields.h"
#include "core/hash.h"
#include "core/time.h"
#include "topology/attribution/channel.h"
#include "topology/attribution/credit.h"
#include "topology/attribution/deal.h"
#include "topology/attribution/markov.h"
#include "topology/attribution/match.h"
#include "topology/attribution/revenue.h"
#include "topology/attribution/touches.h"
#include "topology/harvest/match_keys.h"
#include "topology/harvest/naming.h"

namespace millrace::conformance {
namespace {

using Texts = std::vector<std::string>;
using Params = std::map<std::string, std::string>;

Params params(const Json& given, const char* name) { return get_or<Params>(given, name, {}); }

// Keys of a click or conversion that carries ip and ua in clear.
Texts keys_of(const Json& fact, const Params& ids, bool consent) {
  return harvest::match_keys(ids, get_optional<std::string>(fact, "fp"),
                             harvest::ipua_hash(get_or<std::string>(fact, "ip", ""), get_or<std::string>(fact, "ua", "")),
                             consent);
}
Texts keys_of_click(const Json& click) {
  const bool consent = get_or<bool>(click, "lead_consent", get_or<bool>(click, "measure_consent", false));
  return keys_of(click, params(click, "ids"), consent);
}
Texts keys_of_conversion(const Json& conversion) {
  return keys_of(conversion, params(conversion, "click_ids"), get_or<bool>(conversion, "consent", false));
}

SyntheticTable table_of(const Json& given) {
  SyntheticTable table = *SyntheticTable::preset(get_or<std::string>(given, "table", "service"));
  table.currency = get_or<std::string>(given, "currency", table.currency);
  return table;
}

attribution::JourneyTouch touch_at(std::string id, TimeMs ts_ms, std::string channel = "") {
  attribution::JourneyTouch touch;
  touch.id = std::move(id);
  touch.ts_ms = ts_ms;
  touch.channel = std::move(channel);
  return touch;
}

std::vector<attribution::JourneyTouch> touches_of(const Json& list) {
  std::vector<attribution::JourneyTouch> touches;
  for (const Json& each : list)
    touches.push_back(touch_at(each.at("id"), get_or<TimeMs>(each, "ts", static_cast<TimeMs>(touches.size())),
                               get_or<std::string>(each, "channel", "")));
  return touches;
}

Json pairs(std::span<const attribution::JourneyTouch> touches, const std::vector<std::int64_t>& parts) {
  Json list = Json::array();
  for (std::size_t i = 0; i < touches.size(); ++i) list.push_back({touches[i].id, parts[i]});
  return list;
}

RULE("attribution.keys") { return {{"keys", keys_of_conversion(given.at("conversion"))}}; }
RULE("attribution.click_keys") { return {{"keys", keys_of_click(given.at("click"))}}; }

RULE("attribution.fingerprint") {
  if (!get_or<bool>(given, "consent", false)) return {{"hash", nullptr}, {"reason", "no_consent"}};
  Fingerprint f;
  const Json& parts = given.at("parts");
  const auto part = [&](const char* name) { return RawJson{parts.contains(name) ? parts.at(name).dump() : ""}; };
  f.screen_w = part("screen_w");
  f.screen_h = part("screen_h");
  f.timezone = part("timezone");
  f.tz_offset = part("tz_offset");
  f.device_type = part("device_type");
  f.os = part("os");
  f.browser = part("browser");
  const auto hash = harvest::fingerprint_hash(f, get_or<std::int64_t>(given, "min_parts", 4));
  if (!hash) return {{"hash", nullptr}, {"reason", "too_few_parts"}};
  return {{"hash", *hash}};
}

RULE("attribution.match") {
  const attribution::AttributionPolicy policy;
  const Json& conversion = given.at("conversion");
  const TimeMs t = get_or<TimeMs>(conversion, "ids_ms", conversion.at("ts"));
  Json ambiguous = Json::array();
  Json result = {{"layer", 0}, {"method", "unattributed"}, {"confidence_bp", 0}};
  for (const std::string& key : keys_of_conversion(conversion)) {
    const auto kind = *attribution::kind_of_key(key);
    std::vector<attribution::ClickAt> clicks;
    Texts ids;
    ids.reserve(given.at("clicks").size());
    for (const Json& click : given.at("clicks")) {
      const Texts stored = keys_of_click(click);
      if (std::find(stored.begin(), stored.end(), key) == stored.end()) continue;
      ids.push_back(click.at("click_id"));
      clicks.push_back({ids.back(), click.at("ts").get<TimeMs>()});
    }
    const auto match = attribution::match_at(kind, clicks, t, policy);
    if (match.ambiguous) ambiguous.push_back(name_of(kind));
    if (!match.best) continue;
    const auto layer = attribution::layer_of(kind, policy);
    result = {{"layer", layer.layer},
              {"method", layer.method},
              {"click_id", clicks[*match.best].click_id},
              {"confidence_bp", layer.confidence_bp},
              {"window_ms", t - clicks[*match.best].clicked_ms}};
    break;
  }
  if (!ambiguous.empty()) result["ambiguous"] = ambiguous;
  return result;
}

RULE("attribution.late") {
  const auto at = [](const Json& m) { return attribution::MatchAt{m.at("layer"), get_or<TimeMs>(m, "click_ts", 0)}; };
  const auto late_ms = get_or<DurationMs>(given, "late_ms", attribution::AttributionPolicy{}.late_ms);
  return {{"action", name_of(attribution::late_action(at(given.at("current")), at(given.at("late")),
                                                      given.at("credited_ms"), given.at("arrived_ms"), late_ms))}};
}

RULE("attribution.channel") {
  const Params ids = params(given, "click_ids");
  const auto text = [&](const char* name) { return get_or<std::string>(given, name, ""); };
  const std::string kind = text("kind"), platform = text("platform"), medium = text("utm_medium"),
                    source = text("utm_source"), own = text("channel");
  return {{"channel", attribution::channel_of({kind, platform, &ids, medium, source, own}, {})}};
}

RULE("attribution.touch_id") {
  std::string joined = given.at("subject");
  for (const Json& part : given.at("parts")) joined += "\n" + part.get<std::string>();
  return {{"touch_id", hid("t_", 16, {joined})}};
}

RULE("attribution.touches") {
  const std::string subject = given.at("subject");
  const bool opens = get_or<bool>(given, "count_opens", false);
  std::map<std::string, TimeMs> earliest;
  for (const Json& each : given.at("touches")) {
    const auto kind = each.at("kind").get<std::string>();
    if (!attribution::is_touch(kind, get_or<std::string>(each, "class", ""), opens)) continue;
    const auto id = attribution::touch_id(subject, params(each, "click_ids"), get_or<std::string>(each, "message_id", ""),
                                          kind, get_or<std::string>(each, "record_id", ""));
    const TimeMs ts = each.at("ts");
    const auto known = earliest.emplace(id, ts).first;
    known->second = std::min(known->second, ts);
  }
  std::vector<attribution::JourneyTouch> touches;
  for (const auto& [id, ts] : earliest) touches.push_back(touch_at(id, ts));
  std::sort(touches.begin(), touches.end());
  Json list = Json::array();
  for (const auto& each : touches) list.push_back({each.id, each.ts_ms});
  return {{"touches", list}};
}

RULE("attribution.synthetic") {
  const SyntheticTable table = table_of(given);
  attribution::DealHeld held;
  if (const auto from = get_optional<std::string>(given, "stage_from")) held.value_cents = table.at(*from).value_cents;
  const std::string to = given.at("stage_to");
  const auto made = attribution::increment_of(table, held, {0, to, get_optional<std::int64_t>(given, "amount_cents")});
  return {{"value_cents", made.worth.value_cents},
          {"incremental_cents", made.value_cents},
          {"confidence_bp", made.worth.confidence_bp}};
}

RULE("attribution.deal") {
  const SyntheticTable table = table_of(given);
  attribution::DealHeld held;
  std::set<std::string> seen;
  Json results = Json::array();
  for (const Json& event : given.at("events")) {
    if (!seen.insert(event.at("event_id").get<std::string>()).second) {
      results.push_back({{"ignored", "duplicate"}});
      continue;
    }
    const std::string stage = harvest::stage_alias(event.at("stage_to").get<std::string>(), harvest::default_stage_aliases());
    const std::string currency = get_or<std::string>(event, "currency", "");
    const TimeMs at = event.at("event_ms");
    const auto made = attribution::increment_of(
        table, held, {at, stage, get_optional<std::int64_t>(event, "amount_cents"), currency});
    if (!made.ignored.empty()) {
      results.push_back({{"ignored", made.ignored}});
      continue;
    }
    held = {made.worth.value_cents, made.worth.cash_cents, at};
    results.push_back({{"value_cents", made.worth.value_cents},
                       {"incremental_cents", made.value_cents},
                       {"cash_delta_cents", made.cash_cents},
                       {"confidence_bp", made.worth.confidence_bp}});
  }
  return {{"results", results}, {"deal_value_cents", held.value_cents}};
}

RULE("attribution.credit") {
  const attribution::AttributionPolicy policy;
  const TimeMs t = given.at("conversion_ms");
  auto journey = touches_of(given.at("touches"));
  std::sort(journey.begin(), journey.end());
  const auto touches = attribution::credited_touches(journey, t, get_or<DurationMs>(given, "lookback_ms", policy.lookback_ms));
  const std::int64_t amount = given.at("amount_cents");
  if (touches.empty()) return {{"credits", Json::array({Json::array({"direct", amount})})}};
  const auto model = *enum_of<attribution::Model>(given.at("model").get<std::string>());
  const auto shares = get_or<attribution::Shares>(given, "share_bp", {});
  return {{"credits",
           pairs(touches, attribution::credit(model, touches, t, amount,
                                              get_or<DurationMs>(given, "half_life_ms", policy.half_life_ms), shares))}};
}

RULE("attribution.markov_credit") {
  const auto touches = touches_of(given.at("touches"));
  const std::int64_t amount = given.at("amount_cents");
  if (touches.empty()) return {{"credits", Json::array({Json::array({"direct", amount})})}};
  const auto shares = get_or<attribution::Shares>(given, "share_bp", {});
  return {{"credits", pairs(touches, attribution::credit(attribution::Model::markov, touches, 0, amount, 1, shares))}};
}

RULE("attribution.retract") {
  std::vector<attribution::JourneyTouch> order;
  std::map<std::string, std::int64_t> outstanding;
  for (const Json& each : given.at("outstanding")) {
    order.push_back(touch_at(each.at(0), static_cast<TimeMs>(order.size())));
    outstanding[order.back().id] = each.at(1);
  }
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return attribution::credit_order(a.ts_ms, a.id, b.ts_ms, b.id);
  });
  std::vector<std::int64_t> weights;
  for (const auto& each : order) weights.push_back(outstanding[each.id]);
  return {{"credits", pairs(order, attribution::retract(given.at("amount_cents"), weights))}};
}

RULE("attribution.ad_value") {
  std::vector<attribution::AdCredit> credits;
  for (const Json& each : given.at("credits")) credits.push_back({each.at("incremental_cents"), each.at("confidence_bp")});
  const auto value = attribution::ad_value(credits, get_or<std::int64_t>(given, "spend_cents", 0));
  return {{"pipeline_cents", value.pipeline_cents},
          {"roas_bp", value.roas_bp},
          {"avg_confidence_bp", value.avg_confidence_bp}};
}

RULE("attribution.revenue") {
  std::vector<attribution::RevenueRow> rows;
  for (const Json& each : given.at("rows"))
    rows.push_back({get_or<std::string>(each, "ad_id", ""),
                    each.contains("ad_account") ? get_or<std::string>(each, "ad_account", "") : "any",  // harmless where not told
                    each.at("deal_id"), each.at("event_id"), each.at("rev"), each.at("clicked_ms"),
                    each.at("pipeline_cents"), each.at("cash_cents")});
  Json emitted = Json::array();
  for (const auto& each : attribution::netted(rows))
    emitted.push_back({each.ad_id, each.deal_id, each.event_id, each.rev, each.pipeline_cents, each.cash_cents,
                       utc_date(each.clicked_ms)});
  return {{"emitted", emitted}};
}

RULE("attribution.roi") {
  std::int64_t cost = get_or<std::int64_t>(given, "ad_spend_cents", 0);
  const auto costs = get_or<std::map<std::string, std::int64_t>>(given, "cost_cents", {});
  for (const auto& [channel, sent] : get_or<std::map<std::string, std::int64_t>>(given, "sent", {}))
    if (const auto each = costs.find(channel); each != costs.end()) cost += sent * each->second;
  for (const Json& source : get_or<Json>(given, "sources", Json::array()))
    cost += get_or<std::int64_t>(source, "leads", 0) * get_or<std::int64_t>(source, "cost_per_lead_cents", 0);
  return {{"cost_cents", cost}, {"roi_bp", attribution::roi_bp(get_or<std::int64_t>(given, "cash_cents", 0), cost)}};
}

RULE("attribution.markov") {
  attribution::Transitions graph;
  for (const Json& each : given.at("paths")) {
    const auto path = each.at("path").get<Texts>();
    attribution::count_journey(graph, path, attribution::kConverted, get_or<std::int64_t>(each, "conversions", 0));
    attribution::count_journey(graph, path, attribution::kNull, get_or<std::int64_t>(each, "nulls", 0));
  }
  const auto result = attribution::markov(graph);
  return {{"conversion_bp", result.conversion_bp},
          {"removal_effect_bp", result.removal_effect_bp},
          {"share_bp", result.share_bp}};
}

RULE("attribution.credit_id") {
  const std::string model = given.at("model");
  return {{"credit_id", attribution::credit_id(given.at("tenant").get<std::string>(), given.at("deal_id").get<std::string>(),
                                               given.at("event_id").get<std::string>(), model,
                                               given.at("ref").get<std::string>(), given.at("rev"))}};
}

}  // namespace
}  // namespace millrace::conformance
