// The people of a simulation: lead i is a function of (seed, i) alone, so any range of a population can be made in any
// order (spec/governance.md section 17, rule governance.simulate).
//
// PN-1  lead_at() reads nothing but its arguments.
// PN-2  A duplicate is the lead before it once more, under another source: person_of() gives both the same person.
// Tests: tests/unit/simulation_test.cpp, conformance governance.simulate
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace millrace::simulation {

// What a simulation is made from.
struct Plan {
  std::int64_t seed = 1, leads = 0, days = 1, tenants = 1;
  TimeMs start_ms = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
  TimeMs end_ms() const { return start_ms + days * kDayMs; }
};

enum class Source { csv, hubspot, segment, api };
constexpr std::array<std::string_view, 4> enum_names(Source) { return {"csv", "hubspot", "segment", "api"}; }
enum class Channel { ad_google, ad_meta, email, organic };
constexpr std::array<std::string_view, 4> enum_names(Channel) { return {"ad:google", "ad:meta", "email", "organic"}; }

struct Lead {
  std::int64_t index = 0, quality_bp = 0, day = 0;
  Source source{};
  Channel channel{};
  std::optional<std::int64_t> duplicate_of;
  bool wins = false;
};

// Needs: days >= 1.
Lead lead_at(std::int64_t seed, std::int64_t index, std::int64_t days);

// The lead whose person this is: the first of a row of duplicates.
std::int64_t person_of(std::int64_t seed, std::int64_t index);

// "tenant-1" … of the person, so that duplicates meet.
std::string tenant_of(const Plan& plan, std::int64_t index);
std::string tenant_name(std::int64_t number);  // from 0

// The ids under which harvest will know a lead that comes in alone.
std::string captured_id(std::int64_t index);
std::string lead_id_of(const Plan& plan, std::int64_t index);

inline constexpr std::string_view kProducer = "simulate";

}  // namespace millrace::simulation
