// Where this thread is at work, for the last words of a failed invariant (result.h).
#pragma once

#include <string_view>

#include "core/ids.h"

namespace millrace {

// The views must outlive the note: names of stages and topics live as long as the process.
struct Place {
  std::string_view stage, inbox;
  Partition partition;
  Offset offset{-1};
};

// Cheap enough for every record; Place{} takes the note back.
void note_place(const Place& place);

}  // namespace millrace
