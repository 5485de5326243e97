#include "topology/outreach/policy.h"

#include "topology/outreach/country.h"
#include "topology/outreach/lower_case.h"
#include "topology/outreach/schedule.h"

namespace millrace::outreach {

void OutreachPolicy::load(const Policy& policy, std::string_view tenant) {
  country_names = default_country_names();
  for (const auto& [name, value] : policy.table("outreach.country_names", tenant))
    if (const auto* code = std::get_if<std::string>(&value)) country_names[lower_case(name)] = *code;
  sequences = default_sequences();
  for (const auto& [key, value] : policy.table("sequence", tenant)) {
    const auto dot = key.rfind(".days");
    const auto* days = std::get_if<std::vector<std::int64_t>>(&value);
    if (dot != std::string::npos && dot + 5 == key.size() && days) sequences[key.substr(0, dot)] = *days;
  }
}

}  // namespace millrace::outreach
