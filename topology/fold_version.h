#pragma once

#include "state/table_space.h"

namespace millrace {

inline constexpr unsigned kFoldVersion = 8;  // raise when any fold, row layout or output changes
// A store of another layout is refused. The fold version alone does not: it is asked for where there is something to fold again.
static_assert(kFoldVersion == 8 && state::kLayoutVersion == 4, "where a row's layout changed, raise both");

}  // namespace millrace
