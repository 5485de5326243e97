#include "topology/score/email_check.h"

#include <algorithm>
#include <array>

namespace millrace::score {

namespace {

constexpr bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <std::size_t N>
bool among(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

constexpr std::array<std::string_view, 16> kBots = {"bot",     "spam",   "mailer",       "daemon",        "noreply", "donotreply",
                                                    "verify",  "confirm", "alert",       "alerts",        "notification",
                                                    "notifications", "bounce", "bounces", "test",          "demo"};
constexpr std::array<std::string_view, 14> kRoles = {"info",  "support", "sales", "noreply", "marketing", "postmaster", "root",
                                                     "admin", "test",    "hello", "hi",      "general",   "contact",    "inquiry"};
constexpr std::array<std::string_view, 8> kFree = {"gmail.com", "yahoo.com",      "hotmail.com", "outlook.com",
                                                   "aol.com",   "protonmail.com", "icloud.com",  "mail.com"};

bool in_or_below(std::string_view domain, std::string_view parent) {
  if (parent.empty() || !domain.ends_with(parent)) return false;
  return domain.size() == parent.size() || domain[domain.size() - parent.size() - 1] == '.';
}

}  // namespace

bool is_spam_bot(std::string_view local) {
  std::string_view before;  // the run before this one
  for (std::size_t i = 0; i < local.size();) {
    const auto kind = is_letter(local[i]) ? is_letter : is_digit(local[i]) ? is_digit : nullptr;
    if (!kind) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < local.size() && kind(local[i])) ++i;
    const std::string_view run = local.substr(begin, i - begin);
    if (among(kBots, run) || (before == "no" && run == "reply")) return true;
    before = run;
  }
  return false;
}

bool is_role_account(std::string_view local) {
  return among(kRoles, local.substr(0, local.find_first_of("._+-"))) || local.starts_with("no-reply") ||
         local.starts_with("no_reply");
}

std::vector<std::string> email_hits(std::optional<std::string_view> email, const EmailRules& rules) {
  const auto at = email ? email->rfind('@') : std::string_view::npos;
  if (at == std::string_view::npos) return {"invalid_email"};
  const std::string_view local = email->substr(0, at), domain = email->substr(at + 1);
  std::vector<std::string> hits;
  if (is_spam_bot(local)) hits.emplace_back("spam_bot");
  if (is_role_account(local)) hits.emplace_back("role_account");
  if (std::any_of(rules.competitors.begin(), rules.competitors.end(),
                  [&](const std::string& c) { return in_or_below(domain, c); }))
    hits.emplace_back("competitor");
  if (rules.disposable && rules.disposable->contains(std::string(domain))) hits.emplace_back("disposable_domain");
  if (rules.block_free && among(kFree, domain)) hits.emplace_back("free_domain");
  return hits;
}

std::string_view summary(const std::vector<std::string>& reasons) {
  if (reasons.empty()) return "pass";
  return reasons.size() == 1 ? std::string_view(reasons.front()) : "multiple_reasons";
}

}  // namespace millrace::score
