// A deal that changes its stage hundreds of times a day: its rows stay small, and its credits add up all the same, whatever
// comes late and wherever it moves.
#include <set>

#include "tests/property/property.h"
#include "tests/unit/attribution_driver.h"
#include "topology/attribution/deal.h"

using namespace millrace;
using namespace millrace::test;

namespace {

constexpr std::size_t kRowMax = 64 << 10;  // spec/conventions.md section 6.6

// One deal, of a lead or of nobody, whose every change is checked against what it was worth.
class BusyDeal {
 public:
  BusyDeal() { d.now(100 * kDay); }

  void change(std::string_view stage, TimeMs gap_ms) {
    d.now(d.now() + gap_ms);
    Json data = {{"deal_id", "d#1"}, {"event_id", "e" + std::to_string(++events_)}, {"event_ms", d.now()}, {"stage_to", stage},
                 {"subject", subject_}, {"subject_rev", rev_}, {"currency", "USD"}, {"measure_consent", true}};
    if (subject_ != "subj:deal:d#1") data["lead_id"] = subject_.substr(5);
    if (events_ % 50 == 1) data["click_ids"] = {{"click_id", "C" + std::to_string(events_ % 3)}};
    const SyntheticTable table;
    const auto made = attribution::increment_of(table, held_, {d.now(), stage, std::nullopt, "USD"});
    increments_["e" + std::to_string(events_)] = made.value_cents;
    held_ = {made.worth.value_cents, made.worth.cash_cents, d.now()};
    take(d.say("conversion", subject_, data, d.now()));
  }
  void late_touch(DurationMs before_ms) {
    take(d.say("touch", subject_, {{"ts_ms", d.now() - before_ms}, {"kind", "click"}, {"message_id", "m" + std::to_string(++touches_)}, {"channel", "email"}}, d.now()));
  }
  void click(DurationMs before_ms) {
    const std::string id = "C" + std::to_string(++clicks_ % 3);
    take(d.say("click", "click:click_id=" + id, {{"click_id", id}, {"clicked_ms", d.now() - before_ms}, {"platform", "meta"}, {"ad_id", "ad"}, {"ad_account", "A"},
                                                 {"ids", {{"click_id", id}}}, {"measure_consent", true}}, d.now()));
  }
  void move(const std::string& to) {
    if (to == subject_) return;
    const Json deals = {{{"deal_id", "d#1"}, {"subject_rev", ++rev_}}};
    const auto out = d.say("journey.rekey", subject_, {{"from", subject_}, {"to", to}, {"deals", deals}}, d.now());
    for (const Sent& each : out)
      if (each.type == "journey.moved") RC_ASSERT(each.data.dump().size() < 2 * kRowMax);
    take(out);
    subject_ = to;
  }
  // A merge moves a deal to a lead where it never was: an absorbed lead stays absorbed (DE-1 of topology/harvest/deals.h). The fold
  // also takes back what returns from where it went; by way of a third lead (1, 2, 3, 1, 3) a deal would be lost, and none goes so.
  void move_on() {
    came_by_.push_back(subject_);
    move("subj:ld_" + std::to_string(++leads_));
  }
  void move_back() {
    if (came_by_.size() < 2) return;  // nothing goes back to subj:deal:… but by an erasure
    const std::string to = came_by_.back();
    came_by_.pop_back();
    move(to);
  }
  void restart() { d.restart(); }

  void check() {
    for (state::TableBase* table : d.tables().tables())
      table->list("", "", SIZE_MAX, [&](std::string_view, std::string_view json) { RC_ASSERT(json.size() < kRowMax); });
    for (const std::string& model : kModels)
      for (const auto& [event, cents] : increments_) {
        const auto found = credited_.find({model, event});
        RC_ASSERT((found == credited_.end() ? 0 : found->second) == cents);  // AT-1
      }
    for (const auto& [key, cents] : standing_) RC_ASSERT(cents >= 0);  // AT-2
  }

 private:
  void take(const std::vector<Sent>& out) {
    for (const Sent& each : out) {
      if (each.type != "attribution.credit") continue;
      const std::string model = each.data.at("model");
      const auto cents = each.data.at("amount_cents").get<std::int64_t>();
      RC_ASSERT(ids_.insert(each.data.at("credit_id")).second);
      credited_[{model, each.data.at("event_id")}] += cents;
      standing_[{model, each.data.at("ref")}] += cents;
    }
  }

  AttributionDriver d;
  std::string subject_ = "subj:deal:d#1";
  std::int64_t rev_ = 0;
  std::vector<std::string> came_by_;
  int events_ = 0, touches_ = 0, clicks_ = 0, leads_ = 0;
  attribution::DealHeld held_;
  std::map<std::string, std::int64_t> increments_;
  using Key = std::pair<std::string, std::string>;
  std::map<Key, std::int64_t> credited_, standing_;
  std::set<std::string> ids_;
};

}  // namespace

TEST_SUITE("topology/attribution") {
  TEST_CASE("a deal of thousands of stage changes a day has no row above 64 KB, and its credits add up through a late touch, a click and two moves") {
    BusyDeal deal;
    deal.late_touch(kDay);
    for (int i = 0; i < 3'000; ++i) {
      deal.change(kDealStages[i % 5], 20'000);  // 17 hours
      if (i == 400) deal.click(kHour);
    }
    deal.check();
    deal.late_touch(kHour);  // states the last hour again, and all that came after
    deal.check();
    deal.move("subj:ld_1");
    deal.check();
    deal.restart();
    for (int i = 0; i < 300; ++i) deal.change(kDealStages[i % 3], 300'000);  // a day: the first ones can be restated no more
    deal.move("subj:ld_2");
    deal.late_touch(kHour / 2);
    deal.check();
  }

  TEST_CASE("DQ-1, DQ-2: events of a busy deal keep their order and their places through moves, late facts and restarts") {
    holds([] {
      BusyDeal deal;
      const int steps = *rc::gen::inRange(1, 25);
      for (int i = 0; i < steps; ++i) switch (*rc::gen::inRange(0, 8)) {
          case 0: deal.late_touch(*rc::gen::inRange(0, 30) * kHour); break;
          case 1: deal.click(*rc::gen::inRange(0, 30) * kHour); break;
          case 2: *rc::gen::inRange(0, 3) == 2 ? deal.move_back() : deal.move_on(); break;
          case 3: deal.restart(); break;
          default: {
            const int changes = *rc::gen::inRange(1, 60);
            const DurationMs gap = *rc::gen::inRange<DurationMs>(0, kHour);
            for (int n = 0; n < changes; ++n) deal.change(kDealStages[*rc::gen::inRange(0, 5)], gap);
          }
        }
      deal.check();
    });
  }
}
