#include "topology/simulation/facts.h"

#include <algorithm>

#include "core/chance.h"
#include "core/fields.h"
#include "core/hash.h"
#include "topology/events/crm_events.h"
#include "topology/simulation/person.h"

namespace millrace::simulation {

namespace {

bool is_ad(Channel channel) { return channel == Channel::ad_google || channel == Channel::ad_meta; }

// One lead's story while it is told.
class Story {
 public:
  Story(const Plan& plan, std::int64_t index)
      : plan_(plan), chance_(plan.seed, "simulate.facts", std::to_string(index)), lead_(lead_at(plan.seed, index, plan.days)) {
    const std::int64_t who = person_of(plan.seed, index);
    // A person is as good as the lead that came first.
    person_ = person_at(plan.seed, who, who == index ? lead_.quality_bp : lead_at(plan.seed, who, plan.days).quality_bp);
    tenant_ = tenant_of(plan, index);
    captured_ms_ = plan.start_ms + lead_.day * kDayMs + 7 * kHourMs + draw(0, 13 * kHourMs);
    wants_measure_ = draw(0, 10'000) < 7000;
    has_click_id_ = draw(0, 10'000) < 8000;
  }

  std::vector<Fact> tell() {
    if (is_ad(lead_.channel)) click();
    capture();
    if (!complete_) enrich();
    deal();
    std::stable_sort(facts_.begin(), facts_.end(), [](const Fact& a, const Fact& b) { return a.time_ms < b.time_ms; });
    return std::move(facts_);
  }

 private:
  std::int64_t draw(std::int64_t lo, std::int64_t hi) { return chance_.uniform(next_++, lo, hi); }
  bool happens(std::int64_t bp) { return draw(0, 10'000) < bp; }

  template <class Event>
  void put(const Event& event, std::string_view kind, TimeMs at) {
    if (at >= plan_.end_ms()) return;
    facts_.push_back(fact_of(Event::type, event, std::string(kind) + "-" + std::to_string(lead_.index), tenant_, at));
  }

  std::string_view platform() const { return lead_.channel == Channel::ad_google ? "google" : "meta"; }
  std::map<std::string, std::string> click_ids() const {
    const std::string id = hid("", 24, {std::to_string(plan_.seed), "click", std::to_string(lead_.index)});
    return {{lead_.channel == Channel::ad_google ? "gclid" : "fbclid", id}};
  }

  void click() {
    AdClick e;
    e.clicked_ms = captured_ms_ - draw(30'000, 20 * kMinuteMs);
    e.platform = std::string(platform());
    e.ad_account = *e.platform + "-1";
    e.ad_id = *e.platform + "-ad-" + std::to_string(draw(1, 3));
    e.campaign_id = campaign_of(tenant_);
    e.click_ids = click_ids();
    e.ip = person_.ip;
    e.user_agent = person_.user_agent;
    e.measure_consent = wants_measure_;
    put(e, "click", e.clicked_ms);
  }

  void capture() {
    LeadCaptured e;
    e.lead_source = name_of(lead_.source);
    e.email = person_.email;
    e.first_name = person_.first_name;
    e.last_name = person_.last_name;
    e.company = person_.company;
    e.website = person_.website;
    e.role = std::string(person_.role);
    e.location = std::string(person_.place.location);
    e.timezone = std::string(person_.place.timezone);
    if (person_.has_phone) e.phone = person_.phone;
    if (person_.has_linkedin) e.linkedin_url = person_.linkedin_url;
    e.campaign_id = campaign_of(tenant_);
    e.consent = person_.consented ? "CONSENTED" : person_.objects ? "DNC" : "UNKNOWN";
    e.email_verified = happens(200) ? "bad" : happens(6000) ? "ok" : "unknown";
    e.deal_value_cents = 300'000 + person_.employee_count * 500 + draw(0, 900'000);
    e.currency = "USD";
    e.budget = person_.budget;
    if (person_.timeline_months > 0) e.timeline_months = person_.timeline_months;
    if (person_.budget) e.pain_points = {"manual work"};
    complete_ = happens(4000);
    if (complete_) {
      e.company_size = std::string(person_.company_size);
      e.employee_count = person_.employee_count;
      e.industry = std::string(person_.industry);
      e.annual_revenue_cents = person_.annual_revenue_cents;
      e.signals = person_.signals;
    }
    switch (lead_.channel) {
      case Channel::ad_google:
      case Channel::ad_meta:
        e.utm = {{"medium", "cpc"}, {"source", std::string(platform())}};
        if (has_click_id_) e.click_ids = click_ids();
        e.ip = person_.ip;
        e.user_agent = person_.user_agent;
        e.measure_consent = wants_measure_;
        break;
      case Channel::email: e.utm = {{"medium", "email"}, {"source", "newsletter"}}; break;
      case Channel::organic: e.utm = {{"medium", "organic"}, {"source", "search"}}; break;
    }
    put(e, "lead", captured_ms_);
  }

  void enrich() {
    if (happens(1000)) return;  // nothing is found of some
    LeadEnriched e;
    e.email = person_.email;
    e.final = true;
    e.enrichment.company_size = std::string(person_.company_size);
    e.enrichment.employee_count = person_.employee_count;
    e.enrichment.industry = std::string(person_.industry);
    e.enrichment.annual_revenue_cents = person_.annual_revenue_cents;
    e.enrichment.signals = person_.signals;
    put(e, "enriched", captured_ms_ + draw(kMinuteMs, 6 * kHourMs));
  }

  void stage(std::string_view name, TimeMs at, std::optional<std::int64_t> amount = {}) {
    CrmStageChanged e;
    e.deal_id = "sim:" + std::to_string(lead_.index);
    e.stage_to = name;
    e.email = person_.email;
    e.currency = "USD";
    e.amount_cents = amount;
    put(e, name, at);
  }

  void deal() {
    const bool lost = !lead_.wins && happens(800 + lead_.quality_bp / 8);
    if (!lead_.wins && !lost) return;
    TimeMs at = captured_ms_ + draw(kDayMs, 10 * kDayMs);
    stage("appointment_scheduled", at);
    at += draw(kHourMs, 5 * kDayMs);
    if (lead_.wins || happens(6000)) stage("show_up", at);
    at += draw(kDayMs, 15 * kDayMs);
    if (lead_.wins) stage("closed_won", at, 400'000 + person_.employee_count * 600 + draw(0, 1'500'000));
    else stage("closed_lost", at);
  }

  const Plan& plan_;
  Chance chance_;
  std::uint64_t next_ = 0;
  Lead lead_;
  Person person_;
  std::string tenant_;
  TimeMs captured_ms_ = 0;
  bool wants_measure_ = false, has_click_id_ = false, complete_ = false;
  std::vector<Fact> facts_;
};

}  // namespace

std::string campaign_of(std::string_view tenant) { return hid("cmp_", 12, {tenant, "first orders"}); }

std::vector<Fact> facts_of_lead(const Plan& plan, std::int64_t index) { return Story(plan, index).tell(); }

std::vector<Fact> ad_spend_of_day(const Plan& plan, std::int64_t day) {
  std::vector<Fact> facts;
  const TimeMs end_of_day = plan.start_ms + (day + 1) * kDayMs - 1;
  const std::int64_t leads_a_day = plan.leads / plan.days / plan.tenants + 1;
  for (std::int64_t tenant = 0; tenant < plan.tenants; ++tenant)
    for (const char* platform : {"google", "meta"})
      for (int ad = 1; ad <= 2; ++ad) {
        AdMetrics e;
        e.ad_account = std::string(platform) + "-1";
        e.ad_id = std::string(platform) + "-ad-" + std::to_string(ad);
        e.campaign_id = campaign_of(tenant_name(tenant));
        e.day = utc_date(end_of_day);
        e.currency = "USD";
        const std::string id = "spend-" + e.ad_id + "-" + e.day;
        const Chance chance(plan.seed, "simulate.spend", tenant_name(tenant) + "/" + id);
        e.clicks = chance.uniform(0, leads_a_day, leads_a_day * 4 + 2);
        e.impressions = *e.clicks * chance.uniform(1, 40, 120);
        e.spend_cents = *e.clicks * chance.uniform(2, 80, 260);
        e.conversions = chance.uniform(3, 0, *e.clicks / 4 + 1);
        e.budget_cents = 50'000;
        e.frequency_bp = chance.uniform(4, 10'000, 26'000);
        facts.push_back(fact_of(AdMetrics::type, e, id, tenant_name(tenant), end_of_day));
      }
  return facts;
}

}  // namespace millrace::simulation
