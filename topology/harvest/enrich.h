// What to ask the enrichment worker about a lead after a capture (spec/harvest.md section 7.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace millrace::harvest {

struct EnrichInput {
  bool has_size = false;  // company_size or employee_count
  bool has_industry = false;
  bool has_email = false;
  std::string_view email_verified;  // empty or "unknown": not known
};

// The fields wanted, in this order; empty: nothing is sent, also within `ttl_ms` of the last time.
inline std::vector<std::string> enrich_fields(const EnrichInput& lead, std::optional<TimeMs> last_ms, TimeMs now_ms, DurationMs ttl_ms) {
  std::vector<std::string> wanted;
  if (last_ms && now_ms - *last_ms < ttl_ms) return wanted;
  if (!lead.has_size) wanted.emplace_back("company_size");
  if (!lead.has_industry) wanted.emplace_back("industry");
  if (lead.has_email && (lead.email_verified.empty() || lead.email_verified == "unknown")) wanted.emplace_back("email_verified");
  return wanted;
}

}  // namespace millrace::harvest
