// Loads the segments of a folder into a catalog and finds out where the log ends: from the feet of full segments and by
// reading the frames of the last.
//
// RE-1  What was not known to be on the disk may be torn by a power loss: it is cut, from the first frame that is not
//       whole. What was known to be is never cut: if it is not whole that is damage, and the log does not open.
//       Known is what the mark (mark.h) or a later block (BL-2) says.
// RE-2  A follower changes nothing. It reads up to the published mark and stops before what is not whole.
// RE-3  Frame numbers have no gap, over all segments.
// RE-4  A foot is taken at its word only when its segment was known to be on the disk: of one write the foot may have
//       reached the disk and the frames before it not. Such a segment is read frame by frame.
// Tests: tests/property/journal_power_loss_test.cpp
#pragma once

#include <string>
#include <vector>

#include "log/embedded/catalog.h"
#include "log/embedded/mark.h"

namespace millrace::log {

enum class Access { write, follow };

struct Loaded {
  std::uint64_t last_number = 0;  // of the last frame; 0: none
  std::uint64_t durable = 0;      // known to be on the disk before this start
  std::vector<std::string> notes;  // what was cut or made again, for the operator
};

// Needs: an empty catalog. Fails: corrupt, io; not_found when a writer dropped a segment meanwhile (try again).
Result<Loaded> load_segments(FileLayer& files, const std::string& folder, Catalog& catalog, const Mark& mark,
                             Access access);

struct Scan {
  enum class Stop { end, limit, foot, damage };
  Stop stop = Stop::end;
  std::uint64_t at = 0;  // the first byte that was not taken
  std::uint64_t durable = 0;  // the highest that a frame said
};
// Adds the whole frames from `at` on in the bytes of the catalog's last segment, up to frame number `limit`.
// Needs: the catalog's mutex, or no other thread.
Scan scan_frames(Catalog& catalog, std::string_view bytes, std::uint64_t at, std::uint64_t limit);

// The names of the segments in a folder by their first numbers, ascending. Fails: io, not_found.
Result<std::vector<std::uint64_t>> list_segments(FileLayer& files, const std::string& folder);

}  // namespace millrace::log
