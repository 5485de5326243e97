// What stands of a deal under one model: for each touch or click that earned some of it, what of that was not taken back.
//
// ST-1  A ref has one credit under a model; credits are in credit order, at the time with which their ref was first credited.
// ST-2  What is added and taken away again leaves nothing.
// ST-3  A ref is first looked for at its time, since a deal may have been credited to thousands of touches, then anywhere:
//       a touch that was seen again has another time.
#pragma once

#include <cstdint>
#include <functional>

#include "topology/attribution/credit_rows.h"

namespace millrace::attribution {

// What stands, with an event's parts added (sign 1) or taken away (-1).
void add(CreditsRow& standing, Model model, const Parts& parts, int sign);

// Divides a negative amount over what stands and adds that to an event's parts; `of` names the sum that is meant,
// `confidence` gives that of a part now.
void take_back(Parts& parts, const CreditsRow& standing, Model model, std::int64_t amount, std::int64_t Amounts::*of,
               const std::function<std::int64_t(const Part&)>& confidence);

// Forgets what came to nothing, under any model.
void drop_zeros(CreditsRow& standing);

// The part of a ref among those of an event, which most likely stands at this time (ST-3); nullptr without one.
Part* part_at(Parts& parts, std::string_view ref, TimeMs ts_ms);

}  // namespace millrace::attribution
