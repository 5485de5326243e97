#include "topology/simulation/answers.h"

#include <algorithm>
#include <array>

#include "core/chance.h"
#include "core/hash.h"
#include "topology/events/crm_events.h"

namespace millrace::simulation {

namespace {

constexpr DurationMs kSecondMs = 1000;

constexpr std::array<std::string_view, 3> kPositive = {"Sounds good, I am interested. Can we schedule a call?", "Yes, I'd love to learn more. Send me details.",
                                                       "Interested! When can we talk?"};
constexpr std::array<std::string_view, 3> kNegative = {"Not interested, thanks.", "No thanks, we already have a vendor.", "Not a fit for us, please move on."};
constexpr std::array<std::string_view, 2> kNeutral = {"Who are you with, again?", "Let me ask a colleague about this first."};
constexpr std::string_view kUnsubscribe = "Please unsubscribe me and remove me from your list.";

class World {
 public:
  World(std::int64_t seed, const SendCommand& command, TimeMs given_ms, std::int64_t quality_bp)
      : chance_(seed, "simulate.world", command.command_id), command_(command), at_(given_ms), quality_(quality_bp),
        token_(sha256_hex(command.command_id, 24)) {}

  void dry_run() {
    DeliveryFact e = delivery();
    e.provider = "dry_run";
    e.dry_run = true;
    put("delivery.sent", e, kSecondMs);
  }

  void mail() {
    if (happens(80)) {
      DeliveryFact e = delivery();
      e.smtp_code = 421;
      put("delivery.failed", e, after(kSecondMs, 5 * kSecondMs));
      return;
    }
    put("delivery.sent", delivery(), after(kSecondMs, 10 * kSecondMs));
    if (happens(400 - quality_ * 3 / 100)) return bounce();
    put("delivery.delivered", delivery(), after(5 * kSecondMs, 3 * kMinuteMs));
    if (happens(10)) return opt_out("engagement.complained", "feedback_loop");
    if (happens(60)) return opt_out("engagement.unsubscribed", "one_click");
    if (happens(2500 + quality_ / 3)) {
      engage("engagement.opened", after(10 * kMinuteMs, kDayMs));
      if (happens(500 + quality_ / 5)) engage("engagement.clicked", after(20 * kSecondMs, 10 * kMinuteMs));
    }
    if (happens(200 + quality_ * 8 / 100)) reply();
  }

  // What a person or a form worker does.
  void task(DurationMs at_most) {
    if (happens(500)) {
      DeliveryFact e = delivery();
      e.reason = command_.channel == "contact_form" ? "form_unreachable" : "task_skipped";
      put("delivery.failed", e, after(kMinuteMs, at_most));
      return;
    }
    put("delivery.sent", delivery(), after(kMinuteMs, at_most));
  }

  std::vector<Fact> take() { return std::move(facts_); }

 private:
  bool happens(std::int64_t bp) { return chance_.uniform(next_++, 0, 10'000) < bp; }
  // Later than what came before by so much.
  DurationMs after(DurationMs lo, DurationMs hi) { return chance_.uniform(next_++, lo, hi); }
  template <std::size_t N>
  std::string_view one_of(const std::array<std::string_view, N>& texts) {
    return texts[static_cast<std::size_t>(chance_.uniform(next_++, 0, N))];
  }

  template <class Event>
  void put(std::string_view type, const Event& e, DurationMs later) {
    at_ += later;
    facts_.push_back(fact_of(type, e, "world-" + token_ + "-" + std::to_string(facts_.size()), command_.tenant, at_));
  }

  DeliveryFact delivery() const {
    DeliveryFact e;
    e.lead_id = command_.lead_id;
    e.message_id = command_.message_id;
    e.attempt = command_.attempt;
    e.channel = command_.channel;
    e.provider = "simulated";
    e.provider_message_id = "sim-" + token_;
    e.sender_id = command_.sender_id;
    e.dry_run = false;
    return e;
  }
  EngagementFact engagement() const {
    EngagementFact e;
    e.lead_id = command_.lead_id;
    e.message_id = command_.message_id;
    return e;
  }

  void engage(std::string_view type, DurationMs later) {
    EngagementFact e = engagement();
    if (type == "engagement.clicked") e.url = "https://example.com/book";
    put(type, e, later);
  }
  void opt_out(std::string_view type, std::string_view method) {
    EngagementFact e = engagement();
    e.method = method;
    put(type, e, after(10 * kMinuteMs, kDayMs));
  }
  void bounce() {
    EngagementFact e = engagement();
    const bool soft = happens(3000);
    e.dsn_status = soft ? "4.2.2" : "5.1.1";
    e.smtp_code = soft ? 452 : 550;
    e.permanent = !soft;
    put("engagement.bounced", e, after(kMinuteMs, kHourMs));
  }
  void reply() {
    EngagementFact e = engagement();
    e.channel = command_.channel;
    e.provider = "simulated";
    e.subject = "Re: your message";
    const DurationMs later = after(kHourMs, 2 * kDayMs);
    if (happens(800)) {
      e.subject.reset();
      e.method = "reply";
      return put("engagement.out_of_office", e, later);
    }
    e.headers = {{"in_reply_to", command_.message_id}};
    e.body = happens(quality_ * 7 / 10) ? one_of(kPositive) : happens(5000) ? one_of(kNegative) : happens(7000) ? one_of(kNeutral) : kUnsubscribe;
    put("engagement.replied", e, later);
  }

  Chance chance_;
  std::uint64_t next_ = 0;
  const SendCommand& command_;
  TimeMs at_;
  std::int64_t quality_;
  std::string token_;
  std::vector<Fact> facts_;
};

}  // namespace

std::vector<Fact> answers_to(std::int64_t seed, std::string_view type, const SendCommand& command, TimeMs given_ms, std::int64_t quality_bp) {
  World world(seed, command, given_ms, quality_bp);
  if (command.mode != "live") world.dry_run();
  else if (type == "email.send") world.mail();
  else if (type == "form.submit") world.task(10 * kMinuteMs);
  else world.task(2 * kDayMs);
  return world.take();
}

}  // namespace millrace::simulation
