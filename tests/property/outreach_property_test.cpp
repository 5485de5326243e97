// Outreach between a dispatch that answers as it likes, workers, people and time: what must hold whatever comes in which order.
//
//   one step at a time; days between steps are never cut; a stopped run never speaks again; an attempt is asked for once.
#include <map>
#include <set>

#include "tests/property/property.h"
#include "tests/unit/outreach_scene.h"

using namespace millrace;
using namespace millrace::test;

namespace {

class OutreachWorld {
 public:
  OutreachWorld() {
    s.arm(0);
    s.tick(1);
  }

  void profile() {
    const std::string id = lead();
    Person p;
    if (below(4)) p.email = id + "@x.com";
    if (below(2)) p.linkedin = "linkedin.com/in/" + id;
    if (below(2)) p.phone = "+14155550132";
    p.linkedin_status = one_of(std::array{"", "requested", "connected", "declined"});
    if (below(12) == 0) p.consent = "DNC";
    if (p.consent == "DNC") stop(id);
    note("profile of " + id + " " + p.email + " " + p.linkedin + " " + p.linkedin_status + " " + p.phone + " " + p.consent);
    take(s.profile(id, p, now_));
  }
  void route() {
    const std::string id = lead();
    note("routes " + id);
    take(s.route(id, now_));
  }
  void answer() {
    const std::string id = any(&Message::in_dispatch);
    if (id.empty()) return;
    Message& m = messages_[id];
    const int what = below(6);
    if (m.withdrawn || what == 0) {
      const std::string reason = m.withdrawn ? "withdrawn" : one_of(std::array{"address_suppressed", "channel_disabled", "deferred_too_long", "no_consent", "campaign_completed"});
      m.in_dispatch = false;
      m.over = true;
      note(id + " SKIPPED " + reason);
      if (reason == "no_consent" || reason == "campaign_completed") stop_run(m);
      take(s.skipped(m.intent, reason, now_));
    } else if (what == 1) {
      note(id + " DROPPED");
      take(s.answer(m.intent, "DROPPED", "duplicate", now_, false));
    } else {
      m.in_dispatch = false;
      m.with_worker = true;
      const std::string step = m.intent.data.at("step");
      // A connection request is not the step yet, and one that comes back after the next step began moves nothing.
      if (m.step && m.step == steps_[m.run] && !step.ends_with("/connect")) commanded_[m.run] = {m.step, now_};
      note(id + " COMMANDED");
      take(s.commanded(m.intent, now_));
    }
  }
  void worker() {
    const std::string id = any(&Message::with_worker);
    if (id.empty()) return;
    Message& m = messages_[id];
    const std::string type = one_of(std::array{"delivery.sent", "delivery.sent", "delivery.failed", "delivery.failed", "delivery.unknown"});
    Json more = Json::object();
    m.with_worker = false;
    m.came_back.clear();
    if (type == "delivery.failed") {
      const std::string reason = m.withdrawn ? "revoked" : one_of(std::array{"delivery_failed", "mailbox_full", "rate_limited", "expired", "bounce_hard", "content_rejected", "complaint"});
      more["reason"] = reason;
      if (below(3) == 0) more["permanent"] = true;
      m.came_back = reason;
      if (reason == "complaint") stop(m.lead);
    }
    note(id + " " + type + " " + more.dump());
    const Sent told = m.intent;
    if (m.came_back == "revoked" || m.came_back == "expired") {  // it is in dispatch's queue again
      m.intent.data["attempt"] = ++m.attempt;
      m.in_dispatch = true;
    }
    take(s.fact(type, told, more, now_));
  }
  void reply() {
    const std::string id = lead();
    const int what = below(4);
    const std::string text = std::array{"sounds good", "not interested", "I am out of the office", "unsubscribe"}[static_cast<std::size_t>(what)];
    if (what == 2) {
      for (auto& [run, hold] : holds_)
        if (run.starts_with(id + "/")) hold = std::max(hold, now_ + 7 * kDay);
    } else {
      stop(id);
    }
    note(id + " replies " + text);
    take(s.reply(id, text, "", "u" + std::to_string(++replies_), now_));
  }
  void deal() {
    const std::string id = lead(), stage = one_of(std::array{"lead", "show_up", "mystery"});
    if (stage == "show_up") stop(id);
    note("deal of " + id + " at " + stage);
    take(s.lead("crm.stage_changed", id, {{"deal_id", "d"}, {"stage_to", stage}, {"currency", "USD"}}, now_));
  }
  void escalate() {
    const std::string id = lead();
    note("escalates " + id);
    take(s.lead("lead.escalated", id, {{"group", "contact"}, {"severity", below(2) ? "high" : "critical"}, {"stage", "show_up"}, {"in_stage_ms", 1}}, now_));
  }
  void sweep() {
    note("sweep");
    take(s.all("control.sweep", {{"stage", "outreach"}, {"batch", 1}}, now_));
  }
  void wait() {
    now_ += below(3) ? below(48) * kHourMs + 1 : below(9) * kDay;
    note("tick");
    take(s.tick(now_));
  }

 private:
  struct Message {
    Sent intent;
    std::string lead, run, came_back;
    std::int64_t attempt = 0;
    int step = 0;  // of its sequence; 0: a task
    int after_transport = 0;
    bool in_dispatch = false, with_worker = false, withdrawn = false, over = false;
  };

  std::string lead() { return "ld_" + std::to_string(below(2)); }
  std::string any(bool Message::*is) {
    std::vector<std::string> ids;
    for (const auto& [id, m] : messages_)
      if (m.*is) ids.push_back(id);
    return ids.empty() ? "" : ids[static_cast<std::size_t>(below(static_cast<int>(ids.size())))];
  }
  void note(const std::string& what) { story_ += std::to_string(now_) + " " + what + "\n"; }
  void must(bool holds, int line) const {
    if (!holds) RC_FAIL(story_ + "line " + std::to_string(line));
  }
  // Every run of the lead that has spoken is over.
  void stop(const std::string& id) {
    for (const auto& [run, hold] : holds_)
      if (run.starts_with(id + "/")) stopped_.insert(run);
  }
  void stop_run(const Message& m) {
    if (m.step) stopped_.insert(m.run);
  }

  void take(std::vector<Sent> out) {
    must(s.d.last_verdict().kind != Verdict::Kind::dead_letter, __LINE__);
    for (std::vector<Sent> more = s.d.deliver(out); !more.empty(); more = s.d.deliver(more)) out.insert(out.end(), more.begin(), more.end());
    for (const Sent& each : out) {
      if (each.type == "intent.withdrawn") messages_.at(each.data.at("message_id")).withdrawn = true;
      if (each.type == "message.intent") asked(each);
    }
  }
  void asked(const Sent& intent) {
    const std::string id = intent.data.at("message_id"), sequence = intent.data.at("sequence");
    note("  -> " + id + ":" + intent.data.at("attempt").dump() + " " + sequence + "/" + intent.data.at("step").get<std::string>() + " " + intent.data.at("channel").get<std::string>());
    Message& m = messages_[id];
    must(intent.data.at("attempt") == m.attempt + 1, __LINE__);  // once each, in order
    must(!m.in_dispatch && !m.with_worker && !m.withdrawn, __LINE__);
    if (m.came_back == "delivery_failed") must(++m.after_transport <= 3, __LINE__);
    if (m.attempt > 0) must(m.came_back == "delivery_failed" || m.came_back == "mailbox_full" || m.came_back == "rate_limited", __LINE__);
    m.came_back.clear();
    m.intent = intent;
    m.attempt = intent.data.at("attempt");
    m.lead = intent.data.at("lead_id");
    m.run = m.lead + "/" + sequence;
    m.step = sequence == "task" ? 0 : std::stoi(intent.data.at("step").get<std::string>());
    m.in_dispatch = true;
    if (m.step == 0) return;
    must(!stopped_.contains(m.run), __LINE__);  // OR-2
    for (const auto& [other, each] : messages_)  // OR-1
      if (other != id && each.lead == m.lead && each.step) must(!each.in_dispatch || each.withdrawn, __LINE__);
    TimeMs& hold = holds_.try_emplace(m.run, 0).first->second;
    int& last = steps_[m.run];
    must(m.step >= last, __LINE__);
    if (m.step > last) {
      must(now_ >= hold, __LINE__);
      // SQ-2: the clock of the sequence stands while its message waits.
      static constexpr std::array<int, 3> days = {0, 2, 5};
      if (const auto at = commanded_.find(m.run); at != commanded_.end())
        must(now_ >= at->second.second + (days[static_cast<std::size_t>(m.step - 1)] - days[static_cast<std::size_t>(at->second.first - 1)]) * kDay, __LINE__);
    }
    last = m.step;
  }

  Scene s;
  TimeMs now_ = 1;
  std::map<std::string, Message> messages_;
  std::map<std::string, TimeMs> holds_;             // of runs that have spoken: lead/sequence#run
  std::map<std::string, int> steps_;                // the newest step of a run
  std::map<std::string, std::pair<int, TimeMs>> commanded_;  // step and time of a run's last command
  std::set<std::string> stopped_;
  int replies_ = 0;
  std::string story_;
};

}  // namespace

TEST_SUITE("topology/outreach") {
  TEST_CASE("OR-1 and OR-2: one step at a time on its day, each attempt once, and nothing more of a run that was stopped") {
    holds([] {
      OutreachWorld world;
      const int steps = *rc::gen::inRange(1, 60);
      for (int i = 0; i < steps; ++i) {
        switch (below(18)) {
          case 0: case 1: case 2: world.profile(); break;
          case 3: case 4: world.route(); break;
          case 5: case 6: case 7: case 8: world.answer(); break;
          case 9: case 10: case 11: world.worker(); break;
          case 12: world.reply(); break;
          case 13: below(2) ? world.deal() : world.escalate(); break;
          case 14: world.sweep(); break;
          default: world.wait();
        }
      }
    });
  }
}
