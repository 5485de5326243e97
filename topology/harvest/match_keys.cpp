#include "topology/harvest/match_keys.h"

#include <array>

#include "core/hash.h"
#include "topology/harvest/contact.h"
#include "topology/wire/decode.h"

namespace millrace::harvest {

namespace {

struct TextPart {
  std::string text;
  static constexpr auto fields() { return FieldList{field("text", &TextPart::text)}; }
};

// A part as text: what a string says, numbers as written.
std::string part_of(const RawJson& json) {
  const std::string_view text = json.text;
  if (text == "null") return {};
  if (text.size() < 2 || text.front() != '"') return std::string(text);
  if (text.find('\\') == std::string_view::npos) return std::string(text.substr(1, text.size() - 2));
  TextPart part;
  std::string problem;
  return wire::decode_text("{\"text\":" + json.text + "}", part, problem) ? part.text : std::string(text);
}

// The eight groups of an IPv6 address; false when it is not one.
bool parse_ipv6(std::string_view ip, std::array<unsigned, 8>& groups) {
  std::vector<unsigned> head, tail;
  bool compressed = false;
  std::string_view rest = ip.substr(0, ip.find('%'));
  if (rest.starts_with("::")) {
    compressed = true;
    rest.remove_prefix(2);
  }
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string_view group = rest.substr(0, colon);
    std::vector<unsigned>& side = compressed ? tail : head;
    if (group.find('.') != std::string_view::npos) {  // an IPv4 address at the end
      unsigned bytes[4] = {}, n = 0, digits = 0;
      for (const char c : group) {
        if (c == '.') {
          if (digits == 0 || ++n > 3) return false;
          digits = 0;
        } else if (c >= '0' && c <= '9' && ++digits <= 3) {
          bytes[n] = bytes[n] * 10 + static_cast<unsigned>(c - '0');
          if (bytes[n] > 255) return false;
        } else {
          return false;
        }
      }
      if (n != 3 || digits == 0 || colon != std::string_view::npos) return false;
      side.push_back(bytes[0] << 8 | bytes[1]);
      side.push_back(bytes[2] << 8 | bytes[3]);
      break;
    }
    if (group.empty() || group.size() > 4) return false;
    unsigned value = 0;
    for (const char c : group) {
      if (c >= '0' && c <= '9') value = value << 4 | static_cast<unsigned>(c - '0');
      else if (c >= 'a' && c <= 'f') value = value << 4 | static_cast<unsigned>(c - 'a' + 10);
      else return false;
    }
    side.push_back(value);
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
    if (rest.starts_with(':')) {
      if (compressed) return false;
      compressed = true;
      rest.remove_prefix(1);
    } else if (rest.empty()) {
      return false;
    }
  }
  if (head.size() + tail.size() > 8 || (!compressed && head.size() != 8)) return false;
  groups.fill(0);
  for (std::size_t i = 0; i < head.size(); ++i) groups[i] = head[i];
  for (std::size_t i = 0; i < tail.size(); ++i) groups[8 - tail.size() + i] = tail[i];
  return true;
}

}  // namespace

std::optional<std::string> fingerprint_hash(const Fingerprint& f, std::int64_t min_parts) {
  std::string joined;
  std::int64_t given = 0;
  bool first = true;
  for (const RawJson* part : {&f.screen_w, &f.screen_h, &f.timezone, &f.tz_offset, &f.device_type, &f.os, &f.browser}) {
    const std::string text = part_of(*part);
    if (!first) joined.push_back('|');
    first = false;
    if (!text.empty()) ++given;
    joined.append(text);
  }
  if (given < min_parts || given == 0) return std::nullopt;
  return sha256_hex(joined);
}

std::string counted_ip(std::string_view ip) {
  std::string text = lower_case(trimmed(ip));
  std::array<unsigned, 8> g{};
  if (text.find(':') == std::string::npos || !parse_ipv6(text, g)) return text;
  if (g[0] == 0 && g[1] == 0 && g[2] == 0 && g[3] == 0 && g[4] == 0 && g[5] == 0xFFFF)
    return std::to_string(g[6] >> 8) + "." + std::to_string(g[6] & 255) + "." + std::to_string(g[7] >> 8) + "." + std::to_string(g[7] & 255);
  std::string out;
  static constexpr char digits[] = "0123456789abcdef";
  for (int i = 0; i < 4; ++i) {
    if (i) out.push_back(':');
    for (int shift = 12; shift >= 0; shift -= 4) out.push_back(digits[g[static_cast<std::size_t>(i)] >> shift & 15]);
  }
  return out;
}

std::optional<std::string> ipua_hash(std::string_view ip, std::string_view user_agent) {
  if (ip.empty() || user_agent.empty()) return std::nullopt;
  return sha256_hex(counted_ip(ip) + "|" + std::string(user_agent), 32);
}

std::vector<std::string> match_keys(const Params& click_ids, const std::optional<std::string>& fp, const std::optional<std::string>& ipua,
                                    bool measure_consent) {
  std::vector<std::string> keys;
  for (const std::string_view name : kClickIdNames)
    if (const auto id = click_ids.find(std::string(name)); id != click_ids.end() && !id->second.empty())
      keys.push_back("click:" + id->first + "=" + id->second);
  if (measure_consent && fp && !fp->empty()) keys.push_back("fp:" + *fp);
  if (measure_consent && ipua && !ipua->empty()) keys.push_back("ipua:" + *ipua);
  return keys;
}

}  // namespace millrace::harvest
