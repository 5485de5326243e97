#include "topology/route/keys.h"

namespace millrace::route {

namespace {
// Position of the second '/', which ends "tenant/zone".
std::size_t zone_end(std::string_view key) {
  const auto tenant_end = key.find('/');
  return tenant_end == std::string_view::npos ? tenant_end : key.find('/', tenant_end + 1);
}
}  // namespace

std::string zone_key(std::string_view tenant, std::string_view zone) {
  std::string key;
  key.reserve(tenant.size() + zone.size() + 1);
  key.append(tenant).append(1, '/');
  for (const char c : zone) {
    if (c == '/') key.append("%2F");
    else if (c == '*') key.append("%2A");
    else if (c == '%') key.append("%25");
    else key.push_back(c);
  }
  return key;
}

std::string_view zone_part(std::string_view key) { return key.substr(0, zone_end(key)); }

std::string zone_of_key(std::string_view zone_key) {
  std::string zone;
  const std::string_view escaped = zone_of_record(zone_key);
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      zone.push_back(escaped[i]);
      continue;
    }
    const std::string_view code = escaped.substr(i + 1, 2);
    zone.push_back(code == "2F" ? '/' : code == "2A" ? '*' : '%');
    i += 2;
  }
  return zone;
}

std::string_view last_part(std::string_view key) {
  const auto end = zone_end(key);
  return end == std::string_view::npos ? std::string_view() : key.substr(end + 1);
}

std::string_view zone_of_record(std::string_view record_key) {
  const auto slash = record_key.find('/');
  return slash == std::string_view::npos ? std::string_view() : record_key.substr(slash + 1);
}

}  // namespace millrace::route
