// How much room the disk of the log has left, and what may still go on there (DESIGN.md section 3, "Full disk").
//
// RM-1  Below `intake_free_bp` nothing new is taken in; stages fold what waits.
// RM-2  Below `fold_free_bp` stages pause after a checkpoint, and operators' records are refused too.
// RM-3  No restart is needed: when there is room again everything goes on where it stood.
// RM-4  Who waits for room looks again every kRoomWait; nobody spins.
// Tests: tests/simulation/full_disk_test.cpp, tests/integration/full_disk.sh
#pragma once

#include <chrono>
#include <cstdint>

namespace millrace::engine {

inline constexpr std::chrono::milliseconds kRoomWait{200};

struct RoomLimits {  // basis points of the disk that are free
  std::uint32_t intake_bp = 1000;
  std::uint32_t fold_bp = 300;
};

enum class Room { enough, low, none };

inline Room room_at(std::uint32_t free_bp, const RoomLimits& limits) {
  return free_bp < limits.fold_bp ? Room::none : free_bp < limits.intake_bp ? Room::low : Room::enough;
}

// What is appended at the front, by who asks for it. Facts wait below intake_bp; an operator's word (freeze, arm,
// policy) and ticks go on down to fold_bp.
enum class Intake { facts, control };

// How a call that folds came back.
enum class Pace {
  done,         // every inbox is empty
  stopped,      // keep_going said no
  out_of_room,  // the disk is full, or too full to fold: call again after kRoomWait
};

}  // namespace millrace::engine
