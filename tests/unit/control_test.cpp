#include <doctest/doctest.h>

#include "core/hash.h"
#include "keys/key_seed.h"
#include "node/operator_door.h"
#include "tests/unit/stage_driver.h"
#include "topology/control/fold.h"

namespace millrace::test {

namespace {

// A stage control that knows one operator key, and an operator who asks.
struct ReviewDesk {
  ReviewDesk() : signer(seeded_operator("desk")), driver("control", topics::control, control::make_fold, 1) {
    driver.send("control.operator_key", {{"key_id", signer.key_id()}, {"public_key", signer.public_key()}}, {.at_ms = 1000, .tenant = "_"});
  }
  std::vector<Sent> ask(const std::string& type, Json data, TimeMs at_ms = -1) {
    const std::string id = "rq-" + std::to_string(++count);
    data["request_id"] = id;
    const Json record = {{"specversion", "1.0"}, {"id", id}, {"source", "cli"}, {"type", type}, {"tenant", "_"}, {"data", data},
                         {"time", "2026-01-01T00:00:00Z"}};
    return driver.send_raw(node::signed_record(record.dump(), signer), {.at_ms = at_ms, .tenant = "_"});
  }
  std::vector<Sent> propose(const std::string& toml, const std::string& author = "ann") {
    return ask("operator.policy_proposed", {{"actor", author}, {"toml", toml}, {"base_sha256", live}, {"whatif", {{"changed", 3}}}});
  }
  std::vector<Sent> approve(const std::string& toml, const std::string& actor) {
    return ask("operator.approve", {{"actor", actor}, {"review_id", "pol_" + sha256_hex(toml, 12)}});
  }
  // The record that made a policy live comes back on control.
  std::vector<Sent> make_live(const std::vector<Sent>& out) {
    live = only(out, "control.policy_changed").data.at("policy_sha256");
    return driver.send("control.policy_changed", only(out, "control.policy_changed").data, {.tenant = "_"});
  }

  OperatorSigner signer;
  StageDriver driver;
  std::string live = sha256_hex("", 16);
  int count = 0;
};

std::string code_of(const std::vector<Sent>& out) { return only(out, "operator.rejected").data.at("code"); }
std::string state_of(const std::vector<Sent>& out) { return only(out, "ledger.entry").data.at("body").at("state"); }

const std::string kStrict = "[score.qualify]\nmin_bp = 8000\n", kTwoEyes = "[policy]\napprovals = 2\n";

}  // namespace

TEST_SUITE("topology/control") {
  TEST_CASE("CO-1: a control record is copied to every partition of the inboxes that it concerns, marked") {
    StageDriver d("control", topics::control, control::make_fold, 4);
    const auto out = d.send("control.operator_key", {{"key_id", "k"}, {"public_key", "00"}}, {.at_ms = 5, .tenant = "_"});
    REQUIRE(out.size() == 4);
    for (std::size_t p = 0; p < out.size(); ++p) {
      CHECK(out[p].topic == "crm.events");
      CHECK(out[p].partition == static_cast<int>(p));
      CHECK(out[p].broadcast);
    }
    CHECK(d.send("control.tick", {{"tick_ms", 10}}, {.at_ms = 10, .tenant = "_"}).size() == 9 * 4);
  }

  TEST_CASE("what is only copied must read as what its type says") {
    StageDriver d("control", topics::control, control::make_fold, 1);
    CHECK(d.send("control.snapshot", {{"name", "s"}}, {.at_ms = 5, .tenant = "_"}).empty());
    CHECK(d.last_verdict().reason == "missing_field:scope");
    CHECK(d.send("control.model_activated", {{"model", "lead_score"}, {"version", "1"}, {"artifact_sha256", "00"}}, {.tenant = "_"}).empty());
    CHECK(d.last_verdict().reason == "bad_field:version");
    const auto out = d.send("control.promotion", {{"slot", "s1"}, {"later", 1}}, {.tenant = "_"});
    CHECK(only(out, "control.promotion").data == Json{{"later", 1}, {"slot", "s1"}});
  }

  TEST_CASE("CO-5: copies of a policy name its lists by their content, and a list that is not there is warned of") {
    StageDriver d("control", topics::control, control::make_fold, 1);
    d.environment().list_sha256 = {{"free.txt", "aa11"}, {"unused.txt", "bb22"}};
    const std::string toml = "[score]\ndisposable_file = \"free.txt\"\n[tenant.acme.score]\ndisposable_file = \"acme.txt\"\n";
    const auto out = d.send("control.policy_changed", {{"policy_sha256", "x"}, {"toml", toml}}, {.at_ms = 5, .tenant = "_"});
    REQUIRE(out.size() == 9);
    for (const Sent& copy : out) CHECK(copy.data.at("lists") == Json{{"free.txt", "aa11"}});
    REQUIRE(d.fold().warnings().size() == 1);
    CHECK(d.fold().warnings().front().find("acme.txt") != std::string::npos);
  }

  TEST_CASE("CO-2: a tick that is not later than the last one is ignored, and cannot run two periods ahead") {
    StageDriver d("control", topics::control, control::make_fold, 1);
    CHECK(only(d.send("control.tick", {{"tick_ms", 10000}}, {.at_ms = 10000, .tenant = "_"}), "control.tick").data.at("tick_ms") == 10000);
    CHECK(d.send("control.tick", {{"tick_ms", 10000}}, {.at_ms = 12000, .tenant = "_"}).empty());
    CHECK(d.last_verdict().kind == Verdict::Kind::ignored);
    CHECK(only(d.send("control.tick", {{"tick_ms", 999999}}, {.at_ms = 20000, .tenant = "_"}), "control.tick").data.at("tick_ms") == 40000);
  }

  TEST_CASE("CO-3: a policy that does not load is a dead letter and changes nothing") {
    StageDriver d("control", topics::control, control::make_fold, 1);
    const auto out = d.send("control.policy_changed", {{"policy_sha256", "x"}, {"toml", "[score]\nno_such_key = 1\n"}}, {.tenant = "_"});
    CHECK(out.empty());
    CHECK(d.last_verdict().kind == Verdict::Kind::dead_letter);
    CHECK(d.last_verdict().reason == "bad_field:toml");
  }

  TEST_CASE("CO-4: an operator's record that no known key has signed is unauthorised") {
    ReviewDesk desk;
    desk.propose(kStrict);
    CHECK(desk.driver.last_verdict().kind == Verdict::Kind::handled);
    desk.signer = OperatorSigner(seeded_operator("somebody else"));
    CHECK(desk.propose(kTwoEyes).empty());
    CHECK(desk.driver.last_verdict().reason == "unauthorised");
  }

  TEST_CASE("a proposed policy becomes live by another's approval, and its review is in the ledger") {
    ReviewDesk desk;
    const auto opened = desk.propose(kStrict);
    CHECK(opened.size() == 1);
    CHECK(state_of(opened) == "open");
    CHECK(only(opened, "ledger.entry").data.at("kind") == "approval");
    CHECK(code_of(desk.approve(kStrict, "ann")) == "self_approval");
    const auto approved = desk.approve(kStrict, "bob");
    CHECK(state_of(approved) == "effective");
    CHECK(only(approved, "control.policy_changed").topic == "control");
    CHECK(only(approved, "control.policy_changed").data.at("toml") == kStrict);
    CHECK(count(desk.make_live(approved), "control.policy_changed") == 9);
    CHECK(code_of(desk.approve(kStrict, "cid")) == "not_open");
  }

  TEST_CASE("a proposal without what-if, on another base, or open already is rejected; one that does not load is poison") {
    ReviewDesk desk;
    const auto propose = [&](const Json& more) {
      Json data = {{"actor", "ann"}, {"toml", kStrict}, {"base_sha256", desk.live}, {"whatif", {{"changed", 3}}}};
      data.update(more);
      return desk.ask("operator.policy_proposed", data);
    };
    CHECK(code_of(propose({{"whatif", nullptr}})) == "missing_field:whatif");
    CHECK(code_of(propose({{"base_sha256", "0000"}})) == "stale_base");
    CHECK(code_of(desk.approve(kStrict, "bob")) == "unknown_review");
    CHECK(state_of(propose(Json::object())) == "open");
    CHECK(code_of(propose(Json::object())) == "already_open");
    CHECK(propose({{"toml", "[score]\nno_such_key = 1\n"}}).empty());
    CHECK(desk.driver.last_verdict().reason == "bad_field:toml");
  }

  TEST_CASE("so many people approve as the live policy asks, each once") {
    ReviewDesk desk;
    desk.propose(kTwoEyes);
    desk.make_live(desk.approve(kTwoEyes, "bob"));
    desk.propose(kStrict);
    CHECK(state_of(desk.approve(kStrict, "bob")) == "open");
    CHECK(code_of(desk.approve(kStrict, "bob")) == "already_approved");
    CHECK(state_of(desk.approve(kStrict, "cid")) == "effective");
  }

  TEST_CASE("PR-3: when a policy becomes live every other open review is stale") {
    ReviewDesk desk;
    desk.propose(kStrict);
    desk.propose(kTwoEyes);
    const auto live = desk.make_live(desk.approve(kTwoEyes, "bob"));
    CHECK(state_of(live) == "stale");
    CHECK(code_of(desk.approve(kStrict, "bob")) == "not_open");
    CHECK(state_of(desk.propose(kStrict)) == "open");  // PR-2
  }

  TEST_CASE("a review is rejected by one, and expires at the end of its time; a restart forgets neither keys nor reviews") {
    ReviewDesk desk;
    desk.propose(kStrict);
    desk.propose(kTwoEyes);
    const auto rejected = desk.ask("operator.reject", {{"actor", "bob"}, {"review_id", "pol_" + sha256_hex(kStrict, 12)}});
    CHECK(state_of(rejected) == "rejected");
    desk.driver.restart();
    CHECK(count(desk.driver.tick(1000 + 604'799'999), "ledger.entry") == 0);
    CHECK(state_of(desk.driver.tick(1000 + 604'800'000)) == "expired");
    CHECK(code_of(desk.approve(kTwoEyes, "bob")) == "not_open");
  }
}

}  // namespace millrace::test
