// Rules of spec/governance.md.
#include <optional>

#include "tests/conformance/conformance.h"
#include "core/fields.h"
#include "topology/simulation/population.h"

namespace millrace::conformance {

RULE("governance.simulate") {
  const auto lead = simulation::lead_at(given.at("seed"), given.at("index"), given.at("days"));
  Json out = {{"quality_bp", lead.quality_bp}, {"source", name_of(lead.source)}, {"channel", name_of(lead.channel)},
              {"day", lead.day},               {"duplicate_of", nullptr},        {"wins", lead.wins}};
  if (lead.duplicate_of) out["duplicate_of"] = *lead.duplicate_of;
  return out;
}

}  // namespace millrace::conformance
