#include <algorithm>

#include "tests/conformance/conformance.h"
#include "topology/dispatch/auto_pause.h"
#include "topology/dispatch/circuit.h"
#include "topology/dispatch/hold.h"
#include "topology/dispatch/metrics.h"
#include "topology/dispatch/order.h"
#include "topology/dispatch/pipeline.h"
#include "topology/dispatch/policy.h"
#include "topology/dispatch/soft_bounce.h"
#include "topology/dispatch/status.h"
#include "topology/dispatch/task.h"
#include "topology/dispatch/warm_up.h"
#include "topology/outreach/bounce_class.h"
#include "topology/outreach/reasons.h"

#include "core/time.h"

namespace millrace::conformance {

using namespace dispatch;

namespace {

// The reservations of a case, seen by one intent.
class SentList final : public Reserved {
 public:
  SentList(const Json& sent, const Json& intent, TimeMs now) : sent_(sent), intent_(intent), now_(now) {}

  Counted counted(Scope scope, TimeMs after, std::int64_t max) override {
    std::vector<TimeMs> ts;
    for (const Json& s : sent_) {
      const TimeMs at = s.at("ts");
      if (scope == Scope::campaign_day ? utc_day(at) == utc_day(now_) : at > after)
        if (concerns(scope, s)) ts.push_back(at);
    }
    std::sort(ts.begin(), ts.end());
    Counted c{static_cast<std::int64_t>(ts.size()), 0};
    if (c.count >= max) c.freeing_ts = ts[static_cast<std::size_t>(c.count - max)];
    return c;
  }

 private:
  bool same(const Json& s, const char* name) const {
    const auto a = get_optional<std::string>(s, name), b = get_optional<std::string>(intent_, name);
    return a && b && *a == *b;
  }
  bool concerns(Scope scope, const Json& s) const {
    switch (scope) {
      case Scope::lead_cooldown:
      case Scope::lead_7d:
      case Scope::lead_total: return same(s, "lead") && same(s, "channel");
      case Scope::lead_any_24h: return same(s, "lead") && !same(s, "step");
      case Scope::url_24h: return same(s, "url");
      case Scope::domain_day: return same(s, "domain");
      case Scope::channel_hour:
      case Scope::channel_day: return same(s, "channel");
      case Scope::campaign_day: return same(s, "campaign");
      case Scope::global_day: return true;
      case Scope::operator_send: return get_or(s, "operator", false);
    }
    return false;
  }
  const Json& sent_;
  const Json& intent_;
  TimeMs now_;
};

}  // namespace

RULE("dispatch.limit") {
  const Json& intent = given.at("intent");
  const TimeMs now = given.at("now_ms");
  const auto channel = enum_of<Channel>(intent.at("channel").get<std::string>());
  if (!channel) return {{"allowed", false}, {"scope", "unknown_channel"}, {"retry_at_ms", nullptr}};
  Limits limits = LimitPolicy().of(*channel);
  const Json overrides = get_or(given, "limits", Json::object());
  for (const auto& [name, max] : overrides.items())
    if (const auto scope = enum_of<Scope>(name)) limits[index_of(*scope)] = max.get<std::int64_t>();
  const DispatchPolicy policy;
  const auto domain = get_optional<std::string>(intent, "domain");
  const bool shared = domain && std::find(policy.free_domains.begin(), policy.free_domains.end(), *domain) != policy.free_domains.end();
  const Json sent = get_or(given, "sent", Json::array());
  SentList reserved(sent, intent, now);
  const LimitVerdict v = check_limits({get_or(intent, "operator", false), get_optional<std::string>(intent, "url").has_value(),
                                       domain && !shared}, limits, now, reserved);
  if (!v.scope) return {{"allowed", true}, {"scope", nullptr}, {"retry_at_ms", nullptr}};
  return {{"allowed", false}, {"scope", name_of(*v.scope)}, {"retry_at_ms", v.retry_at_ms}};
}

namespace {

class State final : public Checks {
 public:
  explicit State(const Json& state) : s(state) {}
  bool seen() override { return get_or(s, "seen", false); }
  bool kill_switch() override { return get_or(s, "kill_switch", false); }
  CampaignIs campaign() override {
    return enum_of<CampaignIs>(get_or<std::string>(s, "campaign", "active")).value_or(CampaignIs::active);
  }
  bool channel_enabled() override { return get_or(s, "channel_enabled", true); }
  Consent consent() override {
    const auto own = get_optional<std::string>(s, "own_consent");
    return stricter(*enum_of<Consent>(get_or<std::string>(s, "consent", "UNKNOWN")),
                    own ? enum_of<Consent>(*own) : std::nullopt);
  }
  bool opt_in_country() override {
    const auto listed = DispatchPolicy().opt_in_countries;
    return std::find(listed.begin(), listed.end(), get_or<std::string>(s, "country", "")) != listed.end();
  }
  std::optional<SuppressReason> suppressed() override {
    std::optional<SuppressReason> first;
    for (const std::string& name : get_or(s, "suppressions", std::vector<std::string>()))
      if (const auto reason = enum_of<SuppressReason>(name))
        if (!first || *reason < *first) first = reason;
    return first;
  }
  bool block_listed() override { return get_or(s, "block_listed", false); }
  bool tagged_do_not_contact() override {
    const auto tags = get_or(s, "tags", std::vector<std::string>());
    return std::find(tags.begin(), tags.end(), "do_not_contact") != tags.end();
  }
  bool needs_review() override {
    return is_reviewed(get_or(s, "review_hold", false), get_or(s, "operator", false), get_or(s, "task", false));
  }
  std::string_view full_limit() override { return scope_ = get_or<std::string>(s, "limit", ""); }
  SenderIs sender() override {
    if (get_or(s, "circuit_open", false)) return SenderIs::down;
    return get_or(s, "warm_up_full", false) ? SenderIs::full : SenderIs::ready;
  }
  bool window_open() override { return get_or(s, "window_open", true); }
  std::string render() override {
    const std::string blocked = get_or<std::string>(s, "render", "");
    return blocked == "ok" ? "" : blocked;
  }
  bool live() override { return get_or(s, "armed", false) && !get_or(s, "dry_run", false); }

 private:
  const Json& s;
  std::string scope_;
};

}  // namespace

RULE("dispatch.pipeline") {
  State state(given.at("state"));
  const Decision d = decide(state);
  Json out = {{"result", name_of(d.result)}};
  if (d.result == Decision::Result::command)
    out["mode"] = d.live ? "live" : "dry_run";
  else
    out["reason"] = d.reason;
  return out;
}

RULE("dispatch.skip_reason") {
  const std::string reason = given.at("reason"), kind = get_or<std::string>(given, "kind", "");
  const std::string_view skipped = skip_reason(reason, kind);
  return {{"reason", skipped}, {"known", outreach::reason_row(skipped) != nullptr}};
}

namespace {

struct OrderRow {
  std::string message_id, reason, key;
  Priority priority;
  TimeMs until_ms, first_ms;
  QueuePlace place() const { return {priority, first_ms, message_id}; }
};

std::vector<OrderRow> due_in_order(const Json& given) {
  std::vector<OrderRow> rows;
  for (const Json& r : given.at("rows")) {
    OrderRow row{r.at("message_id"), get_or<std::string>(r, "reason", ""), get_or<std::string>(r, "key", ""),
                 priority_of(r.at("priority").get<std::string>()), r.at("until_ms"), r.at("first_ms")};
    if (row.until_ms <= given.at("now_ms").get<TimeMs>()) rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), [](const OrderRow& a, const OrderRow& b) {
    return place_key(a.place()) < place_key(b.place());
  });
  return rows;
}

}  // namespace

RULE("dispatch.order") {
  Json order = Json::array();
  for (const OrderRow& row : due_in_order(given)) order.push_back(row.message_id);
  return {{"order", order}};
}

RULE("dispatch.join") {
  const Json& intent = given.at("intent");
  const Priority priority = priority_of(intent.at("priority").get<std::string>());
  const Json& keys = intent.at("keys");
  for (const OrderRow& row : due_in_order(given)) {
    const auto needed = keys.find(std::string(scope_of(row.reason)));
    if (row.priority <= priority && needed != keys.end() && *needed == row.key) return {{"result", row.reason}};
  }
  return {{"result", "pass"}};
}

RULE("dispatch.defer") {
  DurationMs waited = 0;
  for (const Json& span : given.at("spans"))
    if (counts_as_waiting(span.at("reason").get<std::string>())) waited += span.at("ms").get<DurationMs>();
  return {{"waited_ms", waited}, {"too_long", waited >= get_or(given, "defer_max_ms", DispatchPolicy().defer_max_ms)}};
}

RULE("dispatch.hold") {
  const std::string message = given.at("message_id");
  if (!is_reviewed(get_or(given, "review_messages", false), get_or(given, "operator", false), get_or(given, "task", false)))
    return {{"hold_id", nullptr}, {"state", name_of(HoldState::none)}};
  HoldState state = HoldState::held;
  Json codes = Json::array();
  const Json events = get_or(given, "events", Json::array());
  for (const Json& event : events) {
    const std::string op = event.is_string() ? event.get<std::string>() : event.at("op").get<std::string>();
    codes.push_back(answer(state, op == "approve" ? HoldState::approved : HoldState::rejected) ? "ok" : "not_open");
  }
  return {{"hold_id", hold_id(message)}, {"state", name_of(state)}, {"codes", codes}};
}

RULE("dispatch.warm_up") {
  const auto channel = enum_of<Channel>(given.at("channel").get<std::string>());
  const std::string zone = get_or<std::string>(given, "tz", "UTC");
  const TimeMs reset = get_or<TimeMs>(given, "reset_ms", INT64_MIN);
  std::vector<std::int64_t> days;
  for (const TimeMs ts : given.at("sent_ms").get<std::vector<TimeMs>>())
    if (ts > reset) days.push_back(local_day(system_time_zones(), zone, ts));
  std::sort(days.begin(), days.end());
  std::optional<SendingDay> last;
  for (const std::int64_t day : days) last = SendingDay{day, day_number(last, day)};
  const std::int64_t n = day_number(last, local_day(system_time_zones(), zone, given.at("now_ms")));
  return {{"day", n}, {"limit", channel ? warm_up_limit(*channel, n, get_optional<std::int64_t>(given, "daily_cap")) : 0}};
}

RULE("dispatch.circuit") {
  const CircuitRules rules{get_or<std::int64_t>(given, "failures", CircuitRules().failures),
                           get_or<DurationMs>(given, "probe_ms", CircuitRules().probe_ms)};
  Circuit circuit;
  Json results = Json::array();
  int alerts = 0;
  for (const Json& event : given.at("events")) {
    const std::string op = event.at("op");
    const TimeMs at = event.at("at_ms");
    if (op == "ask") {
      const bool passes = circuit.passes(at);
      results.push_back(!passes ? "down" : circuit.open ? "probe" : "pass");
      if (passes) circuit.probed(at, rules);
    } else if ((op == "fail" ? circuit.failed(at, rules) : circuit.answered()) != Circuit::Change::none) {
      ++alerts;
    }
  }
  return {{"results", results}, {"alerts", alerts}};
}

RULE("dispatch.window") {
  const TimeMs now = given.at("now_ms");
  const std::string zone = get_or<std::string>(given, "tz", "UTC");
  Window window;
  if (const auto start = get_optional<std::string>(given, "start")) window.hours.start_min = minute_of_day(*start).value();
  if (const auto end = get_optional<std::string>(given, "end")) window.hours.end_min = minute_of_day(*end).value();
  if (const auto quiet = get_optional<std::vector<std::string>>(given, "quiet"))
    window.quiet = {minute_of_day(quiet->at(0)).value(), minute_of_day(quiet->at(1)).value()};
  if (const auto days = get_optional<std::vector<int>>(given, "days")) {
    window.days = 0;
    for (const int day : *days) window.days |= 1U << (day - 1);
  }
  if (get_or(given, "task", false)) return {{"open", true}, {"next_open_ms", now}};
  if (get_or(given, "operator", false)) window = window.quiet_only();
  const auto next = next_open(window, system_time_zones(), zone, now);
  return {{"open", next == now}, {"next_open_ms", next ? Json(*next) : Json()}};
}

RULE("dispatch.task") {
  Task task(given.at("deadline_ms"), get_or<DurationMs>(given, "grace_ms", DispatchPolicy().task_grace_ms));
  std::vector<std::string> facts, codes;
  for (const Json& event : given.at("events")) {
    const std::string op = event.at("op");
    bool good = true;
    if (op == "tick") task.tick(event.at("at_ms"), facts);
    if (op == "done") good = task.done(facts);
    if (op == "skip") good = task.skip(facts);
    if (op == "failed") good = task.failed(get_or<std::string>(event, "reason", "delivery_failed"), facts);
    codes.emplace_back(good ? "ok" : "not_open");
  }
  return {{"facts", facts}, {"codes", codes}};
}

RULE("dispatch.soft_bounce") {
  std::vector<TimeMs> first_ms;
  std::vector<std::string> seen;
  for (const Json& bounce : given.at("bounces")) {
    const std::string message = bounce.at("message_id");
    if (std::find(seen.begin(), seen.end(), message) != seen.end()) continue;
    seen.push_back(message);
    if (note_soft_bounce(first_ms, bounce.at("at_ms"))) return {{"suppressed_at_ms", bounce.at("at_ms")}};
  }
  return {{"suppressed_at_ms", nullptr}};
}

RULE("dispatch.status") {
  Status status = Status::pending;
  Json ignored = Json::array();
  std::size_t i = 0;
  for (const std::string& name : given.at("events").get<std::vector<std::string>>()) {
    const auto event = enum_of<StatusEvent>(name);
    const auto next = event ? next_status(status, *event) : std::nullopt;
    if (next)
      status = *next;
    else
      ignored.push_back(i);
    ++i;
  }
  return {{"status", name_of(status)}, {"ignored", ignored}};
}

RULE("dispatch.bounce_class") {
  const auto c = outreach::bounce_class(get_or<std::string>(given, "dsn_status", ""), get_or<std::int64_t>(given, "smtp_code", 0),
                                        get_or(given, "permanent", false));
  return {{"reason", c.reason}, {"hard", c.hard()}, {"retry", c.retry}};
}

namespace {
std::int64_t count_of(const Json& given, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto n = get_optional<std::int64_t>(given, name)) return *n;
  return 0;
}
}  // namespace

RULE("dispatch.metrics") {
  ChannelCounts c;
  c.sent = count_of(given, {"sent"});
  c.delivered = count_of(given, {"delivered"});
  c.bounced_hard = count_of(given, {"bounced_hard", "hard_bounces", "bounced"});
  c.opened = count_of(given, {"opened", "opens"});
  c.clicked = count_of(given, {"clicked", "clicks"});
  c.replied = count_of(given, {"replied", "replies", "human_replies"});
  c.complaints = count_of(given, {"complaints", "complained"});
  const ChannelMetrics m = channel_metrics(
      c, get_or(given, "cost_each_cents", default_cost_cents(get_or<std::string>(given, "channel", "email"))));
  return {{"delivery_bp", m.delivery_bp}, {"bounce_bp", m.bounce_bp},         {"open_bp", m.open_bp},
          {"click_bp", m.click_bp},       {"reply_bp", m.reply_bp},           {"complaint_bp", m.complaint_bp},
          {"efficiency_bp", m.efficiency_bp}, {"cost_cents", m.cost_cents}, {"cost_per_reply_cents", m.cost_per_reply_cents}};
}

RULE("dispatch.auto_pause") {
  CampaignCounts c;
  c.sent = count_of(given, {"sent"});
  c.delivered = count_of(given, {"delivered"});
  c.bounced_hard = count_of(given, {"bounced_hard", "hard_bounces", "bounced"});
  c.complaints = count_of(given, {"complaints", "complained"});
  c.replied = count_of(given, {"replied", "replies", "human_replies"});
  c.contacted = count_of(given, {"contacted"});
  c.lost = count_of(given, {"lost"});
  c.won = count_of(given, {"won"});
  c.qualified = count_of(given, {"qualified"});
  c.age_ms = get_or<DurationMs>(given, "age_ms", get_or<std::int64_t>(given, "age_days", 0) * kDayMs);
  const auto reasons = pause_reasons(c, get_optional<std::int64_t>(given, "target_clients"), get_or(given, "reply_rule", false));
  return {{"pause", !reasons.empty()}, {"reasons", reasons}};
}

}  // namespace millrace::conformance
