#include "topology/harvest/web.h"

#include <algorithm>

#include "topology/harvest/contact.h"

namespace millrace::harvest {

namespace {

constexpr std::size_t kValueMax = 500;  // bytes of a parameter that is kept

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t size = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (size == 0 || i + size > text.size()) return false;
    for (std::size_t k = 1; k < size; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    const auto second = size > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second >= 0xA0) || (c == 0xF0 && second < 0x90) || (c == 0xF4 && second >= 0x90))
      return false;
    i += size;
  }
  return true;
}

// Percent-decoded; as it stands when what comes out is no text.
std::string decoded(std::string_view raw) {
  if (raw.find_first_of("%+") == std::string_view::npos) return std::string(raw);
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '+') {
      out.push_back(' ');
    } else if (raw[i] == '%' && i + 2 < raw.size() && hex_digit(raw[i + 1]) >= 0 && hex_digit(raw[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(raw[i + 1]) << 4 | hex_digit(raw[i + 2])));
      i += 2;
    } else {
      out.push_back(raw[i]);
    }
  }
  return is_utf8(out) ? out : std::string(raw);
}

// Calls visit(name, value, raw) for each parameter of a query.
template <class Visit>
void for_each_param(std::string_view query, const Visit& visit) {
  while (!query.empty()) {
    const std::size_t amp = query.find('&');
    const std::string_view raw = query.substr(0, amp);
    query.remove_prefix(amp == std::string_view::npos ? query.size() : amp + 1);
    if (raw.empty()) continue;
    const std::size_t equals = raw.find('=');
    visit(raw.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : raw.substr(equals + 1), raw);
  }
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 253 || host.find('.') == std::string_view::npos || host.front() == '.' || host.back() == '.') return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  });
}

}  // namespace

bool is_click_id_name(std::string_view name) {
  return std::find(kClickIdNames.begin(), kClickIdNames.end(), name) != kClickIdNames.end();
}

std::optional<Website> normal_url(std::string_view raw) {
  std::string_view text = trimmed(raw);
  std::string scheme = "https";
  bool named = false;
  if (const std::size_t mark = text.find("://"); mark != std::string_view::npos && mark <= 8) {
    scheme = lower_case(text.substr(0, mark));
    if (scheme != "http" && scheme != "https") return std::nullopt;
    text.remove_prefix(mark + 3);
    named = true;
  }
  text = text.substr(0, text.find('#'));
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; })) return std::nullopt;

  const std::size_t authority_end = text.find_first_of("/?");
  std::string_view authority = text.substr(0, authority_end);
  std::string_view rest = authority_end == std::string_view::npos ? std::string_view{} : text.substr(authority_end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    if (!named && authority.find(':') < at) return std::nullopt;  // mailto:…
    authority.remove_prefix(at + 1);
  }
  std::string host = lower_case(authority);
  std::string port;
  if (const std::size_t colon = host.find(':'); colon != std::string::npos) {
    port = host.substr(colon + 1);
    host.resize(colon);
    if (port.size() > 5 || !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  }
  if (host.starts_with("www.")) host.erase(0, 4);
  if (!is_host(host)) return std::nullopt;
  if ((scheme == "https" && port == "443") || (scheme == "http" && port == "80")) port.clear();

  const std::size_t mark = rest.find('?');
  std::string_view path = rest.substr(0, mark);
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string query;
  if (mark != std::string_view::npos)
    for_each_param(rest.substr(mark + 1), [&](std::string_view name, std::string_view, std::string_view whole) {
      const std::string lower = lower_case(name);
      if (lower.starts_with("utm_") || is_click_id_name(lower)) return;
      query.append(query.empty() ? "?" : "&").append(whole);
    });
  Website site{scheme + "://" + host, host};
  if (!port.empty()) site.url.append(":").append(port);
  site.url.append(path).append(query);
  return site;
}

ClickParams click_params(std::string_view url) {
  ClickParams found;
  url = url.substr(0, url.find('#'));
  const std::size_t mark = url.find('?');
  if (mark == std::string_view::npos) return found;
  for_each_param(url.substr(mark + 1), [&](std::string_view name, std::string_view value, std::string_view) {
    if (value.empty() || value.size() > kValueMax) return;
    static constexpr std::array<std::string_view, 5> utm = {"source", "medium", "campaign", "content", "term"};
    const std::string lower = lower_case(name);
    if (is_click_id_name(lower)) found.click_ids.emplace(lower, decoded(value));
    else if (lower.starts_with("utm_") && std::find(utm.begin(), utm.end(), lower.substr(4)) != utm.end())
      found.utm.emplace(lower.substr(4), decoded(value));
  });
  return found;
}

std::string click_id_of(std::string_view given, const Params& click_ids, std::string_view record_id) {
  if (!given.empty()) return std::string(given);
  for (const std::string_view name : kClickIdNames)
    if (const auto id = click_ids.find(std::string(name)); id != click_ids.end() && !id->second.empty())
      return id->first + "=" + id->second;
  return std::string(record_id);
}

}  // namespace millrace::harvest
