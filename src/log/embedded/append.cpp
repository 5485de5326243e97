// EmbeddedLog, the appending half: frames are encoded into memory and added to the catalog.
#include "log/embedded/journal.h"

namespace millrace::log {

Result<std::vector<Offset>> EmbeddedLog::append(const Frame& frame) {
  std::lock_guard appending(append_mutex_);
  if (broken_) return *break_;
  if (stalled_)
    if (auto flushed = flush(); !flushed) return flushed.fault();
  for (const NewRecord& record : frame.records)
    INVARIANT("LG-4", catalog_.index().contains(record.to), "a record for no topic partition of this namespace");
  const std::size_t bound = FrameEncoder::bound(frame);
  if (bound > kBlockMaxBytes)
    return fatal("frame_too_large", "a frame of " + std::to_string(bound) + " bytes is more than the log takes at once (" +
                                        std::to_string(kBlockMaxBytes) + "); append it in parts");
  const auto& segments = catalog_.segments();  // only this thread changes it, save for retention at the front
  {
    std::unique_lock hold(catalog_.mutex());
    const bool full = !segments.empty() && !segments.back()->sealed &&
                      segments.back()->last_number >= segments.back()->first_number &&
                      segments.back()->size + bound > segment_bytes_;
    if (full || segments.empty() || segments.back()->sealed) roll();
  }
  std::vector<Offset> offsets;
  chunks_.clear();
  char* const out = room(bound);
  const std::size_t length = encoder_.encode(frame, next_number_, durable_, ends_, offsets, chunks_, out);
  {
    std::unique_lock hold(catalog_.mutex());
    Segment& segment = *segments.back();
    const std::uint64_t at = segment.size;
    segment.add_pending({out, length, slab_.bytes});
    catalog_.add_frame(next_number_, at, chunks_, frame.positions, frame.environment);
  }
  slab_used_ += length;
  ++next_number_;
  return offsets;
}

// Closes the last segment with its foot and begins another. The files follow with the next flush.
void EmbeddedLog::roll() {
  const auto& segments = catalog_.segments();
  if (!segments.empty() && !segments.back()->sealed) {
    Segment& full = *segments.back();
    add_pending(full, encode_foot(full, catalog_.now(), durable_, salt_));
    full.sealed = true;
  }
  auto segment = std::make_shared<Segment>(files_, folder_, next_number_);
  segment->trusted = true;
  add_pending(*segment, encode_head(catalog_.now(), next_number_, durable_, salt_));
  catalog_.add_segment(std::move(segment), catalog_.now());
}

void EmbeddedLog::add_pending(Segment& segment, std::string_view bytes) {
  char* const out = room(bytes.size());
  std::copy(bytes.begin(), bytes.end(), out);
  segment.add_pending({out, bytes.size(), slab_.bytes});
  slab_used_ += bytes.size();
}

char* EmbeddedLog::room(std::size_t bytes) {
  if (slab_.capacity - slab_used_ < bytes) {
    slab_ = {};  // may go back to the pool and be taken again at once
    slab_ = pool_->take(bytes);
    slab_used_ = 0;
  }
  return slab_.bytes.get() + slab_used_;
}

}  // namespace millrace::log
