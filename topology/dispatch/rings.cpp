#include "topology/dispatch/rings.h"

#include <algorithm>

namespace millrace::dispatch {

namespace {

// Goes from new to old, counting until `max` are found.
struct Count {
  TimeMs after;
  std::int64_t max;
  Counted found;
  bool take(const std::vector<std::int64_t>& ts) {  // false: enough, or the window ends here
    const auto first = std::upper_bound(ts.begin(), ts.end(), after);
    const auto n = static_cast<std::int64_t>(ts.end() - first);
    if (found.count + n >= max && max > 0) {
      found.freeing_ts = *(ts.end() - (max - found.count));
      found.count += n;
      return false;
    }
    found.count += n;
    return first == ts.begin();
  }
};

}  // namespace

std::string Rings::part_key(std::string_view ring, std::int64_t number) {
  return std::string(ring) + "#" + std::to_string(number);
}

Counted Rings::counted(std::string_view ring, TimeMs after, std::int64_t max) {
  const RingRow* row = rings_.find(ring);
  if (!row) return {};
  Count count{after, max, {}};
  if (!count.take(row->tail)) return count.found;
  for (std::size_t i = row->parts.size(); i-- > 0;) {
    const Part& part = row->parts[i];
    if (part.last_ts <= after) break;
    if (part.first_ts > after && count.found.count + part.count < max) {
      count.found.count += part.count;
      continue;
    }
    const PartRow* times = parts_.find(part_key(ring, row->first_part + static_cast<std::int64_t>(i)));
    INVARIANT("RG-2", times, "a part of a ring is missing");
    if (!count.take(times->ts)) break;
  }
  return count.found;
}

void Rings::add(std::string_view ring, TimeMs ts) {
  RingRow& row = rings_.edit(ring);
  forget_old(ring, row, ts);
  if (row.tail.size() >= kPart) {
    const std::int64_t number = row.first_part + static_cast<std::int64_t>(row.parts.size());
    row.parts.push_back({static_cast<std::int64_t>(row.tail.size()), row.tail.front(), row.tail.back()});
    parts_.edit(part_key(ring, number)).ts = std::move(row.tail);
    row.tail.clear();
  }
  row.tail.push_back(ts);
}

void Rings::remove(std::string_view ring, TimeMs ts) {
  RingRow* row = rings_.edit_if(ring);
  if (!row) return;
  const auto take = [&](std::vector<std::int64_t>& times) {
    const auto at = std::lower_bound(times.begin(), times.end(), ts);
    if (at == times.end() || *at != ts) return false;
    times.erase(at);
    return true;
  };
  if (take(row->tail)) return;
  for (std::size_t i = row->parts.size(); i-- > 0;) {
    Part& part = row->parts[i];
    if (ts > part.last_ts || ts < part.first_ts) continue;
    PartRow* times = parts_.edit_if(part_key(ring, row->first_part + static_cast<std::int64_t>(i)));
    INVARIANT("RG-2", times, "a part of a ring is missing");
    if (!take(times->ts)) continue;
    part.count = static_cast<std::int64_t>(times->ts.size());  // bounds may stay wide
    return;
  }
}

bool Rings::erase_some(std::string_view prefix, std::size_t max) {
  std::vector<std::string> found;
  rings_.scan(prefix, {}, [&](std::string_view key, const RingRow&) {
    found.emplace_back(key);
    return found.size() < max;
  });
  for (const std::string& ring : found) {
    const RingRow* row = rings_.find(ring);
    for (std::size_t i = 0; i < row->parts.size(); ++i)
      parts_.erase(part_key(ring, row->first_part + static_cast<std::int64_t>(i)));
    rings_.erase(ring);
  }
  return found.size() >= max;
}

void Rings::forget_old(std::string_view ring, RingRow& row, TimeMs now) {
  while (!row.parts.empty() && row.parts.front().last_ts <= now - kKeepMs) {
    parts_.erase(part_key(ring, row.first_part));
    row.parts.erase(row.parts.begin());
    ++row.first_part;
  }
  if (row.parts.empty() && !row.tail.empty() && row.tail.front() <= now - kKeepMs)
    row.tail.erase(row.tail.begin(), std::upper_bound(row.tail.begin(), row.tail.end(), now - kKeepMs));
}

}  // namespace millrace::dispatch
