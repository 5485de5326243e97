// Adapters: rules of harvest that need no table.
#include <set>

#include "core/hash.h"
#include "core/time.h"
#include "tests/conformance/conformance.h"
#include "topology/harvest/consent.h"
#include "topology/harvest/contact.h"
#include "topology/harvest/csv.h"
#include "topology/harvest/dedupe.h"
#include "topology/harvest/enrich.h"
#include "topology/harvest/envelope.h"
#include "topology/harvest/fanout.h"
#include "topology/harvest/machine_click.h"
#include "topology/harvest/naming.h"
#include "topology/harvest/opt_out.h"
#include "topology/harvest/source_quality.h"
#include "topology/harvest/web.h"
#include "topology/topics.h"

namespace millrace::conformance {

using namespace millrace::harvest;

static Json or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

RULE("harvest.envelope") {
  // A text is the record's bytes; null is the null value of a Kafka record.
  const Json& record = given.at("record");
  const std::string bytes = record.is_null() ? std::string() : record.is_string() ? record.get<std::string>() : record.dump();
  const auto tenants = get_or<std::vector<std::string>>(given, "tenants", {});
  std::vector<OperatorKey> keys;
  for (const Json& key : get_or<Json>(given, "operator_keys", Json::array()))
    keys.push_back({text_or_empty(key, "key_id"), text_or_empty(key, "public_key"), get_optional<bool>(key, "revoked")});
  Door door;
  door.append_ms = get_or<std::int64_t>(given, "append_ms", 0);
  door.wall = get_or<std::string>(given, "clock", "wall") == "wall";
  door.tenants = tenants;
  door.keys = keys;
  wire::StrictJson json;
  Envelope envelope;
  const std::string reason = check_envelope(json, bytes, door, envelope);
  if (reason.empty()) return {{"accept", true}};
  return {{"accept", false}, {"reason", reason}};
}

RULE("harvest.time") {
  const auto ms = parse_rfc3339(text_or_empty(given, "time"));
  return {{"ms", ms ? Json(*ms) : Json(nullptr)}};
}
RULE("harvest.email") { return {{"email", or_null(normal_email(text_or_empty(given, "raw")))}}; }
RULE("harvest.phone") {
  return {{"phone", or_null(normal_phone(text_or_empty(given, "raw"), get_or<std::string>(given, "country_code", "1")))}};
}
RULE("harvest.linkedin") { return {{"linkedin", or_null(normal_linkedin(text_or_empty(given, "raw")))}}; }
RULE("harvest.url") {
  const auto site = normal_url(text_or_empty(given, "raw"));
  return {{"url", site ? Json(site->url) : Json(nullptr)}, {"domain", site ? Json(site->domain) : Json(nullptr)}};
}
RULE("harvest.click_params") {
  const ClickParams params = click_params(text_or_empty(given, given.contains("url") ? "url" : "raw"));
  return {{"click_ids", params.click_ids}, {"utm", params.utm}};
}
RULE("harvest.name") {
  const Names names = names_of(text_or_empty(given, "raw"), text_or_empty(given, "first_name"), text_or_empty(given, "last_name"));
  return {{"name", or_null(names.name)}, {"first_name", or_null(names.first_name)}};
}
RULE("harvest.stage_alias") { return {{"stage", stage_alias(text_or_empty(given, "raw"), default_stage_aliases())}}; }
RULE("harvest.prefixed_id") {
  return {{"id", or_null(prefixed_id(text_or_empty(given, "raw"), get_or<std::string>(given, "prefix", "api")))}};
}
RULE("harvest.click_id") {
  return {{"click_id", click_id_of(text_or_empty(given, "click_id"), get_or<Params>(given, "click_ids", {}), text_or_empty(given, "record_id"))}};
}

RULE("harvest.dedupe") {
  struct First {
    TimeMs ms;
    std::string hash;
  };
  std::map<std::vector<std::string>, First> seen;
  Json results = Json::array();
  for (const Json& record : given.at("records")) {
    std::string canonical;
    wire::append_canonical_text(canonical, Json::array({record.at("type"), record.at("data")}).dump());
    const std::string hash = sha256_hex(canonical);
    const TimeMs now_ms = record.at("now_ms");
    const std::vector<std::string> key{record.at("tenant"), record.at("source"), record.at("id")};
    const auto first = seen.find(key);
    const Seen verdict = judge_seen(first == seen.end() ? std::nullopt : std::optional(first->second.ms), first == seen.end() ? "" : first->second.hash,
                                    hash, now_ms, get_or<std::int64_t>(given, "dedupe_ms", 604'800'000));
    if (verdict == Seen::accept) seen[key] = {now_ms, hash};
    results.push_back(name_of(verdict));
  }
  return {{"results", results}};
}

static std::int64_t quality_of(const Json& source) {
  std::vector<Cohort> rows;
  for (const Json& row : get_or<Json>(source, "rows", Json::array())) rows.push_back({get_or<std::int64_t>(row, "conversions", 0), get_or<std::int64_t>(row, "leads", 0)});
  return source_quality({get_or<std::int64_t>(source, "conversion_bp", 500), get_or<std::int64_t>(source, "risk_bp", 5000),
                         get_or<std::int64_t>(source, "cost_per_lead_cents", 0)},
                        rows, get_or<std::int64_t>(source, "min_leads", 30));
}
RULE("harvest.source_quality") { return {{"quality_bp", quality_of(given)}}; }
RULE("harvest.source_action") {
  return {{"action", name_of(source_action(given.at("quality_bp"), get_or<std::int64_t>(given, "kill_bp", 2000), get_or<std::int64_t>(given, "pause_bp", 3000)))}};
}
RULE("harvest.source_rank") {
  std::vector<std::pair<std::string, std::int64_t>> sources;
  for (const Json& source : given.at("sources")) sources.emplace_back(source.at("name"), quality_of(source));
  rank_sources(sources);
  Json order = Json::array(), quality = Json::array();
  for (const auto& [name, bp] : sources) {
    order.push_back(name);
    quality.push_back(bp);
  }
  return {{"order", order}, {"quality_bp", quality}};
}
RULE("harvest.source_gate") {
  const Json sources = get_or<Json>(given, "sources", Json::object());
  const auto found = sources.find(source_name(text_or_empty(given, "lead_source")));
  const auto state = found == sources.end() ? std::nullopt : enum_of<SourceState>(get_or<std::string>(*found, "state", "active"));
  const auto reason = source_gate(state, found == sources.end() ? 0 : get_or<std::int64_t>(*found, "paused_until_ms", 0), get_or<std::int64_t>(given, "now_ms", 0));
  if (reason.empty()) return {{"accept", true}};
  return {{"accept", false}, {"reason", reason}};
}

RULE("harvest.consent") {
  ConsentState state;
  Json results = Json::array();
  for (const Json& event : given.at("events")) {
    const Consent level = enum_of<Consent>(text_or_empty(event, "consent")).value();
    const TimeMs captured_ms = get_or<std::int64_t>(event, "captured_ms", 0);
    const bool has_basis = !text_or_empty(event, "basis").empty();
    results.push_back(name_of(event.at("op") == "changed" ? change_consent(state, level, captured_ms, has_basis) : raise_consent(state, level, captured_ms)));
  }
  return {{"consent", name_of(state.level)}, {"results", results}};
}

RULE("harvest.campaign") {
  CampaignDefaults defaults;
  for (const auto& [source, id] : get_or<std::map<std::string, std::string>>(given, "defaults", {})) defaults[lower_case(trimmed(source))] = id;
  return {{"campaign_id", or_null(campaign_of(get_optional<std::string>(given, "campaign_id"), get_optional<std::string>(given, "lead_campaign_id"),
                                              text_or_empty(given, "lead_source"), defaults))}};
}

RULE("harvest.enrich") {
  const Json lead = get_or<Json>(given, "lead", Json::object());
  const auto has = [&](const char* name) { return lead.contains(name) && !lead.at(name).is_null() && lead.at(name) != ""; };
  const std::string verified = text_or_empty(lead, "email_verified");
  return {{"fields_wanted", enrich_fields({has("company_size") || has("employee_count"), has("industry"), has("email"), verified},
                                          get_optional<std::int64_t>(given, "last_ms"), get_or<std::int64_t>(given, "now_ms", 0),
                                          get_or<std::int64_t>(given, "ttl_ms", 2'592'000'000))}};
}

RULE("harvest.opt_out") {
  const auto email = get_optional<std::string>(given, "email");
  const auto consent = enum_of<Consent>(get_or<std::string>(given, "consent", "UNKNOWN"));
  const UnresolvedVerdict verdict =
      judge_unresolved(given.at("type").get<std::string>(), email && normal_email(*email), consent.value_or(Consent::unknown));
  Json out = {{"action", name_of(verdict.action)}};
  if (!verdict.reason.empty()) out["reason"] = verdict.reason;
  return out;
}

RULE("harvest.fanout") {
  static const TopicTable table = topics::make_table(1);
  Json names = Json::array();
  for (const TopicId topic : fanout_of(given.at("type").get<std::string>(), text_or_empty(given, "review_id"))) names.push_back(table[topic].name);
  return {{"topics", names}};
}

RULE("harvest.machine_click") {
  const MachineClickLimits limits{get_or<std::int64_t>(given, "machine_click_ms", 10'000), get_or<std::int64_t>(given, "machine_pair_ms", 2'000)};
  const std::string unsubscribe = text_or_empty(given, "unsubscribe_url");
  MessageClicks message;
  message.sent_ms = get_optional<std::int64_t>(given, "sent_ms");
  const Json& clicks = given.at("clicks");
  std::vector<bool> machine(clicks.size()), counted(clicks.size());
  std::map<std::int64_t, std::size_t> place;  // number of a click -> its index
  const auto decide = [&](TimeMs now_ms) {
    for (const DecidedClick& each : decide_clicks(message, now_ms, limits)) {
      machine[place[each.number]] = each.machine;
      counted[place[each.number]] = !each.machine;
    }
  };
  for (std::size_t i = 0; i < clicks.size(); ++i) {
    const std::string url = clicks[i].at("url");
    const TimeMs at_ms = clicks[i].at("at_ms");
    if (url == unsubscribe) continue;
    decide(at_ms - 1);
    ClickMark mark;
    mark.arrived_ms = mark.at_ms = at_ms;
    mark.machine = get_or<bool>(clicks[i], "machine", false);
    mark.url = url;
    if (const auto number = hold_click(message, mark)) place[*number] = i;
    else machine[i] = true;
  }
  decide(std::numeric_limits<TimeMs>::max());
  return {{"machine", machine}, {"counted", counted}};
}

static Json event_json(const CsvOutcome& row) {
  if (!row.event) return {{"error", row.error}};
  return {{"event", {{"id", row.event->id}, {"source", row.event->source}, {"type", row.event->type}, {"time_ms", row.event->time_ms}, {"data", Json::parse(row.event->data)}}}};
}
static CsvPlace place_of(const Json& given, const std::string& batch) {
  CsvPlace place;
  place.batch = batch;
  place.row = get_or<std::int64_t>(given, "n", 2);
  place.import_ms = get_or<std::int64_t>(given, "import_ms", 0);
  return place;
}
RULE("harvest.csv_row") {
  const std::string batch = text_or_empty(given, "batch");
  return event_json(csv_lead(csv_header(given.at("header")), given.at("row"), place_of(given, batch)));
}
RULE("harvest.csv_deal") {
  const std::string batch = text_or_empty(given, "batch");
  return event_json(csv_deal(csv_header(given.at("header")), given.at("row"), place_of(given, batch), default_stage_aliases()));
}
RULE("harvest.csv_file") {
  std::set<std::string> imported;
  Json imports = Json::array();
  for (const Json& file : given.at("files")) {
    const std::string text = file.at("text");
    const std::string batch = csv_batch(text);
    if (!imported.insert(batch).second) {
      imports.push_back({{"batch", batch}, {"error", "batch_already_imported"}, {"rows", 0}});
      continue;
    }
    CsvReader reader(text);
    std::vector<std::string> cells;
    reader.next(cells);
    const auto header = csv_header(cells);
    int rows = 0, success = 0;
    Json errors = Json::array();
    while (reader.next(cells)) {
      ++rows;
      CsvPlace place;
      place.batch = batch;
      place.row = reader.row();
      const CsvOutcome row = csv_lead(header, cells, place);
      if (row.event) ++success;
      else errors.push_back({reader.row(), row.error});
    }
    imports.push_back({{"batch", batch}, {"rows", rows}, {"success", success}, {"failed", rows - success}, {"errors", errors}});
  }
  return {{"imports", imports}};
}

}  // namespace millrace::conformance
