#include <array>

#include "core/hash.h"
#include "topology/gateway/hubspot.h"

namespace millrace::gateway {

namespace {

constexpr DurationMs kFreshMs = 300'000;

std::string base64(const Sha256& bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const unsigned group = static_cast<unsigned>(bytes[i]) << 16 | (left > 1 ? static_cast<unsigned>(bytes[i + 1]) << 8 : 0) |
                           (left > 2 ? static_cast<unsigned>(bytes[i + 2]) : 0);
    out.push_back(digits[group >> 18]);
    out.push_back(digits[group >> 12 & 63]);
    out.push_back(left > 1 ? digits[group >> 6 & 63] : '=');
    out.push_back(left > 2 ? digits[group & 63] : '=');
  }
  return out;
}

// HS-3
bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

// The characters that HubSpot writes plainly where a URL has them escaped.
std::string decoded_query(std::string_view uri) {
  static constexpr std::array<std::pair<std::string_view, char>, 12> plain = {{{"3A", ':'}, {"2F", '/'}, {"3F", '?'}, {"40", '@'}, {"21", '!'},
                                                                              {"24", '$'}, {"27", '\''}, {"28", '('}, {"29", ')'}, {"2A", '*'},
                                                                              {"2C", ','}, {"3B", ';'}}};
  const std::size_t mark = uri.find('?');
  if (mark == std::string_view::npos) return std::string(uri);
  std::string out(uri.substr(0, mark + 1));
  for (std::size_t i = mark + 1; i < uri.size(); ++i) {
    char found = '\0';
    if (uri[i] == '%' && i + 2 < uri.size()) {
      std::string code(uri.substr(i + 1, 2));
      for (char& c : code)
        if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 32);
      for (const auto& [escaped, character] : plain)
        if (code == escaped) found = character;
    }
    if (found != '\0') i += 2;
    out.push_back(found != '\0' ? found : uri[i]);
  }
  return out;
}

}  // namespace

std::string_view check_hubspot_signature(const HubspotRequest& r, TimeMs now_ms) {
  if (r.secret.empty()) return "no_secret";
  const std::string_view uri = r.uri.substr(0, r.uri.find('#'));
  const auto joined = [](std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const std::string_view part : parts) out.append(part);
    return out;
  };
  std::string expected;
  if (r.version == "v1") {
    expected = sha256_hex(joined({r.secret, r.body}));
  } else if (r.version == "v2") {
    expected = sha256_hex(joined({r.secret, r.method, uri, r.body}));
  } else if (r.version == "v3") {
    if (!r.timestamp_ms) return "bad_signature";
    const DurationMs age = now_ms - *r.timestamp_ms;
    if (age > kFreshMs || age < -kFreshMs) return "stale_timestamp";
    expected = base64(hmac_sha256(r.secret, joined({r.method, decoded_query(uri), r.body, std::to_string(*r.timestamp_ms)})));
  } else {
    return "bad_signature";
  }
  return equal_in_constant_time(expected, r.signature) ? std::string_view{} : "bad_signature";
}

}  // namespace millrace::gateway
