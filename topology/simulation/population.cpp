#include "topology/simulation/population.h"

#include "core/arith.h"
#include "core/chance.h"
#include "core/hash.h"

namespace millrace::simulation {

namespace {

constexpr std::string_view kLabel = "simulate.lead";

bool is_duplicate(const Chance& chance, std::int64_t index) { return index > 0 && chance.uniform(4, 0, 10'000) < 500; }

// By how much a channel's leads win more often.
constexpr std::array<std::int64_t, 4> kLiftBp = {2000, 4000, 1000, 0};

}  // namespace

Lead lead_at(std::int64_t seed, std::int64_t index, std::int64_t days) {
  const Chance chance(seed, kLabel, std::to_string(index));
  Lead lead;
  lead.index = index;
  lead.quality_bp = chance.uniform(0, 0, 10'001);
  lead.source = static_cast<Source>(chance.uniform(1, 0, 4));
  lead.channel = static_cast<Channel>(chance.uniform(2, 0, 4));
  lead.day = chance.uniform(3, 0, days);
  if (is_duplicate(chance, index)) lead.duplicate_of = index - 1;
  const std::int64_t lift = kLiftBp[static_cast<std::size_t>(lead.channel)];
  lead.wins = chance.uniform(5, 0, 10'000) < rdiv(Int128{lead.quality_bp} * (10'000 + lift), 40'000);
  return lead;
}

std::int64_t person_of(std::int64_t seed, std::int64_t index) {
  while (is_duplicate(Chance(seed, kLabel, std::to_string(index)), index)) --index;
  return index;
}

std::string tenant_name(std::int64_t number) { return "tenant-" + std::to_string(number + 1); }

std::string tenant_of(const Plan& plan, std::int64_t index) {
  if (plan.tenants <= 1) return tenant_name(0);
  const std::string person = std::to_string(person_of(plan.seed, index));
  return tenant_name(Chance(plan.seed, "simulate.tenant", person).uniform(0, 0, plan.tenants));
}

std::string captured_id(std::int64_t index) { return "lead-" + std::to_string(index); }

std::string lead_id_of(const Plan& plan, std::int64_t index) {
  return hid("ld_", 20, {tenant_of(plan, index), kProducer, captured_id(index)});
}

}  // namespace millrace::simulation
