#include "topology/simulation/setup.h"

#include <algorithm>

#include "topology/simulation/person.h"

namespace millrace::simulation {

namespace {

constexpr std::int64_t kArmDays = 29;  // an arming lives for thirty
constexpr std::string_view kActor = "simulation";

class Desk {
 public:
  Desk(std::string tenant, TimeMs at, std::vector<Fact>& out) : tenant_(std::move(tenant)), at_(at), out_(out) {}

  template <class Event>
  void put(Event event) {
    const std::string number = std::to_string(++count_);
    event.request_id = "setup-" + std::string(number.size() < 3 ? 3 - number.size() : 0, '0') + number;  // sorted by id, too
    event.actor = kActor;
    event.roles = {"admin"};
    std::string id = event.request_id;
    out_.push_back(fact_of(Event::type, event, std::move(id), tenant_, at_));
  }
  void go_to(TimeMs at) { at_ = at; }

 private:
  std::string tenant_;
  TimeMs at_;
  std::vector<Fact>& out_;
  int count_ = 0;
};

void define_texts(Desk& desk, const std::string& sequence, int steps) {
  for (int step = 1; step <= steps; ++step) {
    TemplateDefined e;
    e.template_id = sequence + "/" + std::to_string(step) + "/email";
    e.version = 1;
    e.channel = "email";
    e.subject = step == 1 ? "{{company}} and the leads that wait" : "One more thought for {{company}}";
    e.body = "Hello {{first_name}},\n\n" +
             std::string(step == 1 ? "most teams in {{industry}} answer a lead after a day. We bring that to minutes.\n"
                                   : "if now is a bad time, tell me when a better one is.\n") +
             "A quarter of an hour: {{booking_url}}\n\n{{sender_name}}, {{sender_company}}\n{{postal_address}}\nNo more mail: {{unsubscribe_url}}\n";
    desk.put(e);
  }
}

void define_tenant(Desk& desk, const Plan& plan) {
  CampaignDefined campaign;
  campaign.name = "First orders";
  campaign.description = "The campaign of a simulation";
  campaign.max_per_day = 500;
  desk.put(campaign);

  define_texts(desk, "aggressive_close", 3);
  define_texts(desk, "regular_nurture", 4);

  // Senders warm up slowly: one for about three leads a day.
  const std::int64_t senders = std::clamp<std::int64_t>(plan.leads / plan.days / plan.tenants / 3, 1, 12);
  for (std::int64_t n = 1; n <= senders; ++n) {
    desk.put(sample_sender("sender-" + std::to_string(n)));
  }

  ChannelConfig channel;
  channel.channel = "email";
  channel.enabled = true;
  channel.settings.text = R"({"provider":"simulated"})";
  desk.put(channel);

  ZoneDefined zone;
  zone.zone = "default";
  zone.average_price_cents = 1'500'000;
  zone.risk_bp = 2000;
  zone.currency = "USD";
  desk.put(zone);
  for (const char* name : {"owner-1", "owner-2"}) {
    OwnerDefined owner;
    owner.owner_id = name;
    owner.zones = {"default"};
    owner.capacity = std::max<std::int64_t>(50, plan.leads / plan.tenants / 4);
    desk.put(owner);
  }
}

void arm(Desk& desk, const std::string& tenant) {
  ConnectorArmed e;
  e.connector = "email";
  e.tenant = tenant;
  e.armed = true;
  e.reason = "the world of this namespace is simulated";
  desk.put(e);
}

}  // namespace

SenderDefined sample_sender(std::string sender_id) {
  SenderDefined sender;
  sender.address = sender_id + "@mail.example.com";
  sender.sender_id = std::move(sender_id);
  sender.channel = "email";
  sender.name = "Robin of Sales";
  sender.company = "Example Works";
  sender.postal_address = "1 Mill Road, Boston, MA 02101";
  sender.booking_url = "https://example.com/book";
  sender.domain = "mail.example.com";
  sender.timezone = "UTC";
  return sender;
}

std::string policy_toml(const Plan& plan) {
  std::string toml = "# The policy of a simulation: the ideal customer of each tenant.\n";
  for (std::int64_t n = 0; n < plan.tenants; ++n) toml += "\n" + icp_toml(tenant_name(n));
  return toml;
}

std::vector<Fact> setup_records(const Plan& plan, bool armed) {
  std::vector<Fact> out;
  for (std::int64_t n = 0; n < plan.tenants; ++n) {
    const std::string tenant = tenant_name(n);
    Desk desk(tenant, plan.start_ms, out);
    define_tenant(desk, plan);
    for (std::int64_t day = 0; armed && day < plan.days; day += kArmDays) {
      desk.go_to(plan.start_ms + day * kDayMs);
      arm(desk, tenant);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Fact& a, const Fact& b) { return a.time_ms < b.time_ms; });
  return out;
}

}  // namespace millrace::simulation
