// Addresses that are no prospect's (spec/score.md section 8, rule score.email_check).
//
// EC-1  All checks run on the normalised address; what cannot be normalised is invalid_email alone.
// EC-2  A missing address is no hit.
// is_role_account() also tells harvest which addresses are no identifiers.  Tests: tests/unit/score_qualify_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace millrace::score {

// `local` is the part before the @, lower-case.
bool is_spam_bot(std::string_view local);
bool is_role_account(std::string_view local);

struct EmailRules {
  std::vector<std::string> competitors = {};                     // domains, and all below them
  const std::unordered_set<std::string>* disposable = nullptr;  // domains
  bool block_free = false;
};

// The reasons that hit, in the order of the specification. `email` is the address as normalised by harvest;
// nullopt: it could not be normalised.
std::vector<std::string> email_hits(std::optional<std::string_view> email, const EmailRules& rules);
// pass, the one reason, or multiple_reasons.
std::string_view summary(const std::vector<std::string>& reasons);

}  // namespace millrace::score
