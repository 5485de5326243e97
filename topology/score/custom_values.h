// custom{} of a lead, as it stands in records, into the values that [custom.<field>] judges.
#pragma once

#include "core/fields.h"
#include "topology/score/signals.h"

namespace millrace::score {

// Texts, integers and booleans; anything else is left out. Empty for an absent or damaged object.
CustomValues custom_values(const RawJson& custom);

}  // namespace millrace::score
