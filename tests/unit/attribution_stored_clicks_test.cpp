// The clicks of a match key, against a list that is kept whole.
#include "topology/attribution/stored_clicks.h"

#include <algorithm>

#include "state/memory_kv.h"
#include "tests/property/property.h"

using namespace millrace;
using namespace millrace::test;
using namespace millrace::attribution;

namespace {

StoredClick click_with(int id, TimeMs ms, int content = 0) {
  StoredClick click;
  click.click_id = "click-" + std::to_string(id);
  click.clicked_ms = ms;
  click.channel = std::to_string(content);
  return click;
}

struct MatchKey {
  state::TableSpace tables{std::make_unique<state::MemoryKv>(), 1 << 20};
  StoredClicks clicks{tables};
  ClicksRow row;

  std::vector<StoredClick> all() {
    std::vector<StoredClick> found;
    for (const ClickMark& mark : row.clicks) found.push_back(clicks.at("t/fp:a", mark));
    return found;
  }
  std::size_t rows() {
    std::size_t count = 0;
    tables.table("click")->list("", "", SIZE_MAX, [&](std::string_view, std::string_view) { ++count; });
    return count;
  }
};

}  // namespace

TEST_SUITE("topology/attribution") {
  TEST_CASE("SK-1, SK-2: clicks stored a row each are those of a list that is kept whole, in its order, and match as they do") {
    holds([] {
      MatchKey key;
      std::vector<StoredClick> list;
      const AttributionPolicy policy;
      const int steps = *rc::gen::inRange(1, 80);
      for (int i = 0; i < steps; ++i) {
        const TimeMs ms = *rc::gen::inRange<TimeMs>(0, 20) * 86'400'000 / 2;
        switch (*rc::gen::inRange(0, 8)) {
          case 0:
            if (list.empty()) break;
            key.clicks.drop_oldest("t/fp:a", key.row, 1);
            list.erase(list.begin());
            break;
          case 1: {
            const int id = *rc::gen::inRange(0, 12);
            const auto gone = [&](const StoredClick& each) { return each.click_id == "click-" + std::to_string(id); };
            key.clicks.erase_if("t/fp:a", key.row, gone);
            std::erase_if(list, gone);
            break;
          }
          default: {
            const StoredClick click = click_with(*rc::gen::inRange(0, 12), ms, i);
            const std::int64_t number = key.clicks.add("t/fp:a", key.row, click);
            RC_ASSERT(std::count_if(key.row.clicks.begin(), key.row.clicks.end(), [&](const ClickMark& each) { return each.number == number; }) == 1);
            std::erase_if(list, [&](const StoredClick& each) { return each.click_id == click.click_id; });
            list.insert(std::upper_bound(list.begin(), list.end(), ms, [](TimeMs at, const StoredClick& each) { return at < each.clicked_ms; }), click);
          }
        }
        key.tables.end_step();
        const auto stored = key.all();
        RC_ASSERT(stored.size() == list.size());
        RC_ASSERT(key.rows() == list.size());
        std::vector<ClickAt> plain;
        for (std::size_t n = 0; n < list.size(); ++n) {
          RC_ASSERT(stored[n].click_id == list[n].click_id);
          RC_ASSERT(stored[n].channel == list[n].channel);
          plain.push_back({list[n].click_id, list[n].clicked_ms});
        }
        for (const KeyKind kind : {KeyKind::click, KeyKind::fp, KeyKind::ipua}) {
          const KeyMatch wanted = match_at(kind, plain, ms, policy), found = key.clicks.match("t/fp:a", key.row, kind, ms, policy);
          RC_ASSERT(found.ambiguous == wanted.ambiguous);
          RC_ASSERT(found.best == wanted.best);
        }
      }
    });
  }

  TEST_CASE("SK-1: ids of one sign are told apart by their rows") {
    MatchKey key;
    for (int id = 0; id < 30'000; ++id) {  // some four of each sign
      key.clicks.add("t/fp:a", key.row, click_with(id, id));
      if (key.row.clicks.size() > kClicksKept) key.clicks.drop_oldest("t/fp:a", key.row, 1);
      key.tables.end_step();
    }
    REQUIRE(key.row.clicks.size() == kClicksKept);
    CHECK(key.all().front().click_id == "click-" + std::to_string(30'000 - kClicksKept));
    CHECK(key.all().back().click_id == "click-29999");
    CHECK(key.rows() == kClicksKept);
  }
}
