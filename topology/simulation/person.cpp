#include "topology/simulation/person.h"

#include <array>

#include "core/chance.h"

namespace millrace::simulation {

namespace {

using std::string_view;

constexpr std::array<string_view, 24> kFirst = {"Ada",   "Ben",  "Carla", "David", "Elena", "Felix", "Grace", "Hugo",
                                                "Irene", "Jonas", "Kira",  "Liam",  "Maya",  "Noah",  "Olga",  "Paul",
                                                "Quinn", "Rosa", "Sven",  "Tara",  "Uwe",   "Vera",  "Wanda", "Yusuf"};
constexpr std::array<string_view, 24> kLast = {"Adler",  "Brooks", "Costa",  "Dietrich", "Evans",  "Fischer", "Garcia", "Hansen",
                                               "Ito",    "Jensen", "Keller", "Lopez",    "Meyer",  "Novak",   "Olsen",  "Peters",
                                               "Quadri", "Rossi",  "Silva",  "Turner",   "Ulrich", "Vogel",   "Weber",  "Young"};
constexpr std::array<string_view, 16> kCompany = {"Northwind", "Brightline", "Cobalt",  "Delta",   "Everest", "Fairway", "Granite", "Harbor",
                                                  "Ironwood",  "Juniper",    "Keystone", "Lakeside", "Meridian", "Nimbus",  "Oakfield", "Pinnacle"};
constexpr std::array<string_view, 6> kTrade = {"Systems", "Logistics", "Foods", "Tools", "Media", "Works"};

constexpr std::array<string_view, 3> kGoodRole = {"VP Operations", "Head of Sales", "Chief Revenue Officer"};
constexpr std::array<string_view, 4> kOtherRole = {"Sales Assistant", "Office Coordinator", "Account Executive", "Marketing Specialist"};
constexpr std::array<string_view, 3> kGoodIndustry = {"software", "logistics", "manufacturing"};
constexpr std::array<string_view, 4> kOtherIndustry = {"retail", "education", "hospitality", "agriculture"};
constexpr std::array<Place, 4> kGoodPlace = {{{"Austin, Texas, United States", "America/Chicago"},
                                              {"Boston, Massachusetts, United States", "America/New_York"},
                                              {"London, United Kingdom", "Europe/London"},
                                              {"Berlin, Germany", "Europe/Berlin"}}};
constexpr std::array<Place, 4> kOtherPlace = {{{"Madrid, Spain", "Europe/Madrid"},
                                               {"Lisbon, Portugal", "Europe/Lisbon"},
                                               {"Toronto, Ontario, Canada", "America/Toronto"},
                                               {"Milan, Italy", "Europe/Rome"}}};
struct Size {
  string_view name;
  std::int64_t employees, revenue_cents;  // at least, and up to the double
};
constexpr std::array<Size, 4> kSizes = {{{"startup", 3, 20'000'000}, {"small", 15, 150'000'000}, {"medium", 120, 2'000'000'000},
                                         {"enterprise", 900, 20'000'000'000}}};
constexpr std::array<string_view, 6> kSignals = {"recent_job_change", "company_funded_recently", "company_hiring",
                                                 "recent_activity",   "is_decision_maker",       "has_budget_authority"};
constexpr std::array<string_view, 2> kBrowser = {"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15",
                                                 "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36"};

// Draws of one person, in the order of their use.
class Draws {
 public:
  Draws(std::int64_t seed, std::int64_t person) : chance_(seed, "simulate.person", std::to_string(person)) {}
  std::int64_t below(std::int64_t n) { return chance_.uniform(next_++, 0, n); }
  bool happens(std::int64_t bp) { return below(10'000) < bp; }
  template <class T, std::size_t N>
  const T& one_of(const std::array<T, N>& all) {
    return all[static_cast<std::size_t>(below(N))];
  }

 private:
  Chance chance_;
  std::uint64_t next_ = 0;
};

std::string lower(string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

}  // namespace

Person person_at(std::int64_t seed, std::int64_t person, std::int64_t quality_bp) {
  Draws draw(seed, person);
  const std::string number = std::to_string(person);
  Person p;
  p.first_name = draw.one_of(kFirst);
  p.last_name = draw.one_of(kLast);
  const string_view name = draw.one_of(kCompany), trade = draw.one_of(kTrade);
  p.company = std::string(name) + " " + std::string(trade) + " " + std::to_string(person / 2);  // two people a company
  const std::string domain = lower(name) + "-" + lower(trade) + "-" + std::to_string(person / 2) + ".example.com";
  p.website = "https://" + domain;
  const std::string slug = lower(p.first_name) + "." + lower(p.last_name);
  p.email = slug + "." + number + "@" + domain;
  p.linkedin_url = "https://www.linkedin.com/in/" + lower(p.first_name) + "-" + lower(p.last_name) + "-" + number;
  p.phone = "+1415" + std::to_string(2'000'000 + person % 7'999'999);
  p.has_phone = draw.happens(4000);
  p.has_linkedin = draw.happens(5000);
  p.ip = "198.18." + std::to_string(person / 250 % 250) + "." + std::to_string(person % 250 + 1);
  p.user_agent = draw.one_of(kBrowser);

  p.role = draw.happens(quality_bp) ? draw.one_of(kGoodRole) : draw.one_of(kOtherRole);
  p.industry = draw.happens(quality_bp) ? draw.one_of(kGoodIndustry) : draw.one_of(kOtherIndustry);
  p.place = draw.happens(quality_bp) ? draw.one_of(kGoodPlace) : draw.one_of(kOtherPlace);
  const Size& size = kSizes[draw.happens(quality_bp) ? 2 + static_cast<std::size_t>(draw.below(2)) : static_cast<std::size_t>(draw.below(3))];
  p.company_size = size.name;
  p.employee_count = size.employees + draw.below(size.employees);
  p.annual_revenue_cents = size.revenue_cents + draw.below(size.revenue_cents);
  for (const string_view signal : kSignals)
    if (draw.happens(500 + quality_bp * 6 / 10)) p.signals.emplace_back(signal);
  p.budget = draw.happens(quality_bp / 2);
  p.timeline_months = draw.happens(quality_bp * 6 / 10) ? 1 + draw.below(9) : 0;
  p.consented = draw.happens(3500);
  p.objects = !p.consented && draw.happens(150);
  return p;
}

std::string icp_toml(string_view tenant) {
  return "[icp." + std::string(tenant) + "]\n" +
         R"(sizes = ["medium", "enterprise"]
industries = ["software", "logistics", "manufacturing"]
locations = ["United States", "United Kingdom", "Germany"]
titles = ["VP Operations", "Head of Sales", "Chief Revenue Officer"]
revenue_min_cents = 1000000000
revenue_max_cents = 50000000000
)";
}

}  // namespace millrace::simulation
