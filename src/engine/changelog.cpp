#include "engine/changelog.h"

#include <algorithm>
#include <unordered_set>

namespace millrace::engine {

namespace {

constexpr std::size_t kRunBytes = 32 << 20;      // of keys and values that are sorted at once
constexpr std::size_t kFetchRecords = 10'000;
constexpr std::size_t kFetchBytes = 4 << 20;

// Rows as they come, until there are enough for a sorted run. What they view is kept by the batches that they came in.
class Run {
 public:
  void add(const Record& record) {
    rows_.push_back({record.key, record.value.data() ? std::optional(record.value) : std::nullopt});
    bytes_ += record.key.size() + record.value.size();
  }
  void keep(std::shared_ptr<log::Batch> batch) { batches_.push_back(std::move(batch)); }
  bool full() const { return bytes_ >= kRunBytes; }

  // The last word on each key, in order.
  Result<std::uint64_t> write(state::KvLoader& loader) {
    std::stable_sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (i + 1 == rows_.size() || rows_[i + 1].key != rows_[i].key) rows_[kept++] = rows_[i];
    rows_.resize(kept);
    if (auto added = loader.add_run(rows_); !added) return added.fault();
    rows_.clear();
    batches_.clear();
    bytes_ = 0;
    return kept;
  }

 private:
  std::vector<state::KvLoader::Row> rows_;
  std::vector<std::shared_ptr<log::Batch>> batches_;
  std::size_t bytes_ = 0;
};

}  // namespace

// Takes the rows of a batch in their order, and what the store holds in dropped ranges.
class ChangelogRecords::Collector final : public state::KvBatch {
 public:
  Collector(ChangelogRecords& into, state::Kv& kv, TopicPartition to, TimeMs now_ms) : into_(into), kv_(kv), to_(to), now_ms_(now_ms) {}

  void put(std::string_view key, std::string_view value) override {
    if (key == state::kCheckpointKey) {
      meta_ = value;
      return;
    }
    add(key, value);
  }
  void erase(std::string_view key) override { add(key, {}); }
  void erase_range(std::string_view first, std::string_view last) override {
    const auto row = kv_.iterate();
    for (row->seek(first); row->valid() && row->key() < last; row->next()) add(into_.dropped_.emplace_back(row->key()), {});
  }
  std::size_t bytes() const override { return into_.bytes_; }
  void replay(KvBatch&) const override {}
  void close() { add(state::kCheckpointKey, meta_); }

 private:
  void add(std::string_view key, std::string_view value) {
    into_.records_.push_back({to_, now_ms_, key, value, {}});
    into_.bytes_ += key.size() + value.size();
  }
  ChangelogRecords& into_;
  state::Kv& kv_;
  const TopicPartition to_;
  const TimeMs now_ms_;
  std::string_view meta_;
};

ChangelogRecords::ChangelogRecords(state::TableSpace& space, TopicPartition to, TimeMs now_ms, const std::vector<std::string>& stale) {
  Collector collector(*this, space.kv(), to, now_ms);
  for (const std::string& key : stale) collector.erase(key);
  space.cut_batch().replay(collector);
  collector.close();
}

namespace {

// Gives each record below `end` to `take`, then its batch to `keep`.
template <class Take, class Keep>
Result<void> read_changelog(const log::Reader& reader, TopicPartition from, Offset end, const std::atomic<bool>& give_up, const Take& take,
                            const Keep& keep) {
  for (Offset at = reader.start(from); at < end;) {
    if (give_up) return retryable("given_up", "a restore from the changelog was given up");
    auto batch = std::make_shared<log::Batch>();
    if (auto got = reader.fetch(from, at, kFetchRecords, kFetchBytes, *batch); !got) return got;
    for (const Record& record : batch->records) {
      if (record.at.offset >= end) break;
      take(record);
    }
    at = batch->next;
    if (auto kept = keep(std::move(batch)); !kept) return kept;
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> keys_in_changelog(const log::Reader& reader, TopicPartition from, Offset end, const std::atomic<bool>& give_up) {
  std::unordered_set<std::string> keys;
  const auto take = [&](const Record& record) {
    if (record.value.data()) keys.emplace(record.key);
    else keys.erase(std::string(record.key));
  };
  if (auto read = read_changelog(reader, from, end, give_up, take, [](auto) { return Result<void>(); }); !read) return read.fault();
  keys.erase(std::string(state::kCheckpointKey));
  return std::vector<std::string>(keys.begin(), keys.end());
}

Result<LoadedChangelog> load_changelog(const log::Reader& reader, TopicPartition from, Offset end, state::KvLoader& loader,
                                       const std::atomic<bool>& give_up) {
  LoadedChangelog loaded;
  Run run;
  state::TablesNamed named;
  const auto take = [&](const Record& record) {
    run.add(record);
    named.see(record.key, record.value.data() != nullptr);
    loaded.whole = ends_checkpoint(record);
    if (loaded.whole) loaded.meta = record.value;
    loaded.other_layout = !loaded.whole && record.key == state::kCheckpointKey && record.value.data();
    ++loaded.records;
  };
  const auto keep = [&](std::shared_ptr<log::Batch> batch) -> Result<void> {
    run.keep(std::move(batch));
    if (!run.full()) return {};
    const auto written = run.write(loader);
    if (!written) return written.fault();
    loaded.rows += *written;
    return {};
  };
  if (auto read = read_changelog(reader, from, end, give_up, take, keep); !read) return read.fault();
  const auto written = run.write(loader);
  if (!written) return written.fault();
  loaded.rows += *written;
  loaded.whole = loaded.whole && named.all();  // else it was made anew beside a store that went on
  return loaded;
}

}  // namespace millrace::engine
