#include <doctest/doctest.h>

#include "core/fields.h"
#include "topology/score/follow_up.h"
#include "topology/score/lifecycle.h"

using namespace millrace;
using namespace millrace::score;

namespace {
template <class F>
void for_all(F f) {
  for (std::size_t s = 0; s < kStatuses; ++s)
    for (std::size_t t = 0; t < kTriggers; ++t) f(static_cast<Status>(s), static_cast<Trigger>(t));
}
std::size_t legal_from(Trigger t) {
  std::size_t n = 0;
  for (std::size_t s = 0; s < kStatuses; ++s) n += transition(static_cast<Status>(s), t).has_value();
  return n;
}
}  // namespace

TEST_SUITE("topology/score") {
  TEST_CASE("LC-1: each trigger is legal from exactly the statuses that the table lists") {
    const std::map<std::string, std::size_t> expected = {
        {"enriched", 1},        {"enrichment_timeout", 1}, {"qualified", 2},  {"rejected", 2},      {"review_required", 1},
        {"review_approved", 1}, {"review_rejected", 2},    {"routed", 1},     {"sent", 5},          {"replied", 9},
        {"replied_negative", 7}, {"unreachable", 6},       {"sequence_exhausted", 2}, {"silent_timeout", 1},
        {"deal_won", 12},       {"deal_lost", 7},          {"recaptured", 1}, {"unsubscribed", 9},  {"complained", 10},
        {"dnc", 10},            {"merged", 12},            {"erased", 13},    {"reopened", 2}};
    CHECK(expected.size() == kTriggers);
    for (const auto& [name, count] : expected) {
      CAPTURE(name);
      CHECK(legal_from(enum_of<Trigger>(name).value()) == count);
    }
  }

  TEST_CASE("LC-2: nothing leaves ERASED, and only erasure leaves MERGED") {
    for_all([](Status s, Trigger t) {
      if (s == Status::ERASED) CHECK_FALSE(transition(s, t));
      if (s == Status::MERGED) CHECK(transition(s, t).has_value() == (t == Trigger::erased));
    });
  }

  TEST_CASE("An opt-out is lifted by no reply: only a won deal moves it on") {
    for_all([](Status s, Trigger t) {
      if (s != Status::SUPPRESSED || !transition(s, t)) return;
      CHECK((t == Trigger::deal_won || t == Trigger::merged || t == Trigger::erased));
    });
    CHECK(transition(Status::UNSUBSCRIBED, Trigger::complained) == Status::SUPPRESSED);
    CHECK_FALSE(transition(Status::SUPPRESSED, Trigger::unsubscribed));
  }

  TEST_CASE("A lead with a phone is never unreachable") {
    CHECK(transition(Status::ROUTED, Trigger::unreachable) == Status::INVALID);
    CHECK_FALSE(transition(Status::ROUTED, Trigger::unreachable, true));
    CHECK_FALSE(transition(Status::REPLIED, Trigger::unreachable));
  }

  TEST_CASE("LC-3: triggers of one record act in the order of the enum") {
    CHECK(Trigger::erased < Trigger::merged);
    CHECK(Trigger::merged < Trigger::complained);
    CHECK(Trigger::complained < Trigger::dnc);
    CHECK(Trigger::dnc < Trigger::unsubscribed);
    CHECK(Trigger::unsubscribed < Trigger::unreachable);
    CHECK(Trigger::unreachable < Trigger::replied);
    CHECK(Trigger::replied_negative < Trigger::enriched);
  }

  TEST_CASE("A merge keeps the higher rank, opt-outs above all, a tie the survivor's") {
    for_all([](Status a, Trigger) {
      CHECK(merged_status(a, a) == a);
      if (a != Status::MERGED && a != Status::ERASED) {
        CHECK(merged_status(a, Status::SUPPRESSED) == Status::SUPPRESSED);
        CHECK(merged_status(Status::SUPPRESSED, a) == Status::SUPPRESSED);
      }
    });
    CHECK(merged_status(Status::LOST, Status::INVALID) == Status::LOST);
    CHECK(merged_status(Status::INVALID, Status::LOST) == Status::INVALID);
    CHECK(merged_status(Status::UNSUBSCRIBED, Status::WON) == Status::UNSUBSCRIBED);
    CHECK(merged_status(Status::ROUTED, Status::LOST) == Status::ROUTED);
    CHECK(merged_status(Status::REPLIED, Status::CONTACTED) == Status::REPLIED);
    CHECK(merged_status(Status::ERASED, Status::WON) == Status::ERASED);
  }

  TEST_CASE("Only a direct or referred capture after a mild loss brings a lead back") {
    const auto recaptured = [](Status status, std::string_view reason, std::int64_t lost, std::int64_t captured, std::string_view source) {
      return is_recaptured({status, reason, lost, captured, source});
    };
    CHECK(recaptured(Status::LOST, "sequence_exhausted", 1, 2, "direct"));
    CHECK_FALSE(recaptured(Status::LOST, "sequence_exhausted", 2, 2, "direct"));
    CHECK_FALSE(recaptured(Status::LOST, "replied_negative", 1, 2, "direct"));
    CHECK_FALSE(recaptured(Status::LOST, "silent", 1, 2, "portal"));
  }

  TEST_CASE("The next look depends on status, score and attempts") {
    CHECK(next_action(Status::NEW, std::nullopt, 0) == 300'000);
    CHECK(next_action(Status::ENRICHED, std::nullopt, 0) == 3'600'000);
    CHECK(next_action(Status::ENRICHED, 0, 0) == 360 * 60'000);
    CHECK(next_action(Status::ENRICHED, 9166, 0) == 30 * 60'000);  // floor(30.02)
    CHECK(next_action(Status::ENRICHED, 9139, 0) == 30 * 60'000);  // floor(30.99)
    CHECK(next_action(Status::ENRICHED, 9138, 0) == 31 * 60'000);
    CHECK(next_action(Status::CONTACTED, 5000, 1) == 3 * kDayMs);
    CHECK(next_action(Status::CONTACTED, 5000, 2) == 7 * kDayMs);
    CHECK(next_action(Status::REPLIED, 5000, 2) == kDayMs);
    CHECK(next_action(Status::LOST, 5000, 2) == std::nullopt);
  }

  TEST_CASE("Follow-up stops in the order terminal, replied, do_not_contact, silent") {
    CHECK(stop_follow_up({Status::WON, true}, 0) == "terminal");
    CHECK(stop_follow_up({Status::REPLIED, true}, 0) == "replied");
    CHECK(stop_follow_up({Status::CONTACTED, true, 0}, 90 * kDayMs) == "do_not_contact");
    CHECK(stop_follow_up({Status::CONTACTED, false, 0}, 30 * kDayMs) == std::nullopt);
    CHECK(stop_follow_up({Status::CONTACTED, false, 0}, 30 * kDayMs + 1) == "silent");
    CHECK(stop_follow_up({Status::CONTACTED, false, 0, true}, 90 * kDayMs) == std::nullopt);
    CHECK(stop_follow_up({Status::CONTACTED, false, std::nullopt}, 90 * kDayMs) == std::nullopt);
  }
}
