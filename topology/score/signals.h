// What is known to be happening at a lead: the six signals, the tenant's own custom fields, how sure we are and what
// the lead intends (dimensions 8-14, 20-25 and 29 of spec/score.md section 2).
//
// SI-1  A signal counts once, however often it is named; a name that is none of the six is ignored.
// SI-2  A custom field counts once, when its value is of its type and in its icp_values.
//                                                      Tests: tests/unit/score_signals_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace::score {

enum class Signal {
  recent_job_change,
  company_funded_recently,
  company_hiring,
  recent_activity,
  is_decision_maker,
  has_budget_authority
};
inline constexpr std::size_t kSignals = 6;
constexpr std::array<std::string_view, kSignals> enum_names(Signal) {
  return {"recent_job_change", "company_funded_recently", "company_hiring",
          "recent_activity",   "is_decision_maker",       "has_budget_authority"};
}

class SignalSet {
 public:
  SignalSet() = default;
  explicit SignalSet(const std::vector<std::string>& names);
  bool has(Signal s) const { return bits_ >> static_cast<unsigned>(s) & 1; }
  int count() const { return __builtin_popcount(bits_); }

 private:
  unsigned bits_ = 0;
};

// Points of each signal, in the order of the enum.
using SignalPoints = std::array<std::int64_t, kSignals>;
inline constexpr SignalPoints kSignalPoints = {2500, 1500, 1000, 1000, 1500, 1000};
inline constexpr SignalPoints kIntentPoints = {2500, 2000, 2000, 1500, 1000, 1000};

// The value of a custom field.
using CustomValue = std::variant<std::string, std::int64_t, bool>;

// [custom.<field>]: a field of the tenant's own, and the values that speak for a lead.
struct CustomField {
  enum class Type { text, integer, boolean };
  struct Range {
    std::int64_t lo, hi;
  };
  Type type = Type::text;
  std::vector<std::string> texts;  // folded
  std::vector<Range> ranges;       // of integers
  std::vector<bool> booleans;
  std::int64_t points = 0;  // -5000..5000

  // Adds one element of icp_values in its written form: "HubSpot", "10..99", "500", "true". False: not of the type.
  bool add_value(std::string_view written);
  bool holds(const CustomValue& value) const;
};

// Names as [custom.<field>] has them.
using CustomFields = std::map<std::string, CustomField, std::less<>>;
using CustomValues = std::map<std::string, CustomValue, std::less<>>;

// Dimension 14.
std::int64_t signals_bp(const SignalSet& signals, const SignalPoints& points, const CustomValues& custom,
                        const CustomFields& fields);
// Dimension 29.
std::int64_t intent_bp(const SignalSet& signals, const SignalPoints& points = kIntentPoints);

enum class EmailVerified { unknown, ok, bad };
constexpr std::array<std::string_view, 3> enum_names(EmailVerified) { return {"unknown", "ok", "bad"}; }

// Points of dimensions 20-24.
struct ConfidencePoints {
  std::int64_t has_enrichment = 2000, has_company_size = 1000, has_linkedin = 500, email_verified_ok = 1000,
               email_verified_bad = -2000;
};
struct Evidence {
  bool enrichment = false, company_size = false, linkedin = false;
  EmailVerified email = EmailVerified::unknown;
};
// Dimension 25.
std::int64_t confidence_bp(const Evidence& evidence, const ConfidencePoints& points = {});

}  // namespace millrace::score
