#include "tests/unit/score_driver.h"

using namespace millrace;
using namespace millrace::test;

namespace {
std::vector<Sent> merge(ScoreDriver& s, const std::string& under, const std::string& survivor, Json absorbed) {
  return s.d.send("lead.merged", {{"survivor", survivor}, {"absorbed", absorbed}}, {.key = "acme/" + under});
}
}  // namespace

TEST_SUITE("topology/score") {
  TEST_CASE("An absorbed lead hands all it has to its survivor and is gone") {
    ScoreDriver s;
    s.contact("ld_2");
    s.send("engagement.clicked", {{"message_id", "m1"}, {"url", "u"}}, "ld_2");
    s.send("crm.stage_changed", {{"deal_id", "hs:1"}, {"stage_to", "show_up"}, {"currency", "USD"}, {"amount_cents", 9}}, "ld_2");
    s.snapshot(ScoreDriver::strong_lead(), Json::object(), "ld_1");

    const auto out = merge(s, "ld_2", "ld_1", {"ld_2"});
    CHECK(only(out, "lead.status_changed").data.at("to") == "MERGED");
    CHECK(only(out, "lead.scored").data.at("status") == "MERGED");
    CHECK(only(out, "lead.merged").key == "acme/amer");
    const Sent& handoff = only(out, "lead.handoff");
    CHECK(handoff.topic == "leads.harvested");
    CHECK(handoff.key == "acme/ld_1");
    CHECK(handoff.data.at("status") == "CONTACTED");
    CHECK(handoff.data.at("attempts") == 1);
    CHECK(handoff.data.at("events").size() == 2);  // the sending and the click
    CHECK(handoff.data.at("deals").size() == 1);

    const auto taken = s.d.deliver(out);
    const Json& e = only(taken, "lead.scored").data;
    CHECK(e.at("lead_id") == "ld_1");
    CHECK(e.at("status") == "CONTACTED");
    CHECK(e.at("engagement_bp") == 1500);
    CHECK(e.at("stage") == "show_up");
    CHECK(only(taken, "lead.status_changed").data.at("trigger") == "merged");

    // SC-5: late facts about the absorbed lead change nothing.
    CHECK(count(s.snapshot(ScoreDriver::strong_lead(), Json::object(), "ld_2"), "lead.scored") == 0);
    CHECK(s.send("engagement.opened", {{"message_id", "m9"}}, "ld_2").empty());
    CHECK(only(s.send("lead.routed", {{"sequence", "s"}, {"decision_id", "d"}}, "ld_2"), "ledger.entry").data.at("kind") == "transition_rejected");
    CHECK(s.d.tick(kT0 + 10).empty());
  }

  TEST_CASE("The survivor passes the merge on to its zone and keeps the higher rank") {
    ScoreDriver s;
    s.contact("ld_1");
    s.snapshot(ScoreDriver::strong_lead(), Json::object(), "ld_2");
    const auto own = merge(s, "ld_1", "ld_1", {"ld_2"});
    REQUIRE(own.size() == 1);
    CHECK(own[0].type == "lead.merged");
    const auto taken = s.d.deliver(merge(s, "ld_2", "ld_1", {"ld_2"}));
    CHECK(count(taken, "lead.status_changed") == 0);
  }

  TEST_CASE("An opt-out on either side wins, and its engagement stays 0") {
    ScoreDriver s;
    s.contact("ld_1");
    s.contact("ld_2");
    s.send("engagement.clicked", {{"message_id", "m1"}, {"url", "u"}}, "ld_1");
    s.send("engagement.unsubscribed", {{"message_id", "m1"}}, "ld_2");
    const auto taken = s.d.deliver(merge(s, "ld_2", "ld_1", {"ld_2"}));
    CHECK(only(taken, "lead.scored").data.at("status") == "UNSUBSCRIBED");
    CHECK(only(taken, "lead.scored").data.at("engagement_bp") == 0);
  }

  TEST_CASE("A handoff that meets a survivor absorbed in the meantime goes on to where it went") {
    ScoreDriver s;
    for (const char* id : {"ld_1", "ld_2", "ld_3"}) s.snapshot(ScoreDriver::strong_lead(), Json::object(), id);
    const auto first = merge(s, "ld_3", "ld_2", {"ld_3"});
    const auto second = merge(s, "ld_2", "ld_1", {"ld_2"});
    std::vector<Sent> handoffs = {only(first, "lead.handoff")};
    const auto forwarded = s.d.deliver(handoffs);
    REQUIRE(forwarded.size() == 1);
    CHECK(forwarded[0].key == "acme/ld_1");
    CHECK(forwarded[0].data == only(first, "lead.handoff").data);
  }

  TEST_CASE("A merge under a key that has no part in it is refused") {
    ScoreDriver s;
    CHECK(merge(s, "ld_7", "ld_1", {"ld_2"}).empty());
    CHECK(s.d.last_verdict().reason == "bad_field:absorbed");
  }

  TEST_CASE("An erased lead leaves a tombstone: route is told, its rows and timers go, nothing comes back") {
    ScoreDriver s;
    s.contact();
    s.send("crm.stage_changed", {{"deal_id", "hs:1"}, {"stage_to", "lead"}, {"currency", "USD"}});
    const auto out = s.send("lead.erased", {{"request_id", "r"}, {"aliases", Json::array()}});
    CHECK(only(out, "lead.status_changed").data.at("to") == "ERASED");
    CHECK(only(out, "lead.erased").topic == "leads.scored");
    CHECK(only(out, "lead.erased").key == "acme/amer");
    CHECK(count(out, "lead.scored") == 0);
    CHECK(s.d.tick(kT0 + 100 * kDayMs).empty());
    CHECK(s.snapshot(ScoreDriver::strong_lead()).empty());
    const auto again = s.send("lead.erased", {{"request_id", "r"}});
    CHECK(count(again, "lead.erased") == 0);
    CHECK(only(again, "ledger.entry").data.at("kind") == "transition_rejected");
  }
}
