// Dispatch under everything at once: intents, answers of workers, opt-outs, switches, merges and time in any order. What it
// commands is held against a model of its own: a plain list of reservations and the words of spec/dispatch.md.
#include <map>
#include <set>

#include "core/time.h"
#include "tests/property/property.h"
#include "tests/unit/dispatch_desk.h"
#include "topology/dispatch/policy.h"

using namespace millrace;
using namespace millrace::test;

namespace {

class DispatchWorld {
 public:
  DispatchWorld() {
    desk.d.send("operator.campaign_defined", desk.op({{"name", "Autumn"}, {"max_per_day", 3}}), {.at_ms = desk.now});
    autumn_ = hid("cmp_", 12, {"acme", "autumn"});
    desk.arm("email");
    desk.arm("linkedin");
    desk.d.send("operator.channel_config", desk.op({{"channel", "email"}, {"settings", {{"provider", "smtp"}}},
                                                    {"limits", {{"channel_hour", 2}, {"channel_day", 4}, {"domain_day", 2}}}}), {.at_ms = desk.now});
  }

  void intend() {
    const std::string id = "m" + std::to_string(messages_.size());
    Message m;
    m.ask.lead = "l" + std::to_string(below(4));
    m.ask.channel = one_of(std::array{"email", "email", "linkedin", "phone_task"});
    m.ask.sequence = below(8) == 0 ? "task" : "s" + std::to_string(below(2));
    m.ask.step = std::to_string(below(3));
    m.ask.priority = one_of(std::array{"high", "medium", "low"});
    m.ask.campaign = below(3) ? desk.campaign : autumn_;
    m.ask.domain = one_of(std::array{"a.com", "b.com", "gmail.com"});
    m.ask.to = m.ask.lead + "@" + m.ask.domain;
    m.ask.from_operator = m.ask.sequence != "task" && below(6) == 0;
    m.ask.dry_run = below(8) == 0;
    messages_[id] = m;
    say_intent(id);
  }
  void again() {  // outreach tries a failed message once more, or says what it said
    const std::string id = any();
    if (id.empty()) return;
    Message& m = messages_[id];
    if (m.failed) {
      ++m.ask.attempt;
      m.failed = false;
    }
    say_intent(id);
  }
  void fact() {
    const std::string id = any();
    if (id.empty() || !messages_[id].commanded) return;
    const std::string type = one_of(std::array{"delivery.sent", "delivery.sent", "delivery.failed", "delivery.failed", "delivery.unknown",
                                               "delivery.delivered", "engagement.opened", "engagement.bounced", "engagement.complained"});
    Message& m = messages_[id];
    Json more = {{"lead_id", m.ask.lead}, {"attempt", m.commanded}, {"channel", m.ask.channel}};
    if (type == "delivery.failed") {
      const std::string reason = one_of(std::array{"delivery_failed", "delivery_failed", "rate_limited", "revoked", "expired", "content_rejected"});
      more["reason"] = reason;
      const bool comes_back = reason == "revoked" || reason == "expired";
      if (comes_back && (m.settled || m.unknown)) return;  // a worker says that instead of sending
      if (!m.arrived) {
        reserved_.erase({id, m.commanded});
        m.failed = !comes_back;
        if (comes_back && m.ask.attempt == m.commanded) ++m.ask.attempt;
      }
      m.settled = true;
    }
    m.arrived |= type != "delivery.sent" && type != "delivery.unknown";  // a later failure changes nothing
    story_ += std::to_string(desk.now) + " " + id + " " + type + " " + more.value("reason", "") + "\n";
    if (type == "engagement.bounced") more["dsn_status"] = "5.7.1";
    if (type == "engagement.complained") no_.insert(survivor(m.ask.lead));
    if (type == "delivery.sent") m.settled = true;
    if (type == "delivery.unknown") m.unknown = true;
    take(desk.fact(type, id, more));
  }
  void withdraw() {
    const std::string id = any();
    if (id.empty()) return;
    story_ += std::to_string(desk.now) + " withdraws " + id + "\n";
    take(desk.d.send("intent.withdrawn", {{"message_id", id}}, {.at_ms = desk.now}));
  }
  void opt_out() {
    if (below(3)) return;
    const std::string lead = "l" + std::to_string(below(4));
    no_.insert(survivor(lead));
    story_ += std::to_string(desk.now) + " unsubscribes " + lead + "\n";
    take(desk.d.send("engagement.unsubscribed", {{"lead_id", lead}, {"address_tokens", Json::array()}}, {.at_ms = desk.now}));
  }
  void merge() {
    const std::string from = survivor("l" + std::to_string(below(4))), into = survivor("l" + std::to_string(below(4)));
    if (from == into || below(2)) return;
    merged_[from] = into;
    if (no_.contains(from)) no_.insert(into);
    story_ += std::to_string(desk.now) + " merges " + from + " into " + into + "\n";
    take(desk.d.send("lead.merged", {{"survivor", into}, {"absorbed", {from}}}, {.at_ms = desk.now}));
  }
  void kill() {
    killed_ = !killed_;
    story_ += std::to_string(desk.now) + (killed_ ? " stops all\n" : " lets go\n");
    take(desk.d.send("operator.kill_switch", desk.op({{"on", killed_}, {"scope", "tenant"}, {"reason", "x"}}), {.at_ms = desk.now}));
  }
  void pause() {
    paused_ = !paused_;
    story_ += std::to_string(desk.now) + (paused_ ? " pauses\n" : " resumes\n");
    take(desk.d.send(paused_ ? "operator.campaign_paused" : "operator.campaign_resumed", desk.op({{"campaign_id", autumn_}}), {.at_ms = desk.now}));
  }
  void wait(DurationMs by) { take(desk.tick(desk.now + by)); }
  void wait() { wait(below(3) ? below(90) * 60'000 + 1 : below(30) * kHourMs); }

  // With nothing in the way everything that waits finds its turn, or has waited too long.
  void settle() {
    if (killed_) kill();
    if (paused_) pause();
    for (int hour = 0; hour < 24 * 20; ++hour) {
      wait(kHourMs);
      for (auto& [id, m] : messages_)
        if (m.commanded && !m.settled && !m.unknown) {
          m.settled = true;
          take(desk.fact("delivery.sent", id, {{"lead_id", m.ask.lead}, {"attempt", m.commanded}, {"channel", m.ask.channel}}));
        }
    }
    for (const auto& said : said_) must(answered_.contains(said), __LINE__);  // DI-2
  }

 private:
  struct Message {
    Ask ask;
    std::int64_t commanded = 0;  // the attempt of the last command
    bool settled = false, unknown = false, failed = false, arrived = false;
  };
  using Key = std::pair<std::string, std::int64_t>;  // message and attempt
  struct Reservation {
    TimeMs ts;
    Ask ask;
    std::string lead;
    bool live;
  };

  // Tells what happened where it matters only: a log of every assertion would be most of the time.
  void must(bool holds, int line) const {
    if (!holds) RC_FAIL(story_ + "line " + std::to_string(line));
  }
  std::string any() { return messages_.empty() ? "" : "m" + std::to_string(below(static_cast<int>(messages_.size()))); }
  std::string survivor(std::string lead) const {
    for (auto at = merged_.find(lead); at != merged_.end(); at = merged_.find(lead)) lead = at->second;
    return lead;
  }
  void say_intent(const std::string& id) {
    const Ask ask = messages_[id].ask;
    said_.insert({id, ask.attempt});
    story_ += std::to_string(desk.now) + " says " + id + ":" + std::to_string(ask.attempt) + " " + ask.channel + " " + ask.lead + " " + ask.sequence + "/" + ask.step +
              (ask.from_operator ? " operator" : "") + (ask.dry_run ? " dry_run" : "") + (ask.campaign == autumn_ ? " autumn" : "") + "\n";
    take(desk.intend(id, ask));
  }

  void take(const std::vector<Sent>& out) {
    RC_ASSERT(desk.d.last_verdict().kind != Verdict::Kind::dead_letter);
    for (const Sent& each : out) {
      if (each.type == "campaign.paused") {  // it pauses itself; an operator lets it go
        take(desk.d.send("operator.campaign_resumed", desk.op({{"campaign_id", each.data.at("campaign_id")}}), {.at_ms = desk.now}));
        continue;
      }
      if (each.type == "intent.result") {
        const Key key{each.data.at("message_id"), each.data.at("attempt")};
        story_ += std::to_string(desk.now) + "   " + key.first + ":" + std::to_string(key.second) + " " + Desk::result({each}) + "\n";
        if (each.data.at("result") != "DROPPED") must(answered_.insert(key).second, __LINE__);  // once
        else must(answered_.contains(key) || messages_[key.first].ask.attempt > key.second, __LINE__);
      }
      if (each.topic == "outreach.commands" && each.type != "command.revoked") commanded(each);
    }
  }
  void commanded(const Sent& sent) {
    const std::string id = sent.data.at("message_id");
    const std::int64_t attempt = sent.data.at("attempt");
    Message& m = messages_[id];
    must(commands_.insert({id, attempt}).second, __LINE__);  // DI-3
    must(!killed_, __LINE__);
    must(!(paused_ && m.ask.campaign == autumn_), __LINE__);
    const std::string lead = survivor(m.ask.lead);
    must(!no_.contains(lead), __LINE__);                     // DI-4
    const bool live = sent.data.at("mode") == "live";
    must(live == (!m.ask.dry_run && m.ask.channel != "phone_task"), __LINE__);  // what is armed
    const bool task = m.ask.sequence == "task";
    const std::int64_t day = utc_day(desk.now), minute = (desk.now - day * kDayMs) / 60'000;
    if (!task) must(minute < 21 * 60 && minute >= 8 * 60, __LINE__);
    if (!task && !m.ask.from_operator) must(minute >= 9 * 60 && minute < 18 * 60 && (day + 3) % 7 < 5, __LINE__);

    const auto count = [&](DurationMs window, const auto& concerns) {
      std::int64_t n = 0;
      for (const auto& [key, r] : reserved_) n += r.live == live && (window ? r.ts > desk.now - window : utc_day(r.ts) == day) && concerns(r);
      return n;
    };
    const auto same_lead = [&](const Reservation& r) { return survivor(r.lead) == lead; };
    const auto same_channel = [&](const Reservation& r) { return r.ask.channel == m.ask.channel; };
    const bool mail = m.ask.channel == "email";
    const std::int64_t week = mail ? 3 : 2, total = mail ? 8 : m.ask.channel == "linkedin" ? 2 : 4;
    if (!m.ask.from_operator) {
      const auto both = [&](const Reservation& r) { return same_lead(r) && same_channel(r); };
      must(count(kDayMs, both) < 1, __LINE__);
      must(count(7 * kDayMs, both) < week, __LINE__);
      must(count(365 * kDayMs, both) < total, __LINE__);
      must(count(kDayMs, [&](const Reservation& r) { return same_lead(r) && (r.ask.sequence != m.ask.sequence || r.ask.step != m.ask.step); }) < 1, __LINE__);
      if (mail && m.ask.domain != "gmail.com")
        must(count(kDayMs, [&](const Reservation& r) { return r.ask.channel == "email" && r.ask.domain == m.ask.domain; }) < 2, __LINE__);
    }
    must(count(kHourMs, same_channel) < (mail ? 2 : m.ask.channel == "linkedin" ? 10 : 20), __LINE__);
    must(count(kDayMs, same_channel) < (mail ? 4 : m.ask.channel == "linkedin" ? 10 : 50), __LINE__);
    must(count(0, [&](const Reservation& r) { return r.ask.campaign == m.ask.campaign; }) < (m.ask.campaign == autumn_ ? 3 : 1000), __LINE__);
    reserved_[{id, attempt}] = {desk.now, m.ask, m.ask.lead, live};
    m.commanded = attempt;
    m.settled = m.unknown = m.failed = m.arrived = false;
  }

  Desk desk;
  std::string autumn_;
  std::map<std::string, Message> messages_;
  std::map<Key, Reservation> reserved_;
  std::set<Key> said_, answered_, commands_;
  std::set<std::string> no_;
  std::map<std::string, std::string> merged_;
  bool killed_ = false, paused_ = false;
  std::string story_;
};

}  // namespace

TEST_SUITE("topology/dispatch") {
  TEST_CASE("DI-1 to DI-4: no order of intents, answers and switches sends over a limit, twice, or to who said no; all is answered") {
    holds([] {
      DispatchWorld world;
      const int steps = *rc::gen::inRange(1, 50);
      for (int i = 0; i < steps; ++i) {
        switch (below(20)) {
          case 0: case 1: case 2: case 3: case 4: case 5: world.intend(); break;
          case 6: world.again(); break;
          case 7: case 8: case 9: case 10: world.fact(); break;
          case 11: world.withdraw(); break;
          case 12: world.opt_out(); break;
          case 13: world.merge(); break;
          case 14: world.kill(); break;
          case 15: world.pause(); break;
          default: world.wait();
        }
      }
      world.settle();
    });
  }
}
