// Keys of route's tables: "tenant/zone/…". A zone's name is a user's text, so '/' '*' and '%' in it are escaped, and
// keys of different zones never share a prefix; "*" stands for all zones of a tenant.
#pragma once

#include <string>
#include <string_view>

namespace millrace::route {

std::string zone_key(std::string_view tenant, std::string_view zone);
inline std::string every_zone_key(std::string_view tenant) { return std::string(tenant) + "/*"; }
inline std::string under(std::string_view zone_key, std::string_view name) {
  std::string key;
  key.reserve(zone_key.size() + name.size() + 1);
  return key.append(zone_key).append(1, '/').append(name);
}
// "tenant/zone/lead" -> "tenant"
inline std::string_view tenant_of(std::string_view key) { return key.substr(0, key.find('/')); }
// "tenant/zone/lead" -> "tenant/zone"
std::string_view zone_part(std::string_view key);
// "tenant/zone" -> "zone", unescaped
std::string zone_of_key(std::string_view zone_key);
// "tenant/zone/lead" -> "lead"
std::string_view last_part(std::string_view key);
// The key of a record of leads.scored is "tenant/zone", unescaped -> "zone".
std::string_view zone_of_record(std::string_view record_key);

}  // namespace millrace::route
