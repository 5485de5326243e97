// Who a simulated lead is: name, company, place. A function of (seed, person), so that duplicates are one person.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/simulation/population.h"

namespace millrace::simulation {

struct Place {
  std::string_view location, timezone;
};

struct Person {
  std::string first_name, last_name, email, company, website, phone, linkedin_url, ip, user_agent;
  std::string_view role, industry, company_size;
  Place place;
  std::int64_t employee_count = 0, annual_revenue_cents = 0;
  std::vector<std::string> signals;
  bool consented = false, objects = false, budget = false, has_phone = false, has_linkedin = false;
  std::int64_t timeline_months = 0;  // 0: not said
};

Person person_at(std::int64_t seed, std::int64_t person, std::int64_t quality_bp);

// The ideal customer that better leads resemble, as [icp.<tenant>] of the policy.
std::string icp_toml(std::string_view tenant);

}  // namespace millrace::simulation
