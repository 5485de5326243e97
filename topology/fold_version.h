#pragma once

namespace millrace {

inline constexpr unsigned kFoldVersion = 8;  // raise when any fold, row layout or output changes

}  // namespace millrace
