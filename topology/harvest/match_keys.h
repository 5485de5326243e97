// The keys that clicks and conversions meet under (spec/attribution.md sections 2 and 4), without the tenant:
// "click:<name>=<value>", "fp:<hash>", "ipua:<hash>". Addresses and browsers leave harvest only as these hashes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/events/crm_events.h"
#include "topology/harvest/web.h"

namespace millrace::harvest {

// hex SHA-256 of the parts joined by '|', missing ones empty; nullopt with fewer than `min_parts` given.
std::optional<std::string> fingerprint_hash(const Fingerprint& fingerprint, std::int64_t min_parts);
// The address as it counts: IPv6 cut to its first four groups of four digits, an IPv4-mapped one as its IPv4; lower-case.
std::string counted_ip(std::string_view ip);
// First 32 hex of SHA-256 of ip, '|', user agent; nullopt unless both are there.
std::optional<std::string> ipua_hash(std::string_view ip, std::string_view user_agent);

// Click ids in order; then, only with consent, fp and ipua.
std::vector<std::string> match_keys(const Params& click_ids, const std::optional<std::string>& fp, const std::optional<std::string>& ipua,
                                    bool measure_consent);

}  // namespace millrace::harvest
