// Subjects of attribution talk to each other over partitions of their own: between two keys records keep their order, and else
// they come in any. Whatever the order, what harvest says of deals, leads that are merged and leads that are erased is
// credited once and adds up.
#include <deque>
#include <random>
#include <set>

#include "tests/unit/attribution_driver.h"
#include "topology/attribution/deal.h"

using namespace millrace;
using namespace millrace::test;

namespace {

// Records on their way: first in, first out between two keys.
class Lanes {
 public:
  void put(const std::string& from, Sent record) { lanes_[{from, record.key}].push_back(std::move(record)); }
  bool empty() const { return lanes_.empty(); }
  std::pair<std::string, Sent> take(std::mt19937& random) {
    auto lane = std::next(lanes_.begin(), static_cast<std::ptrdiff_t>(random() % lanes_.size()));
    auto taken = std::make_pair(lane->first.second, std::move(lane->second.front()));
    lane->second.pop_front();
    if (lane->second.empty()) lanes_.erase(lane);
    return taken;
  }

 private:
  std::map<std::pair<std::string, std::string>, std::deque<Sent>> lanes_;
};

// What harvest knows of deals and leads (harvest.md section 8), and says.
class Harvest {
 public:
  Harvest(Lanes& lanes, std::mt19937& random) : lanes_(lanes), random_(random) {}

  void says_something(TimeMs now) {
    now_ = now;
    switch (random_() % 12) {
      case 0: return link();
      case 1: return merge();
      case 2: return erase();
      case 3: return touch();
      case 4: return click();
      default:
        for (std::size_t n = 1 + random_() % 14; n > 0; --n) change(deals_[random_() % std::size(deals_)]);
    }
  }
  const std::map<std::string, std::int64_t>& increments() const { return increments_; }

 private:
  struct KnownDeal {
    std::string id, lead{};
    std::int64_t rev = 0;
    bool heard = false;
    attribution::DealHeld held{};
  };
  enum class Is { unknown, here, gone };
  struct KnownLead {
    std::string id;
    Is is = Is::unknown;
    std::vector<std::size_t> aliases{};
  };
  static std::string subject_of(const std::string& lead, const std::string& deal) { return lead.empty() ? "subj:deal:" + deal : "subj:" + lead; }

  void say(const std::string& type, const std::string& key, const Json& data) {
    Sent record;
    record.type = type;
    record.key = "acme/" + key;
    record.tenant = "acme";
    record.time = now_;
    record.id = "h" + std::to_string(++said_);
    record.data = data;
    lanes_.put("harvest", std::move(record));
  }
  void change(KnownDeal& deal) {
    const std::string event = "e" + std::to_string(++events_), stage = kDealStages[random_() % std::size(kDealStages)];
    const TimeMs at = ++clock_;
    const auto made = attribution::increment_of(SyntheticTable{}, deal.held, {at, stage, std::nullopt, "USD"});
    increments_[event] = made.value_cents;
    deal.held = {made.worth.value_cents, made.worth.cash_cents, at};
    deal.heard = true;
    Json data = {{"deal_id", deal.id}, {"event_id", event}, {"event_ms", at}, {"stage_to", stage}, {"subject", subject_of(deal.lead, deal.id)},
                 {"subject_rev", deal.rev}, {"currency", "USD"}, {"measure_consent", true}};
    if (!deal.lead.empty()) data["lead_id"] = deal.lead;
    if (random_() % 3 == 0) data["click_ids"] = {{"click_id", "C" + std::to_string(random_() % 3)}};
    say("conversion", subject_of(deal.lead, deal.id), data);
  }
  KnownLead* some_lead() {
    KnownLead& lead = leads_[random_() % std::size(leads_)];
    if (lead.is == Is::unknown) lead.is = Is::here;
    return lead.is == Is::here ? &lead : nullptr;
  }
  void link() {
    KnownDeal& deal = deals_[random_() % std::size(deals_)];
    const KnownLead* const lead = some_lead();
    if (!deal.lead.empty() || !lead) return;
    deal.lead = lead->id;
    if (!deal.heard && deal.rev == 0) return;  // its first fact names the lead
    const Json deals = {{{"deal_id", deal.id}, {"subject_rev", ++deal.rev}}};
    say("journey.rekey", "subj:deal:" + deal.id, {{"from", "subj:deal:" + deal.id}, {"to", "subj:" + lead->id}, {"deals", deals}});
  }
  void merge() {
    KnownLead *const survivor = some_lead(), *const absorbed = some_lead();
    if (!survivor || !absorbed || survivor == absorbed) return;
    const Json merged = {{"survivor", survivor->id}, {"absorbed", {absorbed->id}}};
    for (const KnownLead* each : {survivor, absorbed}) say("lead.merged", "subj:" + each->id, merged);
    Json deals = Json::array();
    for (KnownDeal& deal : deals_)
      if (deal.lead == absorbed->id) {
        deal.lead = survivor->id;
        deals.push_back({{"deal_id", deal.id}, {"subject_rev", ++deal.rev}});
      }
    say("journey.rekey", "subj:" + absorbed->id, {{"from", "subj:" + absorbed->id}, {"to", "subj:" + survivor->id}, {"deals", deals}});
    absorbed->is = Is::gone;
    survivor->aliases.push_back(static_cast<std::size_t>(absorbed - leads_));
    survivor->aliases.insert(survivor->aliases.end(), absorbed->aliases.begin(), absorbed->aliases.end());
  }
  void erase() {
    KnownLead* const lead = some_lead();
    if (!lead || random_() % 2) return;
    lead->is = Is::gone;
    for (KnownDeal& deal : deals_)
      if (deal.lead == lead->id) {
        deal.lead.clear();
        if (deal.rev > 0 || deal.heard) ++deal.rev;
      }
    const Json erased = {{"lead_id", lead->id}, {"request_id", "r"}};
    say("lead.erased", "subj:" + lead->id, erased);
    for (const std::size_t alias : lead->aliases) say("lead.erased", "subj:" + leads_[alias].id, erased);
  }
  void touch() {
    const KnownLead* const lead = some_lead();
    if (!lead) return;
    say("touch", "subj:" + lead->id, {{"ts_ms", clock_ - static_cast<TimeMs>(random_() % 40)}, {"kind", "click"}, {"message_id", "m" + std::to_string(++said_)},
                                      {"channel", "email"}, {"lead_id", lead->id}});
  }
  void click() {
    const std::string id = "C" + std::to_string(random_() % 3);
    say("click", "click:click_id=" + id, {{"click_id", id}, {"clicked_ms", clock_ - static_cast<TimeMs>(random_() % 40)}, {"platform", "meta"}, {"ad_id", "ad"},
                                          {"ad_account", "A"}, {"ids", {{"click_id", id}}}, {"measure_consent", true}});
  }

  Lanes& lanes_;
  std::mt19937& random_;
  TimeMs now_ = 0, clock_ = 90 * kDay;
  int said_ = 0, events_ = 0;
  KnownDeal deals_[2] = {{.id = "d1"}, {.id = "d2"}};
  KnownLead leads_[5] = {{.id = "ld_1"}, {.id = "ld_2"}, {.id = "ld_3"}, {.id = "ld_4"}, {.id = "ld_5"}};
  std::map<std::string, std::int64_t> increments_;
};

// All credits, added up.
class Books {
 public:
  void take(const Sent& record) {
    if (record.type != "attribution.credit") return;
    const std::string model = record.data.at("model"), deal = record.data.at("deal_id");
    const auto cents = record.data.at("amount_cents").get<std::int64_t>();
    twice_ += !ids_.insert(record.data.at("credit_id")).second;
    credited_[{model, record.data.at("event_id")}] += cents;
    standing_[model + " " + deal + " " + record.data.at("ref").get<std::string>()] += cents;
  }
  void check(const std::map<std::string, std::int64_t>& increments) const {
    CHECK(twice_ == 0);
    for (const std::string& model : kModels)
      for (const auto& [event, cents] : increments) {
        const auto found = credited_.find({model, event});
        CHECK_MESSAGE((found == credited_.end() ? 0 : found->second) == cents, model << " " << event);
      }
    for (const auto& [key, cents] : standing_) CHECK_MESSAGE(cents >= 0, key);
  }

 private:
  std::set<std::string> ids_;
  int twice_ = 0;
  std::map<std::pair<std::string, std::string>, std::int64_t> credited_;
  std::map<std::string, std::int64_t> standing_;
};

void in_some_order(unsigned seed) {
  CAPTURE(seed);
  std::mt19937 random(seed);
  AttributionDriver d;
  d.now(100 * kDay);
  Lanes lanes;
  Harvest harvest(lanes, random);
  Books books;
  int left = 30;  // things that harvest says
  while (left > 0 || !lanes.empty()) {
    d.now(d.now() + 1);
    if (left > 0 && (lanes.empty() || random() % 8 == 0)) {
      harvest.says_something(d.now());
      --left;
      continue;
    }
    if (random() % 200 == 0) d.restart();
    const auto [at, record] = lanes.take(random);
    for (Sent& each : d.send(record.type, record.data,
                             {.at_ms = d.now(), .event_ms = record.time, .tenant = record.tenant, .key = record.key, .id = record.id, .source = "millrace"})) {
      if (each.topic == "attribution.touches") lanes.put(at, std::move(each));
      else books.take(each);
    }
  }
  books.check(harvest.increments());
}

}  // namespace

TEST_SUITE("topology/attribution") {
  TEST_CASE("AT-1 AT-2 AT-4: deals are credited once and add up, in whatever order their moves, facts, matches and erasures arrive") {
    for (unsigned seed = 1; seed <= 60; ++seed) in_some_order(seed);
  }
}
