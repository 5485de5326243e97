#include "topology/harvest/contact.h"

#include <algorithm>
#include <array>


namespace millrace::harvest {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) { return is_lower(c) || is_digit(c); }

bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > 64 || local.front() == '.' || local.back() == '.') return false;
  for (std::size_t i = 0; i < local.size(); ++i) {
    const char c = local[i];
    if (!is_alnum(c) && std::string_view("._%+'-").find(c) == std::string_view::npos) return false;
    if (c == '.' && local[i - 1] == '.') return false;
  }
  return true;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_mail_domain(std::string_view domain) {
  std::size_t labels = 0;
  for (;;) {
    const std::size_t dot = domain.find('.');
    const std::string_view label = domain.substr(0, dot);
    if (!is_label(label)) return false;
    ++labels;
    if (dot == std::string_view::npos)
      return labels >= 2 &&
             ((label.size() >= 2 && std::all_of(label.begin(), label.end(), is_lower)) || label.starts_with("xn--"));
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::optional<std::string> normal_email(std::string_view raw) {
  raw = trimmed(raw);
  if (raw.size() > 254 + 9) return std::nullopt;  // "mailto:", "<" and ">" may go
  std::string email = lower_case(raw);
  if (email.starts_with("mailto:")) email.erase(0, 7);
  if (email.size() >= 2 && email.front() == '<' && email.back() == '>') email = email.substr(1, email.size() - 2);
  const std::size_t at = email.find('@');
  if (email.size() > 254 || at == std::string::npos) return std::nullopt;
  const std::string_view view = email;
  if (!is_local_part(view.substr(0, at)) || !is_mail_domain(view.substr(at + 1))) return std::nullopt;
  return email;
}

// The check role_account of spec/score.md section 8: the first part of the local part, or how it starts.
bool is_role_address(std::string_view email) {
  static constexpr std::array<std::string_view, 14> roles = {"info",  "support", "sales", "noreply", "marketing", "postmaster", "root",
                                                             "admin", "test",    "hello", "hi",      "general",   "contact",    "inquiry"};
  const std::string_view local = email.substr(0, email.find('@'));
  return std::find(roles.begin(), roles.end(), local.substr(0, local.find_first_of("._+-"))) != roles.end() ||
         local.starts_with("no-reply") || local.starts_with("no_reply");
}

std::string_view domain_of(std::string_view email) { return email.substr(email.find('@') + 1); }
std::string_view tld_of(std::string_view email) { return email.substr(email.rfind('.') + 1); }

std::optional<std::string> normal_phone(std::string_view raw, std::string_view country_code) {
  const std::string lower = lower_case(raw);
  const std::string_view text = trimmed(std::string_view(lower).substr(0, std::min(lower.find("ext"), lower.find_first_of("x#"))));
  std::string digits;
  for (const char c : text) {
    if (is_digit(c) || c == '+') digits.push_back(c);
    else if (std::string_view(" ().-/").find(c) == std::string_view::npos) return std::nullopt;
  }
  if (digits.starts_with("00")) digits.replace(0, 2, "+");
  if (!digits.starts_with('+')) {
    if (country_code.empty()) return std::nullopt;
    if (country_code == "1" && digits.size() == 11 && digits.front() == '1') {
      digits.insert(0, "+");
    } else {
      if (digits.starts_with('0')) digits.erase(0, 1);
      digits.insert(0, "+" + std::string(country_code));
    }
  }
  const std::string_view number = std::string_view(digits).substr(1);
  if (number.size() < 8 || number.size() > 15 || number.front() == '0' || !std::all_of(number.begin(), number.end(), is_digit))
    return std::nullopt;
  return digits;
}

std::optional<std::string> normal_linkedin(std::string_view raw) {
  const std::string lower = lower_case(trimmed(raw));
  std::string_view text = lower;
  if (text.starts_with("https://")) text.remove_prefix(8);
  else if (text.starts_with("http://")) text.remove_prefix(7);
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, slash);
  host = host.substr(0, host.find(':'));
  if (host != "linkedin.com" && !host.ends_with(".linkedin.com")) return std::nullopt;
  text.remove_prefix(slash);
  if (!text.starts_with("/in/")) return std::nullopt;
  text.remove_prefix(4);
  const std::string_view slug = text.substr(0, text.find_first_of("/?#"));
  if (slug.size() < 3 || slug.size() > 100) return std::nullopt;
  for (const char c : slug)
    if (!is_alnum(c) && c != '%' && c != '_' && c != '-') return std::nullopt;
  return "linkedin.com/in/" + std::string(slug);
}

std::string normal_name(std::string_view raw) {
  std::string out;
  out.reserve(std::min<std::size_t>(raw.size(), 201));
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto c = static_cast<unsigned char>(raw[i]);
    // U+0080 to U+009F are control characters too.
    const bool high_control = c == 0xC2 && i + 1 < raw.size() && static_cast<unsigned char>(raw[i + 1]) < 0xA0;
    if (high_control) ++i;
    const bool blank = high_control || c <= ' ' || c == 0x7F;
    if (!blank) out.push_back(raw[i]);
    else if (!out.empty() && out.back() != ' ') out.push_back(' ');
  }
  if (out.size() > 200) {
    std::size_t end = 200;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;  // whole characters only
    out.resize(end);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

Names names_of(std::string_view name, std::string_view first_name, std::string_view last_name) {
  Names names;
  const std::string first = normal_name(first_name);
  std::string whole = normal_name(name);
  if (whole.empty()) {
    const std::string last = normal_name(last_name);
    whole = normal_name(first.empty() || last.empty() ? first + last : first + " " + last);
  }
  if (!first.empty()) names.first_name = first;
  else if (!whole.empty()) names.first_name = whole.substr(0, whole.find(' '));
  if (!whole.empty()) names.name = std::move(whole);
  return names;
}

}  // namespace millrace::harvest
