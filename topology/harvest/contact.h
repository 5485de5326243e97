// Identifiers of people, normalised: the texts that identity is resolved by (spec/harvest.md section 5).
//
// Each function gives the normalised text, or nullopt when the raw one is not of that kind. Letters are ASCII; nothing
// here knows a lead, a token or a table.      Tests: conformance harvest.email, …
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::harvest {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
std::string_view trimmed(std::string_view text);  // of ASCII white space
std::string lower_case(std::string_view text);    // ASCII letters only

std::optional<std::string> normal_email(std::string_view raw);
// An address of a role, not of a person: info@, sales@, no-reply… Needs: a normalised email.
bool is_role_address(std::string_view email);
// The part after the @. Needs: a normalised email.
std::string_view domain_of(std::string_view email);
// The last label of the email's domain.
std::string_view tld_of(std::string_view email);

// E.164. `country_code` is put before numbers that name no country; empty: such numbers are nullopt.
std::optional<std::string> normal_phone(std::string_view raw, std::string_view country_code);

// "linkedin.com/in/<slug>" of a profile address on any host of LinkedIn.
std::optional<std::string> normal_linkedin(std::string_view raw);

// A name without control characters and repeated blanks, at most 200 bytes; empty when nothing is left.
std::string normal_name(std::string_view raw);
struct Names {
  std::optional<std::string> name, first_name;
};
// The name given, else first and last name; the first name given, else the first word of the name.
Names names_of(std::string_view name, std::string_view first_name, std::string_view last_name);

}  // namespace millrace::harvest
