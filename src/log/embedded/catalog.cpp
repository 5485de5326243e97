#include "log/embedded/catalog.h"

#include <algorithm>

#include "log/faults.h"

namespace millrace::log {

Catalog::Catalog(TopicTable topics, std::uint32_t salt)
    : topics_(std::move(topics)), index_(topics_), salt_(salt), pieces_(index_.size()) {
  now_.ends.assign(index_.size(), 0);
}

std::size_t Catalog::number_of(TopicPartition tp) const {
  INVARIANT("LG-4", index_.contains(tp), "not a topic partition of this namespace");
  return index_[tp];
}

std::int64_t Catalog::start_of(std::size_t partition) const {
  return pieces_[partition].empty() ? now_.ends[partition] : (*pieces_[partition].front()).first;
}

Offset Catalog::start(TopicPartition tp) const {
  const std::size_t partition = number_of(tp);
  std::shared_lock hold(mutex_);
  return Offset{start_of(partition)};
}

Offset Catalog::end(TopicPartition tp) const {
  const std::size_t partition = number_of(tp);
  std::shared_lock hold(mutex_);
  return Offset{now_.ends[partition]};
}

std::optional<TaskPosition> Catalog::committed(TopicPartition inbox) const {
  std::shared_lock hold(mutex_);
  const auto found = now_.positions.find(inbox);
  if (found == now_.positions.end()) return std::nullopt;
  return found->second;
}

std::vector<TaskPosition> Catalog::all_committed() const {
  std::shared_lock hold(mutex_);
  std::vector<TaskPosition> all;
  all.reserve(now_.positions.size());
  for (const auto& [inbox, position] : now_.positions) all.push_back(position);
  return all;
}

std::string Catalog::environment() const {
  std::shared_lock hold(mutex_);
  return now_.environment;
}

Result<Catalog::Spot> Catalog::spot_of(const Piece& piece, std::size_t entry_number) const {
  const Segment& segment = *piece.segment;
  const auto entry = segment.entry(*piece, entry_number);
  if (!entry) return entry.fault();
  if (entry->frame_at >= segment.size || entry->at <= entry->frame_at)
    return damaged(segment.path, entry->frame_at, "the index in its foot names a place outside the segment");
  auto frame = segment.bytes(entry->frame_at);
  if (!frame) return frame.fault();
  Spot spot;
  spot.frame = *std::move(frame);
  spot.chunk_at = entry->at - entry->frame_at;
  if (!segment.trusted) spot.unchecked = piece.segment;
  spot.frame_at = entry->frame_at;
  spot.path = &segment.path;
  return spot;
}

Result<Catalog::Spot> Catalog::find(std::size_t partition, std::int64_t offset) const {
  const auto& pieces = pieces_[partition];
  const auto after = std::upper_bound(pieces.begin(), pieces.end(), offset,
                                      [](std::int64_t o, const Piece& p) { return o < (*p).first; });
  const Piece& piece = *std::prev(after);
  std::size_t low = 0, high = Segment::entry_count(*piece);  // the last entry whose base is not above the offset
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    const auto entry = piece.segment->entry(*piece, middle);
    if (!entry) return entry.fault();
    (entry->base <= offset ? low : high) = middle;
  }
  return spot_of(piece, low);
}

Result<Chunk> Catalog::chunk_of(const Spot& spot, TopicPartition tp) const {
  if (spot.unchecked)
    if (auto checked = spot.unchecked->check_frame(spot.frame.view(), spot.frame_at, salt_); !checked)
      return checked.fault();
  if (spot.chunk_at < spot.frame.size)
    if (const auto chunk = read_chunk(spot.frame.view().substr(spot.chunk_at)); chunk && chunk->tp == tp) return *chunk;
  return damaged(*spot.path, spot.frame_at + spot.chunk_at, "the index names a chunk that is not there");
}

Result<void> Catalog::fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes,
                            Batch& batch) const {
  // The lease of the last fetch lives to the end of this one: the same mapping is often wanted again.
  const std::shared_ptr<const void> previous = std::exchange(batch.lease, nullptr);
  std::vector<std::shared_ptr<const void>> leases;
  batch.records.clear();
  batch.next = from;
  const std::size_t partition = number_of(tp);
  std::int64_t next = from.value, end = 0;
  std::size_t bytes = 0;
  for (bool full = false; !full;) {
    Spot spot;
    {
      std::shared_lock hold(mutex_);
      const std::int64_t start = start_of(partition);
      if (next == from.value) {
        end = now_.ends[partition];
        if (next < start || next > end) return out_of_range(topics_, tp, from, Offset{start}, Offset{end});
      }
      if (next == end || next < start) break;  // retention may overtake a long fetch: what we have stands
      auto found = find(partition, next);
      if (!found) return found.fault();
      spot = *std::move(found);
    }
    const auto chunk = chunk_of(spot, tp);
    if (!chunk) return chunk.fault();
    if (leases.empty() || leases.back() != spot.frame.owner) leases.push_back(std::move(spot.frame.owner));
    RecordReader records(*chunk);
    for (std::int64_t skip = chunk->base; skip < next; ++skip) records.skip();
    const std::int64_t first = next;
    for (;;) {
      Record& record = batch.records.emplace_back();
      if (!records.next(record)) {
        batch.records.pop_back();
        break;
      }
      full = batch.records.size() > 1 &&
             (batch.records.size() > max_records || bytes + record.value.size() > max_bytes);
      if (full) {
        batch.records.pop_back();
        break;
      }
      bytes += record.value.size();
      ++next;
    }
    if (records.broken() || chunk->base > first || (next == first && !full))
      return damaged(*spot.path, spot.frame_at + spot.chunk_at, "a record does not decode");
  }
  batch.next = Offset{next};
  if (leases.size() == 1)
    batch.lease = std::move(leases.front());
  else if (!leases.empty())
    batch.lease = std::make_shared<std::vector<std::shared_ptr<const void>>>(std::move(leases));
  return {};
}

Result<Offset> Catalog::offset_at(TopicPartition tp, TimeMs time) const {
  const std::size_t partition = number_of(tp);
  std::shared_lock hold(mutex_);
  for (const Piece& piece : pieces_[partition]) {
    if ((*piece).highest < time) continue;
    for (std::size_t i = 0; i < Segment::entry_count(*piece); ++i) {
      const auto entry = piece.segment->entry(*piece, i);
      if (!entry) return entry.fault();
      if (entry->highest < time) continue;
      const auto spot = spot_of(piece, i);
      if (!spot) return spot.fault();
      const auto chunk = chunk_of(*spot, tp);
      if (!chunk) return chunk.fault();
      RecordReader records(*chunk);
      for (Record record; records.next(record);)
        if (record.timestamp >= time) return record.at.offset;
      return damaged(piece.segment->path, entry->at, "no record has the highest timestamp of its chunk");
    }
  }
  return Offset{now_.ends[partition]};
}

void Catalog::add_segment(std::shared_ptr<Segment> segment, Snapshot after) {
  for (std::size_t c = 0; c < segment->columns.size(); ++c)
    pieces_[segment->columns[c].partition].push_back({segment, c});
  segments_.push_back(std::move(segment));
  now_ = std::move(after);
}

void Catalog::add_frame(std::uint64_t number, std::uint64_t at, const std::vector<PlacedChunk>& chunks,
                        const std::vector<TaskPosition>& positions, std::string_view environment) {
  const std::shared_ptr<Segment>& segment = segments_.back();
  for (const PlacedChunk& chunk : chunks) {
    auto& pieces = pieces_[chunk.partition];
    if (pieces.empty() || pieces.back().segment != segment) {
      pieces.push_back({segment, segment->columns.size()});
      segment->columns.push_back({chunk.partition, chunk.base, chunk.base});
    }
    Column& column = segment->columns[pieces.back().column];
    column.entries.push_back(
        {chunk.base, chunk.highest, static_cast<std::uint32_t>(at + chunk.at), static_cast<std::uint32_t>(at)});
    column.highest = std::max(column.highest, chunk.highest);
    now_.ends[chunk.partition] = column.end = chunk.base + chunk.count;
  }
  for (const TaskPosition& position : positions) now_.positions[position.inbox] = position;
  if (!positions.empty()) now_.environment = environment;
  segment->last_number = number;
}

void Catalog::drop_first() {
  const std::shared_ptr<Segment> first = segments_.front();
  segments_.pop_front();
  for (const Column& column : first->columns) pieces_[column.partition].pop_front();
}

void Catalog::clear() {
  segments_.clear();
  for (auto& pieces : pieces_) pieces.clear();
  now_ = Snapshot{std::vector<std::int64_t>(index_.size(), 0), {}, {}};
}

}  // namespace millrace::log
