// Money in attribution adds up whatever happens and in whatever order keys hear of it: touches and clicks come late, deals get
// their lead, leads are merged and erased, while records between keys are under way.
//
// The world below is harvest as attribution sees it: it names the subject of a deal and counts its changes. Records wait in
// a queue a key; which key is heard next is chance, and so is what of another key comes between two records of one: only the
// order of one key's records to another is kept, as on many partitions of several writers.
#include <deque>
#include <set>

#include "tests/property/property.h"
#include "tests/unit/attribution_driver.h"
#include "topology/attribution/deal.h"

using namespace millrace;
using namespace millrace::test;

namespace {

class AttributionWorld {
 public:
  AttributionWorld() { d.now(100 * kDay); }

  void touch() {
    const std::string lead = living();
    if (lead.empty()) return;
    queue("touch", "subj:" + lead, {{"ts_ms", d.now() - below(100) * kDay}, {"kind", "click"}, {"message_id", "m" + std::to_string(below(30))},
                                    {"channel", below(2) ? "email" : "linkedin"}, {"lead_id", lead}, {"keys", {"fp:f" + std::to_string(below(3))}}});
  }
  void click() {
    const std::string id = std::to_string(below(6)), fp = "f" + std::to_string(below(3));
    const Json data = {{"click_id", "C" + id}, {"clicked_ms", d.now() - below(9) * kDay}, {"platform", "meta"}, {"ad_id", "ad" + id}, {"ad_account", "A"},
                       {"ids", {{"click_id", "C" + id}}}, {"measure_consent", true}};
    queue("click", "click:click_id=C" + id, data);
    queue("click", "fp:" + fp, data);
  }
  void stage() {
    Deal& deal = deals_[static_cast<std::size_t>(below(3))];
    Json data = {{"deal_id", deal.id}, {"event_id", "e" + std::to_string(++events_)}, {"stage_to", kStages[static_cast<std::size_t>(below(6))]},
                 {"event_ms", d.now() - below(3) * kHour}, {"subject", deal.subject()}, {"subject_rev", deal.rev}, {"currency", "USD"},
                 {"measure_consent", true}};
    if (!deal.lead.empty()) data["lead_id"] = deal.lead;
    if (below(2)) data["amount_cents"] = deal.amount = below(1'000'000);
    else if (deal.amount >= 0) data["amount_cents"] = deal.amount;
    if (below(2)) data["click_ids"] = {{"click_id", "C" + std::to_string(below(6))}};
    if (below(2)) data["fp"] = "f" + std::to_string(below(3));
    deal.known = deal.heard = true;
    deal.expect(data);
    queue("conversion", deal.subject(), data);
    if (below(10) == 0) queue("conversion", deal.subject(), data);  // said twice
  }
  void link() {
    Deal& deal = deals_[static_cast<std::size_t>(below(3))];
    const std::string lead = living();
    if (!deal.lead.empty() || lead.empty()) return;
    // An erased lead's deal is linked anew only when all is quiet: its click's answer could overtake it on the way.
    if (deal.rev > 0)
      while (deliver()) {
      }
    const std::string from = deal.subject();
    deal.lead = lead;
    if (deal.known) rekey(from, "subj:" + lead, {{deal.id, ++deal.rev}});
    deal.known = true;
  }
  void merge() {
    const std::string absorbed = living(), survivor = living();
    if (absorbed == survivor || absorbed.empty()) return;
    leads_.erase(absorbed);
    aliases_[survivor].insert(absorbed);
    for (const std::string& alias : std::exchange(aliases_[absorbed], {})) aliases_[survivor].insert(alias);
    const Json merged = {{"survivor", survivor}, {"absorbed", {absorbed}}};
    queue("lead.merged", "subj:" + survivor, merged);
    queue("lead.merged", "subj:" + absorbed, merged);
    std::map<std::string, std::int64_t> revs;
    for (Deal& deal : deals_)
      if (deal.lead == absorbed) {
        deal.lead = survivor;
        revs[deal.id] = ++deal.rev;
      }
    rekey("subj:" + absorbed, "subj:" + survivor, revs);
  }
  void erase() {
    const std::string lead = living();
    if (lead.empty() || below(3)) return;
    leads_.erase(lead);
    const Json erased = {{"lead_id", lead}, {"request_id", "r"}};
    queue("lead.erased", "subj:" + lead, erased);
    for (const std::string& alias : aliases_[lead]) queue("lead.erased", "subj:" + alias, erased);
    for (Deal& deal : deals_)
      if (deal.lead == lead) {
        deal.lead.clear();
        if (deal.heard || deal.rev > 0) ++deal.rev;
      }
  }
  void wait() {
    d.now(d.now() + (below(3) ? below(20) * kHour : below(3) * kDay));
    take("tick", d.tick(d.now()));
  }
  // Some key hears of what is next for it, or what some key said arrives.
  bool deliver() {
    if (queues_.empty() && under_way_.empty()) return false;
    if (queues_.empty() || (!under_way_.empty() && below(2))) {
      auto at = under_way_.begin();
      std::advance(at, below(static_cast<int>(under_way_.size())));
      const Sent next = at->second.front();
      at->second.pop_front();
      if (at->second.empty()) under_way_.erase(at);
      queues_[next.key].push_back(next);
      return true;
    }
    auto at = queues_.begin();
    std::advance(at, below(static_cast<int>(queues_.size())));
    const Sent next = at->second.front();
    at->second.pop_front();
    if (at->second.empty()) queues_.erase(at);
    story_ += "  " + next.key + " hears " + next.type + "\n";
    take(next.key, d.send(next.type, next.data, {.at_ms = d.now(), .key = next.key, .id = next.id, .broadcast = next.broadcast}));
    RC_ASSERT(d.last_verdict().kind != Verdict::Kind::dead_letter);
    return true;
  }

  void check() {
    while (deliver()) {
    }
    RC_LOG() << story_;
    for (const Deal& deal : deals_)
      for (const std::string& model : kModels) {
        for (const auto& [event, cents] : deal.increments) {
          const auto found = by_event_.find({deal.id, model, event});
          RC_ASSERT((found == by_event_.end() ? 0 : found->second) == cents);  // AT-1
        }
        for (const auto& [key, cents] : standing_)
          if (key[0] == deal.id && key[1] == model) RC_ASSERT(cents >= 0);     // AT-2
      }
    for (const auto& [key, cents] : cash_) RC_ASSERT(cents >= 0);
    std::int64_t credited = 0, pipeline = 0;
    for (const auto& [ad, cents] : ads_credited_) credited += cents;
    for (const auto& [ad, cents] : ads_told_) pipeline += cents;
    RC_ASSERT(credited == pipeline);  // the ads hear of every matched credit
  }

 private:
  static constexpr std::array<const char*, 6> kStages = {"lead", "appointment_scheduled", "show_up", "closed_won", "closed_lost", "mystery"};
  struct Deal {
    std::string id, lead;
    std::int64_t rev = 0, amount = -1;
    bool known = false, heard = false;  // of harvest, of attribution
    attribution::DealHeld held;
    std::map<std::string, std::int64_t> increments;  // by event
    std::string subject() const { return lead.empty() ? "subj:deal:" + id : "subj:" + lead; }
    void expect(const Json& data) {
      const SyntheticTable table;
      const std::string stage = data.at("stage_to");
      std::optional<std::int64_t> cents;
      if (data.contains("amount_cents")) cents = data.at("amount_cents").get<std::int64_t>();
      const auto made = attribution::increment_of(table, held, {data.at("event_ms"), stage, cents, "USD"});
      increments[data.at("event_id")] = made.ignored.empty() ? made.value_cents : 0;
      if (made.ignored.empty()) held = {made.worth.value_cents, made.worth.cash_cents, data.at("event_ms").get<TimeMs>()};
    }
  };

  std::string living() {
    if (leads_.empty()) return {};
    auto at = leads_.begin();
    std::advance(at, below(static_cast<int>(leads_.size())));
    return *at;
  }
  void rekey(const std::string& from, const std::string& to, const std::map<std::string, std::int64_t>& revs) {
    Json deals = Json::array();
    for (const auto& [id, rev] : revs) deals.push_back({{"deal_id", id}, {"subject_rev", rev}});
    queue("journey.rekey", from, {{"from", from}, {"to", to}, {"deals", deals}});
  }
  void queue(const std::string& type, const std::string& key, const Json& data) {
    Sent sent;
    sent.type = type;
    sent.key = "acme/" + key;
    sent.data = data;
    sent.id = "h" + std::to_string(++records_);
    story_ += "says " + type + " to " + key + ": " + data.dump() + "\n";
    queues_[sent.key].push_back(sent);
  }
  void take(const std::string& from, const std::vector<Sent>& out) {
    for (const Sent& each : out) {
      if (each.topic == "attribution.touches") under_way_[from].push_back(each);
      if (each.type == "revenue.credited") ads_told_[each.data.at("ad_id")] += each.data.at("pipeline_delta_cents").get<std::int64_t>();
      if (each.type != "attribution.credit") continue;
      const std::string deal = each.data.at("deal_id"), model = each.data.at("model"), ref = each.data.at("ref");
      const auto cents = each.data.at("amount_cents").get<std::int64_t>();
      RC_ASSERT(ids_.insert(each.data.at("credit_id")).second);
      by_event_[{deal, model, each.data.at("event_id")}] += cents;
      standing_[{deal, model, ref}] += cents;
      cash_[{deal, model, ref}] += each.data.at("cash_cents").get<std::int64_t>();
      if (model == "matched" && each.data.contains("ad_id")) ads_credited_[each.data.at("ad_id")] += cents;
    }
  }

  AttributionDriver d;
  std::vector<Deal> deals_ = {{"d0"}, {"d1"}, {"d2"}};
  std::set<std::string> leads_ = {"ld_0", "ld_1", "ld_2", "ld_3"};
  std::map<std::string, std::set<std::string>> aliases_;
  std::map<std::string, std::deque<Sent>> queues_, under_way_;  // by the key that hears, by the key that said it
  using Key = std::array<std::string, 3>;
  std::map<Key, std::int64_t> by_event_, standing_, cash_;
  std::map<std::string, std::int64_t> ads_credited_, ads_told_;
  std::set<std::string> ids_;
  std::string story_;  // of a failure
  int events_ = 0, records_ = 0;
};

}  // namespace

TEST_SUITE("topology/attribution") {
  TEST_CASE("AT-1, AT-2: credits add up to increments under every model, whatever comes late, moves or is erased") {
    holds([] {
      AttributionWorld world;
      const int steps = *rc::gen::inRange(1, 60);
      for (int i = 0; i < steps; ++i) {
        switch (below(14)) {
          case 0: case 1: world.touch(); break;
          case 2: case 3: world.click(); break;
          case 4: case 5: case 6: world.stage(); break;
          case 7: world.link(); break;
          case 8: world.merge(); break;
          case 9: world.erase(); break;
          case 10: world.wait(); break;
          default: world.deliver();
        }
      }
      world.check();
    });
  }
}
