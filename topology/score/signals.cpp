#include "topology/score/signals.h"

#include <algorithm>
#include <charconv>

#include "core/arith.h"
#include "core/fields.h"
#include "topology/score/words.h"

namespace millrace::score {

namespace {

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::int64_t sum(const SignalSet& signals, const SignalPoints& points) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < kSignals; ++i)
    if (signals.has(static_cast<Signal>(i))) total += points[i];
  return total;
}

}  // namespace

SignalSet::SignalSet(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (const auto signal = enum_of<Signal>(name)) bits_ |= 1U << static_cast<unsigned>(*signal);
}

bool CustomField::add_value(std::string_view written) {
  switch (type) {
    case Type::text: texts.push_back(folded(written)); return true;
    case Type::boolean:
      if (written != "true" && written != "false") return false;
      booleans.push_back(written == "true");
      return true;
    case Type::integer: break;
  }
  const auto dots = written.find("..");
  const auto lo = integer_of(written.substr(0, dots));
  const auto hi = dots == std::string_view::npos ? lo : integer_of(written.substr(dots + 2));
  if (!lo || !hi) return false;
  ranges.push_back({*lo, *hi});
  return true;
}

bool CustomField::holds(const CustomValue& value) const {
  switch (type) {
    case Type::text: {
      const auto* text = std::get_if<std::string>(&value);
      return text && std::find(texts.begin(), texts.end(), folded(*text)) != texts.end();
    }
    case Type::integer: {
      const auto* n = std::get_if<std::int64_t>(&value);
      return n && std::any_of(ranges.begin(), ranges.end(), [&](const Range& r) { return r.lo <= *n && *n <= r.hi; });
    }
    case Type::boolean: {
      const auto* b = std::get_if<bool>(&value);
      return b && std::find(booleans.begin(), booleans.end(), *b) != booleans.end();
    }
  }
  return false;
}

std::int64_t signals_bp(const SignalSet& signals, const SignalPoints& points, const CustomValues& custom,
                        const CustomFields& fields) {
  std::int64_t total = 5000 + sum(signals, points);
  for (const auto& [name, field] : fields) {
    const auto value = custom.find(name);
    if (value != custom.end() && field.holds(value->second)) total += field.points;
  }
  return clamp_bp(total);
}

std::int64_t intent_bp(const SignalSet& signals, const SignalPoints& points) {
  return std::min<std::int64_t>(10000, sum(signals, points));
}

std::int64_t confidence_bp(const Evidence& e, const ConfidencePoints& p) {
  return clamp_bp(5000 + (e.enrichment ? p.has_enrichment : 0) + (e.company_size ? p.has_company_size : 0) +
                  (e.linkedin ? p.has_linkedin : 0) + (e.email == EmailVerified::ok ? p.email_verified_ok : 0) +
                  (e.email == EmailVerified::bad ? p.email_verified_bad : 0));
}

}  // namespace millrace::score
