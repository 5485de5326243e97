#include "engine/follower.h"

#include <algorithm>
#include <vector>

#include "engine/changelog.h"
#include "state/table_space.h"

namespace millrace::engine {

namespace {

constexpr std::int64_t kTailOffsets = 64;  // of which the last holds a meta row, and some may hold markers
constexpr std::size_t kFollowRecords = 10'000, kFollowBytes = 4 << 20;  // of one fetch

}  // namespace

Result<std::uint64_t> Follower::turn(Offset end, const std::atomic<bool>& give_up) {
  if (!kv_) {
    if (end == reader_.start(changelog_)) return std::uint64_t{0};  // nothing to follow yet
    auto kv = services_.open_kv();
    if (kv) {
      const auto there = stands_at(end, **kv);
      if (!there) return there.fault();
      if (*there) {
        take_up(*std::move(kv), end);
        return std::uint64_t{0};
      }
      kv->reset();
    } else if (kv.fault().code != "corrupt") {
      return kv.fault();
    }
    return make_anew(end, give_up);
  }
  if (end.value - next_.value > kFollowMax) {
    close();
    return make_anew(end, give_up);
  }
  return follow(end, give_up);
}

// FW-2. The last row of the changelog is the meta row that the store has.
void Follower::take_up(std::unique_ptr<state::Kv> kv, Offset at) {
  const std::lock_guard lock(mutex_);
  kv_ = std::move(kv);
  next_ = at;
}

void Follower::close() {
  const std::lock_guard lock(mutex_);
  kv_.reset();
  unproven_.reset();
}

void Follower::end_waiting() {
  const std::lock_guard lock(mutex_);
  if (kv_) kv_->end_waiting();
}

Result<bool> Follower::stands_at(Offset end, state::Kv& kv) const {
  std::string has, last;
  if (!kv.get(state::kCheckpointKey, has)) return false;
  log::Batch batch;
  for (Offset at{std::max(reader_.start(changelog_).value, end.value - kTailOffsets)}; at < end; at = batch.next) {
    if (auto got = reader_.fetch(changelog_, at, kFollowRecords, kFollowBytes, batch); !got) return got.fault();
    for (const Record& record : batch.records)
      if (record.at.offset < end) last = record.key == state::kCheckpointKey ? std::string(record.value) : std::string();
  }
  return last == has;
}

Result<std::uint64_t> Follower::make_anew(Offset end, const std::atomic<bool>& give_up) {
  auto loader = services_.load_kv();
  if (!loader) return loader.fault();
  const auto loaded = load_changelog(reader_, changelog_, end, **loader, give_up);
  if (!loaded) return loaded.fault();
  if (!loaded->whole) return loaded->records;  // CH-2
  if (auto without = (*loader)->add_run({{state::kCheckpointKey, std::nullopt}}); !without) return without.fault();  // FW-3
  if (auto made = (*loader)->finish(); !made) return made.fault();
  auto kv = services_.open_kv();
  if (!kv) return kv.fault();
  take_up(*std::move(kv), end);
  unproven_ = loaded->meta;
  return loaded->records;
}

Result<std::uint64_t> Follower::follow(Offset end, const std::atomic<bool>& give_up) {
  auto rows = kv_->batch();
  std::uint64_t read = 0;
  bool whole = false;
  log::Batch batch;
  for (Offset at = next_; at < end; at = batch.next) {
    if (give_up) return retryable("given_up", "a standby was given up");
    if (auto got = reader_.fetch(changelog_, at, kFollowRecords, kFollowBytes, batch); !got) return got.fault();
    for (const Record& record : batch.records) {
      if (record.at.offset >= end) break;
      whole = ends_checkpoint(record);
      if (record.value.data()) rows->put(record.key, record.value);
      else rows->erase(record.key);
      ++read;
    }
  }
  if (read > 0 && !whole) return std::uint64_t{0};  // FW-1: the next turn reads it again
  if (read == 0 && unproven_) rows->put(state::kCheckpointKey, *unproven_);  // nothing came meanwhile that could have replaced any
  if (read > 0 || unproven_)
    if (auto applied = kv_->apply(*rows, false); !applied) return applied.fault();
  unproven_.reset();
  next_ = end;
  return read;
}

}  // namespace millrace::engine
