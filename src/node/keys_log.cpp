#include "node/keys_log.h"

#include <cstdio>
#include <fstream>

namespace millrace::node {

KeysLog::KeysLog(const log::Reader& reader, std::function<Result<void>()> refresh, TopicId topic, std::string at_file)
    : reader_(reader), refresh_(std::move(refresh)), at_{topic, Partition{0}}, at_file_(std::move(at_file)) {
  if (std::ifstream file(at_file_); file) file >> next_.value;
}

Result<void> KeysLog::follow(const Keep& keep) {
  const std::lock_guard lock(mutex_);
  if (auto fresh = refresh_(); !fresh) return fresh;
  const Offset end = reader_.end(at_), before = next_;
  if (next_ > end) next_ = Offset{0};  // KL-3
  next_ = std::max(next_, reader_.start(at_));
  log::Batch batch;
  while (next_ < end) {
    if (auto got = reader_.fetch(at_, next_, 10'000, 4 << 20, batch); !got) return got;
    std::vector<state::KvWrite> rows;
    for (const Record& record : batch.records) {
      std::optional<std::string> value;
      if (record.value.data()) value = record.value;
      rows.push_back({std::string(record.key), std::move(value)});
    }
    if (auto kept = keep(rows); !kept) return kept;
    next_ = batch.next;
  }
  if (next_ == before) return {};
  const std::string fresh = at_file_ + ".new";
  std::ofstream(fresh) << next_.value << "\n";
  if (std::rename(fresh.c_str(), at_file_.c_str()) != 0)
    return retryable("io", "cannot note in " + at_file_ + " how far the keys were read; check the folder's disk and rights");
  return {};
}

Offset KeysLog::next() const {
  const std::lock_guard lock(mutex_);
  return next_;
}

std::vector<NewRecord> KeysLog::records(const std::vector<state::KvWrite>& rows) const {
  std::vector<NewRecord> out;
  for (const state::KvWrite& row : rows)
    out.push_back({at_, 0, row.key, row.value ? std::string_view(*row.value) : std::string_view(), {}});
  return out;
}

}  // namespace millrace::node
