// Stage score: spec/score.md section 14 tells the shapes of the cases.
#include "tests/conformance/conformance.h"

#include <algorithm>
#include <unordered_set>

#include "core/fields.h"
#include "topology/harvest/contact.h"
#include "topology/policy/stage_groups.h"
#include "topology/score/deals.h"
#include "topology/score/dimensions.h"
#include "topology/score/email_check.h"
#include "topology/score/engagement.h"
#include "topology/score/follow_up.h"
#include "topology/score/grade.h"
#include "topology/score/lifecycle.h"
#include "topology/score/model.h"
#include "topology/score/policy.h"
#include "topology/score/qualify.h"
#include "topology/score/seniority.h"
#include "topology/score/signals.h"
#include "topology/score/tier.h"
#include "topology/score/words.h"

namespace millrace::conformance {
namespace {

using namespace score;
using Texts = std::vector<std::string>;

template <class T>
Json or_null(const std::optional<T>& v) {
  return v ? Json(*v) : Json(nullptr);
}
bool present(const Json& given, const char* name) { return given.contains(name) && !given.at(name).is_null(); }
std::string text_of(const Json& given, const char* name) { return text_or_empty(given, name); }

std::vector<Phrase> phrases_of(const Json& given, const char* name) {
  std::vector<Phrase> out;
  for (const auto& text : get_or<Texts>(given, name, {})) out.emplace_back(text);
  return out;
}
std::vector<CompanySize> sizes_of(const Json& given, const char* name) {
  IcpProfile profile;
  set_icp(profile, "sizes", get_or<Texts>(given, name, {}));
  return profile.sizes;
}
std::optional<CompanySize> lead_size(const Json& lead) {
  const auto label = get_optional<std::string>(lead, "company_size");
  return company_size(label ? std::optional<std::string_view>(*label) : std::nullopt,
                      get_optional<std::int64_t>(lead, "employee_count"));
}
Status status_of(const Json& given, const char* name) { return enum_of<Status>(given.at(name).get<std::string>()).value(); }

// budget, a timeline or pain points may be given as a flag or as a number.
std::int64_t number_of(const Json& given, const char* name) {
  if (!present(given, name)) return 0;
  const Json& v = given.at(name);
  if (v.is_boolean()) return v.get<bool>();
  if (v.is_array() || v.is_object()) return static_cast<std::int64_t>(v.size());
  return v.get<std::int64_t>();
}
bool known(const Json& given, const char* name) {
  return present(given, name) && given.at(name) != Json(false) && given.at(name) != Json("");
}

EngagementLog log_of(const Json& events, const EngagementRules& rules) {
  EngagementLog log;
  for (const Json& e : events) {
    const auto kind = enum_of<EngagementKind>(e.at("kind").get<std::string>());
    if (!kind || get_or(e, "machine", false)) continue;
    EngagementEvent event;
    event.kind = *kind;
    event.at_ms = e.at("at_ms");
    event.message_id = text_of(e, "message_id");
    event.url = text_of(e, "url");
    if (*kind == EngagementKind::replied) {
      if (text_of(e, "class") == "UNSUB" || text_of(e, "class") == "COMPLAINT") {  // as the fold takes such a reply
        log.opted_out = true;
        continue;
      }
      const auto reply = enum_of<ReplyClass>(text_of(e, "class"));
      if (!reply) continue;
      event.class_ = *reply;
    }
    log.add(std::move(event), rules);
  }
  return log;
}

EmailRules email_rules(const Json& given, std::unordered_set<std::string>& disposable) {
  for (const auto& domain : get_or<Texts>(given, "disposable", {})) disposable.insert(folded(domain));
  EmailRules rules{{}, &disposable, get_or(given, "block_free", false)};
  for (const auto& domain : get_or<Texts>(given, "competitors", {})) rules.competitors.push_back(folded(domain));
  return rules;
}
// A blank address is none.
std::optional<std::string> email_of(const Json& given) {
  auto email = get_optional<std::string>(given, "email");
  if (email && harvest::trimmed(*email).empty()) email.reset();
  return email;
}

CustomFields custom_fields(const Json& given) {
  CustomFields fields;
  if (!present(given, "custom_fields")) return fields;
  for (const auto& [name, each] : given.at("custom_fields").items()) {
    CustomField& field = fields[name];
    const auto type = get_or<std::string>(each, "type", "text");
    field.type = type == "integer" ? CustomField::Type::integer
                 : type == "boolean" ? CustomField::Type::boolean
                                     : CustomField::Type::text;
    field.points = get_or<std::int64_t>(each, "points", 0);
    for (const Json& value : each.value("icp_values", Json::array()))
      field.add_value(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return fields;
}
CustomValues custom_values(const Json& given) {
  CustomValues values;
  if (!present(given, "custom")) return values;
  for (const auto& [name, value] : given.at("custom").items()) {
    if (value.is_string()) values[name] = value.get<std::string>();
    if (value.is_boolean()) values[name] = value.get<bool>();
    if (value.is_number_integer()) values[name] = value.get<std::int64_t>();
  }
  return values;
}

SyntheticTable won_lost(const Json& given) {
  SyntheticTable table = SyntheticTable::service();
  table.won = get_or(given, "won", table.won);
  table.lost = get_or(given, "lost", table.lost);
  return table;
}

}  // namespace

RULE("score.size") { return {{"size_bp", size_bp(lead_size(get_or<Json>(given, "lead", Json::object())), sizes_of(given, "targets"))}}; }

RULE("score.industry") {
  return {{"industry_bp", industry_bp(Phrase(text_of(given, "industry")), phrases_of(given, "targets"))}};
}

RULE("score.location") {
  return {{"location_bp", location_bp(Phrase(text_of(given, "location")), phrases_of(given, "targets"))}};
}

RULE("score.revenue") {
  return {{"revenue_bp", revenue_bp(get_optional<std::int64_t>(given, "annual_revenue_cents"),
                                    get_optional<std::int64_t>(given, "revenue_min_cents"),
                                    get_optional<std::int64_t>(given, "revenue_max_cents"))}};
}

RULE("score.icp") {
  const Json lead = get_or<Json>(given, "lead", Json::object());
  const Json profile = get_or<Json>(given, "profile", Json::object());
  const auto size = size_bp(lead_size(lead), sizes_of(profile, "sizes"));
  const auto industry = industry_bp(Phrase(text_of(lead, "industry")), phrases_of(profile, "industries"));
  const auto revenue = revenue_bp(get_optional<std::int64_t>(lead, "annual_revenue_cents"),
                                  get_optional<std::int64_t>(profile, "revenue_min_cents"),
                                  get_optional<std::int64_t>(profile, "revenue_max_cents"));
  const auto location = location_bp(Phrase(text_of(lead, "location")), phrases_of(profile, "locations"));
  return {{"size_bp", size}, {"industry_bp", industry}, {"revenue_bp", revenue}, {"location_bp", location},
          {"icp_bp", icp_bp(size, industry, revenue, location, {})}};
}

RULE("score.title") {
  return {{"title_bp", title_bp(Phrase(text_of(given, "role")), phrases_of(given, "titles"))}};
}

RULE("score.seniority") {
  return {{"seniority_bp", seniority_bp(words(text_of(given, "role")), words(text_of(given, "job_level")))}};
}

RULE("score.signals") {
  return {{"signals_bp", signals_bp(SignalSet(get_or<Texts>(given, "signals", {})), kSignalPoints,
                                    custom_values(given), custom_fields(given))}};
}

RULE("score.opportunity") {
  const auto title = title_bp(Phrase(text_of(given, "role")), phrases_of(given, "titles"));
  const auto seniority = seniority_bp(words(text_of(given, "role")), words(text_of(given, "job_level")));
  const auto signals = signals_bp(SignalSet(get_or<Texts>(given, "signals", {})), kSignalPoints, custom_values(given),
                                  custom_fields(given));
  return {{"title_bp", title}, {"seniority_bp", seniority}, {"signals_bp", signals},
          {"opportunity_bp", opportunity_bp(title, seniority, signals, {})}};
}

RULE("score.intent") { return {{"intent_bp", intent_bp(SignalSet(get_or<Texts>(given, "signals", {})))}}; }

RULE("score.confidence") {
  const auto email = enum_of<EmailVerified>(text_of(given, "email_verified")).value_or(EmailVerified::unknown);
  return {{"confidence_bp", confidence_bp({known(given, "enrichment"), known(given, "company_size"),
                                           known(given, "linkedin"), email})}};
}

RULE("score.tier") {
  const auto score = get_optional<std::int64_t>(given, "score_bp");
  return {{"tier", score ? Json(name_of(tier(*score))) : Json(nullptr)}};
}

RULE("score.combined") {
  std::optional<ModelPart> model;
  if (present(given, "model"))
    model = ModelPart{get_or<std::int64_t>(given.at("model"), "weight_bp", kModelWeightBp), given.at("model").at("p_bp")};
  const auto c = combined(given.at("icp_bp"), given.at("opportunity_bp"), get_or<std::int64_t>(given, "engagement_bp", 0),
                          get_or<std::int64_t>(given, "weight_icp_bp", 5000),
                          get_or<std::int64_t>(given, "weight_engagement_bp", 1000), model);
  return {{"base_bp", c.base_bp}, {"bonus_bp", c.bonus_bp}, {"score_bp", c.score_bp},
          {"tier", name_of(tier(c.score_bp))}};
}

RULE("score.engagement") {
  const EngagementRules rules;
  const TimeMs now_ms = given.at("now_ms");
  EngagementLog log = log_of(get_or<Json>(given, "events", Json::array()), rules);
  log.trim(now_ms);
  const Engagement e = engagement(log, now_ms, rules);
  return {{"engagement_bp", e.total}, {"open_bp", e.open}, {"click_bp", e.click}, {"reply_bp", e.reply}};
}

RULE("score.grade") {
  const Readiness readiness{number_of(given, "budget") > 0, number_of(given, "timeline_months") >= 1,
                            number_of(given, "pain_points") >= 1};
  const Graded g = graded(get_optional<std::int64_t>(given, "score_bp"), readiness,
                          get_or<std::int64_t>(given, "engagement_bp", 0));
  return {{"grade", g.grade ? Json(name_of(*g.grade)) : Json(nullptr)}, {"fit_bp", or_null(g.fit_bp)},
          {"probability_bp", or_null(g.probability_bp)}, {"reasons", g.reasons}};
}

RULE("score.email_check") {
  const auto email = email_of(given);
  if (!email) return {{"reasons", {"missing_email"}}, {"result", "pass"}};
  std::unordered_set<std::string> disposable;
  const auto hits = email_hits(harvest::normal_email(*email), email_rules(given, disposable));
  return {{"reasons", hits}, {"result", summary(hits)}};
}

RULE("score.qualify") {
  const SignalSet signals(get_or<Texts>(given, "signals", {}));
  const auto email = email_of(given);
  std::unordered_set<std::string> disposable;
  const EmailRules rules = email_rules(given, disposable);
  const Candidate lead{get_optional<std::int64_t>(given, "score_bp"), email.has_value(), known(given, "other_address"),
                       known(given, "phone"), signals, intent_bp(signals)};
  const Qualified q = qualify(lead, {}, [&] { return email_hits(harvest::normal_email(*email), rules); });
  return {{"result", name_of(q.result)}, {"reasons", q.reasons}};
}

RULE("score.transition") {
  const Status from = status_of(given, "from");
  const auto trigger = enum_of<Trigger>(given.at("trigger").get<std::string>());
  const auto to = trigger ? transition(from, *trigger, get_or(given, "phone_known", false)) : std::nullopt;
  return {{"to", name_of(to.value_or(from))}, {"legal", to.has_value()}};
}

RULE("score.lifecycle") {
  Status status = Status::NEW;
  Json rejected = Json::array();
  const auto triggers = given.at("triggers").get<Texts>();
  for (std::size_t i = 0; i < triggers.size(); ++i) {
    const auto trigger = enum_of<Trigger>(triggers[i]);
    const auto to = trigger ? transition(status, *trigger) : std::nullopt;
    if (to) status = *to;
    else rejected.push_back(i);
  }
  return {{"status", name_of(status)}, {"rejected", rejected}};
}

RULE("score.deal") {
  const SyntheticTable table = won_lost(given);
  const StageGroups groups;
  std::vector<Deal> deals;
  Json triggers = Json::array();
  for (const Json& e : given.at("events")) {
    const std::string id = e.at("deal_id");
    auto deal = std::find_if(deals.begin(), deals.end(), [&](const Deal& d) { return d.deal_id == id; });
    if (deal == deals.end()) deal = deals.insert(deals.end(), Deal{id, "", 0, 0, std::nullopt, std::nullopt});
    deal->stage = e.at("stage_to");
    const auto trigger = deal_trigger(deals, id, table);
    triggers.push_back(trigger ? Json(name_of(*trigger)) : Json(nullptr));
  }
  return {{"triggers", triggers}, {"suspended", score::is_progressed(deals, {table, groups})}};
}

RULE("score.recapture") {
  const std::string reason = text_of(given, "reason"), source_type = text_of(given, "source_type");
  const bool recaptured = is_recaptured({status_of(given, "status"), reason, get_or<std::int64_t>(given, "lost_ms", 0),
                                         get_or<std::int64_t>(given, "captured_ms", 0), source_type});
  return {{"trigger", recaptured ? Json("recaptured") : Json(nullptr)}};
}

RULE("score.merge") {
  return {{"status", name_of(merged_status(status_of(given, "survivor"), status_of(given, "absorbed")))}};
}

RULE("score.next_action") {
  return {{"delay_ms", or_null(next_action(status_of(given, "status"), get_optional<std::int64_t>(given, "score_bp"),
                                           get_or<std::int64_t>(given, "attempts", 0)))}};
}

RULE("score.stop_follow_up") {
  const SyntheticTable table = won_lost(given);
  const StageGroups groups;
  FollowUp lead{status_of(given, "status"), false, get_optional<std::int64_t>(given, "last_contacted_ms"), false};
  for (const auto& tag : get_or<Texts>(given, "tags", {})) lead.do_not_contact |= tag == "do_not_contact";
  for (const auto& stage : get_or<Texts>(given, "stages", {})) {
    const auto group = group_of(stage, table, groups);
    lead.progressed |= group && is_progressed(*group);
  }
  const auto stop = stop_follow_up(lead, given.at("now_ms"));
  return {{"stop", stop.has_value()}, {"reason", or_null(stop)}};
}

RULE("score.model") {
  ModelArtifact model{given.at("intercept_micro"), given.at("weights_micro_per_bp")};
  const Json dims = get_or<Json>(given, "dims", Json::object());
  const auto z = model_z(model, [&](const std::string& name) { return get_optional<std::int64_t>(dims, name.c_str()); });
  return {{"z_micro", static_cast<std::int64_t>(z)}, {"p_bp", model_bp(z)}};
}

RULE("score.model_activate") {
  const auto check = check_artifact(given.at("artifact").get<std::string>(), text_of(given, "artifact_sha256"),
                                    get_optional<std::int64_t>(given, "weight_bp"));
  return {{"active", check.refused.empty()}, {"reason", check.refused.empty() ? Json(nullptr) : Json(check.refused)}};
}

RULE("score.outcome_model") {
  const Status status = status_of(given, "status");
  return {{"actual", or_null(outcome(status == Status::WON, status == Status::LOST, get_or(given, "contacted", false),
                                     get_optional<std::int64_t>(given, "predicted_bp")))}};
}

}  // namespace millrace::conformance
