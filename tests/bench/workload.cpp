#include "tests/bench/workload.h"

#include <algorithm>

#include "core/hash.h"
#include "topology/events/crm_events.h"
#include "topology/simulation/facts.h"
#include "topology/simulation/person.h"
#include "topology/simulation/setup.h"

namespace millrace::bench {

namespace {

constexpr std::int64_t kSeed = 7;

std::uint64_t mixed(std::uint64_t x) {  // splitmix64
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27) * 0x94D049BB133111EBU;
  return x ^ x >> 31;
}

std::string tenant_of(std::int64_t index) {
  return simulation::tenant_name(index < kNewLead ? index % kTenants : kTenants + index % kNewTenants);
}
std::string lead_id_of(std::int64_t index) {
  return hid("ld_", 20, {tenant_of(index), simulation::kProducer, simulation::captured_id(index)});
}
std::string deal_of(std::int64_t index) { return "deal-" + std::to_string(index); }

simulation::Person person_of(std::int64_t index) {
  return simulation::person_at(kSeed, index, static_cast<std::int64_t>(mixed(static_cast<std::uint64_t>(index)) % 10'001));
}

LeadCaptured captured(std::int64_t index) {
  const simulation::Person person = person_of(index);
  LeadCaptured e;
  e.lead_source = "csv";
  e.external_id = "crm:" + std::to_string(index);
  e.email = person.email;
  e.first_name = person.first_name;
  e.last_name = person.last_name;
  e.company = person.company;
  e.role = std::string(person.role);
  e.location = std::string(person.place.location);
  e.timezone = std::string(person.place.timezone);
  e.campaign_id = simulation::campaign_of(tenant_of(index));
  e.consent = person.consented ? "CONSENTED" : "UNKNOWN";
  e.email_verified = "ok";
  e.company_size = std::string(person.company_size);
  e.employee_count = person.employee_count;
  e.industry = std::string(person.industry);
  e.annual_revenue_cents = person.annual_revenue_cents;
  e.deal_value_cents = 300'000 + person.employee_count * 500;
  e.currency = "USD";
  e.signals = person.signals;
  return e;
}

// A field that no stage reads brings the record to its size.
template <class Event>
std::string record(std::string_view type, const Event& event, std::string id, std::int64_t index, TimeMs at_ms) {
  std::string json = simulation::fact_of(type, event, std::move(id), tenant_of(index), at_ms).json;
  constexpr std::string_view mark = "},\"id\":";
  constexpr std::string_view note = ",\"zz_note\":\"\"";
  if (json.size() + note.size() < kFactBytes)
    json.insert(json.find(mark), ",\"zz_note\":\"" + std::string(kFactBytes - json.size() - note.size(), 'x') + "\"");
  return json;
}

}  // namespace

simulation::Plan plan_of(const Population& population) {
  return {.seed = kSeed, .leads = population.leads, .days = 30, .tenants = kTenants + kNewTenants, .start_ms = population.at_ms};
}

// Nothing waits for a morning, a limit or a Monday.
std::string policy_toml(const Population& population) {
  std::string toml = simulation::policy_toml(plan_of(population));
  return "[dispatch]\nquiet = [\"00:00\", \"00:00\"]\nwindow = {start = \"00:00\", end = \"24:00\", days = [1,2,3,4,5,6,7]}\n"
         "[dispatch.limit]\nglobal_day = 1000000\nemail = {channel_hour = 1000000, channel_day = 1000000}\n"
         "[campaign]\nmax_per_day = 1000000\n" +
         toml;
}

std::string capture(const Population& population, std::int64_t index) {
  return record(LeadCaptured::type, captured(index), simulation::captured_id(index), index, population.at_ms);
}

std::string fact(const Population& population, std::int64_t n, std::string_view salt) {
  if (mixed(static_cast<std::uint64_t>(n)) % 100 < 2 && n > 0) return fact(population, n - 1, salt);  // WL-2
  const std::uint64_t r = mixed(static_cast<std::uint64_t>(n) * 2 + 1'000'000'007U);
  const std::int64_t stride = std::max<std::int64_t>(1, population.leads / population.active);
  const std::int64_t index = static_cast<std::int64_t>(r % static_cast<std::uint64_t>(population.active)) * stride;
  const std::uint64_t kind = (r >> 40) % 100, more = r >> 20 & 0xFFFF;
  const std::string id = std::string(salt) + "-" + std::to_string(n);
  const TimeMs at_ms = population.from_ms + n / 50;
  const auto make = [&](std::string_view type, const auto& event) { return record(type, event, id, index, at_ms); };

  if (kind < 65) {
    EngagementFact e;
    e.lead_id = lead_id_of(index);
    e.message_id = "mb-" + std::to_string(index);
    e.user_agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15";
    if (kind < 60) return make("engagement.opened", e);
    e.url = "https://example.com/book?from=" + std::to_string(more);
    return make("engagement.clicked", e);
  }
  if (kind < 80) {
    LeadCaptured e = captured(index);
    e.deal_value_cents = 300'000 + static_cast<std::int64_t>(more) * 20;
    return make(LeadCaptured::type, e);
  }
  if (kind < 92) {
    LeadEnriched e;
    e.external_id = "crm:" + std::to_string(index);
    e.final = true;
    const simulation::Person other = person_of(index + static_cast<std::int64_t>(more % 3) + 1);
    e.enrichment.employee_count = other.employee_count;
    e.enrichment.industry = std::string(other.industry);
    e.enrichment.annual_revenue_cents = other.annual_revenue_cents;
    e.enrichment.signals = other.signals;
    return make(LeadEnriched::type, e);
  }
  if (kind < 95) {
    static constexpr std::string_view stages[] = {"appointment_scheduled", "show_up", "closed_lost", "closed_won"};
    CrmStageChanged e;
    e.deal_id = deal_of(index);
    e.stage_to = stages[more % 4];
    e.lead_id = lead_id_of(index);
    e.currency = "USD";
    e.amount_cents = 400'000 + static_cast<std::int64_t>(more) * 10;
    return make(CrmStageChanged::type, e);
  }
  AdClick e;
  e.clicked_ms = at_ms;
  e.platform = "google";
  e.ad_account = "google-1";
  e.ad_id = "google-ad-" + std::to_string(more % 3);
  e.campaign_id = simulation::campaign_of(tenant_of(index));
  e.click_ids = {{"gclid", hid("", 24, {"click", std::to_string(n)})}};
  e.ip = "198.18.7." + std::to_string(index % 250);
  e.user_agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36";
  e.lead_id = lead_id_of(index);
  e.measure_consent = true;
  return make(AdClick::type, e);
}

}  // namespace millrace::bench
