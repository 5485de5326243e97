#include <doctest/doctest.h>

#include "topology/score/engagement.h"

using namespace millrace;
using namespace millrace::score;

namespace {
using Kind = EngagementKind;
EngagementEvent event(Kind kind, TimeMs at_ms, std::string message = "m", std::string url = "",
                      ReplyClass reply = ReplyClass::neutral) {
  EngagementEvent e;
  e.kind = kind;
  e.at_ms = at_ms;
  e.message_id = std::move(message);
  e.url = std::move(url);
  e.class_ = reply;
  return e;
}
const EngagementRules kRules;
}  // namespace

TEST_SUITE("topology/score") {
  TEST_CASE("Age limits are inclusive, and an event ahead of time is new") {
    CHECK(age_factor(0, 7 * kDayMs) == 10000);
    CHECK(age_factor(0, 7 * kDayMs + 1) == 7500);
    CHECK(age_factor(0, 14 * kDayMs) == 7500);
    CHECK(age_factor(0, 30 * kDayMs) == 5000);
    CHECK(age_factor(0, 90 * kDayMs) == 2500);
    CHECK(age_factor(0, 90 * kDayMs + 1) == 0);
    CHECK(age_factor(500, 0) == 10000);
  }

  TEST_CASE("EN-1: an open counts once per message, a click once per message and url, the earliest one") {
    EngagementLog log;
    CHECK(log.add(event(Kind::opened, 100), kRules));
    CHECK_FALSE(log.add(event(Kind::opened, 200), kRules));
    CHECK(log.add(event(Kind::opened, 50), kRules));
    CHECK(log.add(event(Kind::clicked, 100, "m", "u"), kRules));
    CHECK_FALSE(log.add(event(Kind::clicked, 100, "m", "u"), kRules));
    CHECK(log.add(event(Kind::clicked, 100, "m", "v"), kRules));
    CHECK(log.events.size() == 3);
    CHECK(log.events.front().at_ms == 50);
    CHECK(engagement(log, 1000, kRules) == Engagement{500, 3000, 0, 3500});
  }

  TEST_CASE("EN-2: an open within 2 s of its sending is a machine's, in whichever order they are told") {
    EngagementLog log;
    log.add(event(Kind::sent, 1000), kRules);
    CHECK_FALSE(log.add(event(Kind::opened, 2999), kRules));
    CHECK(log.add(event(Kind::opened, 3000), kRules));
    EngagementLog reversed;
    reversed.add(event(Kind::opened, 2999), kRules);
    CHECK(reversed.add(event(Kind::sent, 1000), kRules));
    CHECK(engagement(reversed, 5000, kRules).total == 0);
    CHECK(engagement(log, 5000, kRules).total == 500);
  }

  TEST_CASE("Groups are capped, and so is the whole") {
    EngagementLog log;
    for (int i = 0; i < 10; ++i) {
      const std::string message = "m" + std::to_string(i);
      log.add(event(Kind::opened, i, message), kRules);
      log.add(event(Kind::clicked, i, message), kRules);
      log.add(event(Kind::replied, i, message, "", ReplyClass::positive), kRules);
    }
    CHECK(engagement(log, 100, kRules) == Engagement{1500, 4500, 6000, 10000});
  }

  TEST_CASE("EN-3: a last reply that is negative makes it 0 until a better one comes") {
    EngagementLog log;
    log.add(event(Kind::clicked, 1, "m", "u"), kRules);
    log.add(event(Kind::replied, 20, "m", "", ReplyClass::negative), kRules);
    log.add(event(Kind::replied, 10, "m", "", ReplyClass::positive), kRules);
    CHECK(engagement(log, 100, kRules).total == 0);
    log.add(event(Kind::replied, 30, "m", "", ReplyClass::neutral), kRules);
    CHECK(engagement(log, 100, kRules).total == 1500 + 6000);
  }

  TEST_CASE("EN-3: an unsubscribe or a complaint makes it 0 for ever") {
    for (const Kind kind : {Kind::unsubscribed, Kind::complained}) {
      EngagementLog log;
      CHECK(log.add(event(kind, 1), kRules));
      CHECK_FALSE(log.add(event(kind, 2), kRules));
      log.trim(400 * kDayMs);
      log.add(event(Kind::replied, 400 * kDayMs, "m", "", ReplyClass::positive), kRules);
      CHECK(engagement(log, 400 * kDayMs, kRules).total == 0);
      CHECK(next_aging(log, 400 * kDayMs) == std::nullopt);
    }
  }

  TEST_CASE("EN-4: old events go, and the newest 200 are kept") {
    EngagementLog log;
    log.add(event(Kind::opened, 0, "old"), kRules);
    for (int i = 1; i <= 250; ++i) log.add(event(Kind::opened, i + 10, "m" + std::to_string(i)), kRules);
    log.trim(90 * kDayMs + 1);
    CHECK(log.events.size() == 200);
    CHECK(log.events.front().message_id == "m51");
    log.trim(400 * kDayMs);
    CHECK(log.events.empty());
  }

  TEST_CASE("Aging is due when the first counted event passes its next limit") {
    EngagementLog log;
    CHECK(next_aging(log, 0) == std::nullopt);
    log.add(event(Kind::sent, 0), kRules);
    CHECK(next_aging(log, 0) == std::nullopt);
    log.add(event(Kind::opened, 10'000), kRules);
    log.add(event(Kind::opened, 20'000, "n"), kRules);
    CHECK(next_aging(log, 20'000) == 10'000 + 7 * kDayMs + 1);
    CHECK(next_aging(log, 10'000 + 7 * kDayMs + 1) == 20'000 + 7 * kDayMs + 1);
    CHECK(next_aging(log, 20'000 + 30 * kDayMs + 1) == 10'000 + 90 * kDayMs + 1);
    CHECK(next_aging(log, 20'000 + 90 * kDayMs + 1) == std::nullopt);
  }
}
