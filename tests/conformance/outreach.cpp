// Conformance adapters of stage outreach: rule name -> pure function of topology/outreach.
#include <fstream>
#include <sstream>

#include "core/fields.h"
#include "tests/conformance/conformance.h"
#include "topology/outreach/campaign.h"
#include "topology/outreach/country.h"
#include "topology/outreach/experiment.h"
#include "topology/outreach/failure.h"
#include "topology/outreach/linkedin.h"
#include "topology/outreach/lower_case.h"
#include "topology/outreach/message_id.h"
#include "topology/outreach/policy.h"
#include "topology/outreach/render.h"
#include "topology/outreach/reply.h"
#include "topology/outreach/reply_effect.h"
#include "topology/outreach/restart.h"
#include "topology/outreach/schedule.h"
#include "topology/outreach/stop.h"

namespace millrace::conformance {

using namespace millrace::outreach;

namespace {

const std::map<std::string, std::string>& zone_country() {
  static const auto table = [] {
    std::map<std::string, std::string> zones;
    std::ifstream file("/usr/share/zoneinfo/zone.tab");
    for (std::string line; std::getline(file, line);) {
      if (line.empty() || line[0] == '#') continue;
      std::istringstream columns(line);
      std::string code, coordinates, zone;
      columns >> code >> coordinates >> zone;
      zones[zone] = code;
    }
    return zones;
  }();
  return table;
}

std::string text(const Json& given, const char* name) { return get_or<std::string>(given, name, ""); }

Json or_null(std::string_view value) { return value.empty() ? Json() : Json(std::string(value)); }
Json or_null(std::optional<std::int64_t> value) { return value ? Json(*value) : Json(); }

std::vector<std::string> channels_of(const Json& given) {
  return get_or<std::vector<std::string>>(given, "channels", OutreachPolicy{}.channels);
}
HasAddress addresses_of(const Json& given) {
  return [addresses = given.value("addresses", Json::object())](std::string_view channel) {
    const auto it = addresses.find(std::string(channel));
    return it != addresses.end() && it->is_string() && !it->get<std::string>().empty();
  };
}

const std::vector<std::int64_t>* days_of(const Json& given) {
  const auto& known = default_sequences();
  const auto found = known.find(text(given, "sequence"));
  return found == known.end() ? nullptr : &found->second;
}

}  // namespace

RULE("outreach.schedule") {
  const auto* days = days_of(given);
  if (!days) return {{"due_ms", nullptr}, {"reason", "invalid_sequence"}, {"error", "invalid_sequence"}};
  return {{"due_ms", due_times(*days, given.at("start_ms"))}};
}

RULE("outreach.next_step") {
  const auto* days = days_of(given);
  if (!days) return {{"send", false}, {"reason", "invalid_sequence"}};
  const NextStep next = next_step(*days, given.at("start_ms"), given.at("sent_steps"),
                                  get_or<std::int64_t>(given, "hold_until_ms", 0), given.at("now_ms"));
  Json out = {{"send", next.send}, {"reason", or_null(next.reason)}, {"due_ms", or_null(next.due_ms)}};
  if (next.step) out["step"] = next.step;
  return out;
}

RULE("outreach.shift") {
  return {{"start_ms", shifted_start(given.at("start_ms"), given.at("day"), given.at("commanded_ms"))}};
}

RULE("outreach.message_id") {
  const Json& step = given.at("step");
  return {{"message_id", message_id(text(given, "tenant"), text(given, "campaign_id"), text(given, "lead_id"),
                                    run_name(text(given, "sequence"), get_or<std::int64_t>(given, "run", 1)),
                                    step.is_string() ? step.get<std::string>() : std::to_string(step.get<std::int64_t>()),
                                    text(given, "channel"))}};
}

RULE("outreach.attempt") {
  Attempts attempts;
  for (const std::string reason : given.at("earlier")) count_command(attempts, reason);
  return {{"attempt", attempts.attempt}, {"retries", attempts.retries()}, {"rate_retries", attempts.window}};
}

RULE("outreach.linkedin") {
  const LinkedinStep step =
      linkedin_step(text(given, "status"), get_optional<std::int64_t>(given, "task_sent_ms"),
                    get_optional<std::int64_t>(given, "due_ms"), given.at("now_ms"), OutreachPolicy{}.linkedin_wait_ms);
  return {{"action", name_of(step.action)}, {"until_ms", or_null(step.until_ms)}};
}

RULE("outreach.country") {
  const auto code = country_of(text(given, "location"), text(given, "timezone"), top_level_domain(text(given, "email")),
                               zone_country(), default_country_names(), OutreachPolicy{}.generic_cc);
  return {{"country", code ? Json(*code) : Json()}};
}

RULE("outreach.campaign") {
  const std::string tenant = given.at("tenant");
  std::map<std::string, std::string> names;  // id -> name key
  Json results = Json::array();
  for (const Json& record : given.at("records")) {
    const auto verdict = judge_campaign(
        tenant, text(record, "campaign_id"), text(record, "name"),
        [&](std::string_view id) { return names.contains(std::string(id)); },
        [&](const std::string& key) {
          for (const auto& [id, name] : names)
            if (name == key) return id;
          return std::string();
        });
    if (verdict.error.empty()) {
      names[verdict.campaign_id] = campaign_name_key(text(record, "name"));
      results.push_back({{"campaign_id", verdict.campaign_id}});
    } else {
      results.push_back({{"error", verdict.error}});
    }
  }
  return {{"results", results}};
}

RULE("outreach.render") {
  const Json& vars = given.at("vars");
  const Rendered rendered = render(text(given, "template"), [&](std::string_view name) -> std::optional<std::string> {
    const auto it = vars.find(std::string(name));
    if (it == vars.end() || it->is_null()) return std::nullopt;
    return it->is_string() ? it->get<std::string>() : it->dump();
  });
  if (!rendered.blocked.empty()) return {{"blocked", rendered.blocked}};
  return {{"text", rendered.text}};
}

RULE("outreach.assign") {
  std::vector<std::int64_t> weights;
  for (const Json& variant : given.at("variants")) weights.push_back(variant.at("weight_bp"));
  const Assignment made =
      assign(get_or<std::int64_t>(given, "seed", 1), text(given, "experiment_id"), text(given, "lead_id"), weights);
  return {{"bucket", made.bucket},
          {"variant", made.variant < weights.size() ? given.at("variants")[made.variant].at("id") : Json()}};
}

RULE("outreach.success") {
  const Metric metric = *enum_of<Metric>(get_or<std::string>(given, "metric", "positive_reply"));
  const auto window = get_or<std::int64_t>(given, "window_ms", default_window(metric));
  const auto won = get_or<std::vector<std::string>>(given, "won", {"closed_won"});
  const auto exposure = get_optional<std::int64_t>(given, "exposure_ms");
  const std::string goal = text(given, "goal_stage");
  for (const Json& each : given.at("facts")) {
    const std::string kind = each.at("kind"), reply_class = text(each, "class"), stage = text(each, "stage_to");
    const MetricFact fact{kind == "reply"   ? MetricFact::Kind::reply
                          : kind == "click" ? MetricFact::Kind::click
                                            : MetricFact::Kind::stage,
                          reply_class, get_or(each, "machine", false), stage,
                          get_optional<std::int64_t>(each, "amount_cents"), each.at("at_ms")};
    if (exposure && counts(metric, fact, goal, won) && in_window(*exposure, fact.at_ms, window))
      return {{"success_at_ms", fact.at_ms}, {"value_cents", value_of(metric, fact)}};
  }
  return {{"success_at_ms", nullptr}, {"value_cents", 0}};
}

RULE("outreach.failure") {
  const ReasonRow* row = reason_row(text(given, "reason"));
  if (!row) return {{"error", "unknown_reason"}};
  const auto channels = channels_of(given);
  const FailureAction made =
      failure_action(*row, text(given, "channel"), get_or<std::int64_t>(given, "retries", 0),
                     get_or(given, "retry", true), channels, addresses_of(given));
  Json out = {{"action", name_of(made.action)}, {"side_effect", or_null(made.side_effect)}};
  if (made.action == Action::retry) out["policy"] = name_of(made.policy);
  if (made.action == Action::next_channel) out["channel"] = made.channel;
  return out;
}

RULE("outreach.fallback") {
  const auto channels = channels_of(given);
  const Json& outcomes = given.at("outcomes");
  const StepOutcome step = fall_back(channels, addresses_of(given), [&](std::string_view channel) {
    return get_or<std::string>(outcomes, std::string(channel).c_str(), "ok");
  });
  Json attempts = Json::array();
  for (const auto& [channel, outcome] : step.attempts) attempts.push_back({channel, outcome});
  return {{"status", step.status}, {"channel", or_null(step.channel)}, {"reason", or_null(step.reason)}, {"attempts", attempts}};
}

RULE("outreach.backoff") {
  const auto policy = enum_of<RetryPolicy>(text(given, "policy"));
  const Backoff made = backoff(*policy, get_or<std::int64_t>(given, "retry", 1), get_or<std::int64_t>(given, "seed", 1),
                               text(given, "message_id"), get_optional<std::int64_t>(given, "retry_after_ms"));
  Json out = {{"delay_ms", made.delay_ms}};
  if (made.jitter_bp) out["jitter_bp"] = made.jitter_bp;
  return out;
}

RULE("outreach.unreachable") {
  const auto channels = channels_of(given);
  return {{"action", name_of(reachable(channels, addresses_of(given), !text(given, "phone").empty(),
                                       get_or(given, "armed", false), get_or<std::int64_t>(given, "live_messages", 0)))}};
}

RULE("outreach.reply") {
  const Json headers = given.value("headers", Json::object());
  const std::string subject = text(given, "subject"), body = text(given, "body"), original = text(given, "original"),
                    submitted = text(headers, "auto_submitted"), report = text(headers, "report_type"),
                    status = text(given, "dsn_status"), action = text(given, "dsn_action");
  const Classified made = classify({.subject = subject,
                                    .body = body,
                                    .auto_submitted = submitted,
                                    .report_type = report,
                                    .dsn_status = status,
                                    .dsn_action = action,
                                    .original = original},
                                   ReplyRules{});
  return {{"class", name_of(made.kind)},
          {"confidence_bp", made.confidence_bp},
          {"reason", or_null(made.reason)},
          {"referral", made.referral}};
}

RULE("outreach.reply_effect") {
  const std::int64_t now = given.at("now_ms");
  const ReplyEffect made =
      reply_effect(*enum_of<ReplyKind>(text(given, "class")), get_or<std::int64_t>(given, "confidence_bp", 10'000),
                   text(given, "by") == "header", now, get_or<std::int64_t>(given, "hold_until_ms", 0));
  return {{"effect", name_of(made.effect)},
          {"trigger", or_null(made.trigger)},
          {"review", made.review},
          {"hold_until_ms", made.hold_until_ms ? Json(made.hold_until_ms) : Json()}};
}

RULE("outreach.stage_stop") {
  SyntheticTable table;
  table.won = get_or(given, "won", table.won);
  table.lost = get_or(given, "lost", table.lost);
  const bool stop = stops_sequence(text(given, "stage"), table, StageGroups{});
  return {{"stop", stop}, {"reason", stop ? Json("deal_progressed") : Json()}};
}

RULE("outreach.arm") {
  std::map<std::string, Json> restarted;
  const std::int64_t now = given.at("now_ms");
  for (const Json& lead : given.at("leads"))
    if (restarts_when_armed(get_or<std::int64_t>(lead, "live_messages", 0), get_or(lead, "stopped", false))) {
      const std::string id = lead.at("lead_id");
      restarted[id] = {id, get_or<std::int64_t>(lead, "run", 1) + 1, now};
    }
  Json rows = Json::array();
  for (const auto& [id, row] : restarted) rows.push_back(row);
  return {{"restarted", rows}};
}

}  // namespace millrace::conformance
