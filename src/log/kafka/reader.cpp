#include "log/kafka/reader.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "log/faults.h"
#include "log/kafka/lent_messages.h"
#include "log/kafka/offsets.h"
#include "log/kafka/stream.h"
#include "log/partition_index.h"

namespace millrace::log::kafka {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kSearchRecords = 1'000, kSearchBytes = 1 << 20;  // of one fetch on the way to a time
constexpr int kSliceMs = 10;  // between two looks at how far the library has come
constexpr std::chrono::milliseconds kAskEvery{200};  // who follows, for the ends of what is not fetched ahead

Client::Properties properties_of(const ReaderLimits& limits) {
  return {
      {"isolation.level", "read_committed"},
      {"enable.auto.commit", "false"},
      {"enable.partition.eof", "true"},
      {"auto.offset.reset", "error"},
      {"allow.auto.create.topics", "false"},
      {"queued.min.messages", "1000000"},
      {"queued.max.messages.kbytes", std::to_string(std::max<std::size_t>(limits.ahead_bytes / 1024, 1))},
      // A broker answers one fetch after the other: where one partition is at its end, the others wait this long.
      {"fetch.wait.max.ms", "25"},
      {"fetch.error.backoff.ms", "50"},
  };
}

}  // namespace

struct KafkaReader::Parts {
  // One partition that is being read. Its mutex is held by the fetch.
  struct Cursor {
    std::mutex mutex;
    std::unique_ptr<Stream> stream;
    std::uint64_t used = 0;      // for the choice of who makes room; guarded by the reader's mutex
    std::size_t since_poke = 0;  // bytes read since the library's thread was last woken
  };

  const KafkaSettings settings;
  const TopicTable topics;
  const ReaderLimits limits;
  const PartitionIndex index;
  const HeaderCodec codec;
  const std::shared_ptr<Client> client;
  std::vector<std::string> names;  // as the cluster calls them, by topic id

  std::mutex mutex;  // guards what follows
  std::vector<std::int64_t> starts, ends;
  std::unordered_map<TopicPartition, std::shared_ptr<Cursor>> cursors;
  std::uint64_t uses = 0;
  std::shared_ptr<Client> asking;  // asker()
  Clock::time_point asked{};       // for all bounds

  Bell bell;

  Parts(const KafkaSettings& s, TopicTable t, const ReaderLimits& l, std::shared_ptr<Client> c)
      : settings(s), topics(std::move(t)), limits(l), index(topics), codec(topics), client(std::move(c)),
        starts(index.size(), 0), ends(index.size(), 0) {
    for (std::size_t i = 0; i < topics.size(); ++i)
      names.push_back(settings.prefixed(topics[TopicId{static_cast<std::uint8_t>(i)}].name));
  }

  OffsetQuery query(TopicPartition tp) const { return {names[tp.topic.value], tp.partition.value}; }
  std::string called(TopicPartition tp) const {
    return names[tp.topic.value] + "/" + std::to_string(tp.partition.value);
  }
  std::size_t at(TopicPartition tp) const {
    INVARIANT("LG-4", index.contains(tp), "not a topic partition of this namespace");
    return index[tp];
  }

  // Who asks for bounds: behind a fetch that waits at the ends of its partitions (fetch.wait.max.ms) a broker would answer that
  // late, so while something streams there is a connection for it.
  std::shared_ptr<Client> asker() {
    std::lock_guard hold(mutex);
    if (cursors.empty()) return client;
    if (!asking)
      if (auto opened = Client::open(Client::Kind::consumer, settings, properties_of(limits))) asking = *std::move(opened);
    return asking ? asking : client;
  }

  // Asks for the bounds of some partitions and keeps them. True when an end moved.
  Result<bool> learn(const std::vector<TopicPartition>& some) { return learn(some, *asker(), limits.wait_ms); }
  Result<bool> learn(const std::vector<TopicPartition>& some, Client& who, DurationMs wait_ms) {
    std::vector<OffsetQuery> queries;
    for (const TopicPartition tp : some) queries.push_back(query(tp));
    const auto low = list_offsets(who, queries, kEarliest, wait_ms);
    if (!low) return low.fault();
    const auto high = list_offsets(who, queries, kLatest, wait_ms);
    if (!high) return high.fault();
    std::lock_guard hold(mutex);
    bool moved = false;
    for (std::size_t i = 0; i < some.size(); ++i) {
      std::int64_t& start = starts[index[some[i]]];
      std::int64_t& end = ends[index[some[i]]];
      moved |= (*high)[i] > end;
      start = std::max(start, (*low)[i]);
      end = std::max({end, (*high)[i], start});
    }
    return moved;
  }
  // True when an end moved to what has come of a stream.
  bool arrived() {
    bool moved = false;
    for (const auto& [tp, cursor] : open_cursors()) {
      std::lock_guard hold(cursor->mutex);
      if (cursor->stream) moved |= reached(tp, cursor->stream->arrived());
    }
    return moved;
  }
  std::vector<std::pair<TopicPartition, std::shared_ptr<Cursor>>> open_cursors() {
    std::lock_guard hold(mutex);
    return {cursors.begin(), cursors.end()};
  }
  Offset start(TopicPartition tp) {
    std::lock_guard hold(mutex);
    return Offset{starts[at(tp)]};
  }
  Offset end(TopicPartition tp) {
    std::lock_guard hold(mutex);
    return Offset{ends[at(tp)]};
  }
  bool reached(TopicPartition tp, Offset next) {
    std::lock_guard hold(mutex);
    std::int64_t& end = ends[index[tp]];
    return std::exchange(end, std::max(end, next.value)) < next.value;
  }

  // The cursor of a partition; another one that nobody reads from makes room if there are too many.
  std::shared_ptr<Cursor> cursor(TopicPartition tp) {
    std::lock_guard hold(mutex);
    auto& found = cursors[tp];
    if (!found) found = std::make_shared<Cursor>();
    found->used = ++uses;
    std::shared_ptr<Cursor> mine = found;
    while (cursors.size() > std::max<std::size_t>(limits.streams, 1)) {
      const auto oldest = std::min_element(cursors.begin(), cursors.end(), [](const auto& a, const auto& b) {
        return a.second->used < b.second->used;
      });
      if (oldest->second == mine) break;
      cursors.erase(oldest);  // a fetch that is at it ends with its own share of it
    }
    return mine;
  }

  // Makes the stream stand at `from`. Needs: the cursor's mutex.
  Result<void> seek(Cursor& cursor, TopicPartition tp, Offset from) {
    if (cursor.stream && cursor.stream->goes_on_at(from)) return {};
    cursor.stream.reset();
    const auto learned = learn({tp});
    if (!learned) return learned.fault();
    const Offset low = start(tp), high = end(tp);
    if (from < low || from > high) return out_of_range(topics, tp, from, low, high);
    cursor.stream = std::make_unique<Stream>(client, names[tp.topic.value], tp.partition.value, from, bell);
    cursor.since_poke = 0;
    return {};
  }

  // Why a stream gives nothing more; it is begun anew by the next fetch. Needs: the cursor's mutex.
  Fault broken(Cursor& cursor, TopicPartition tp, Offset from, const Said& said) {
    cursor.stream.reset();
    Fault fault = client->fault(said, Call::read, "read", called(tp));
    if (fault.code != "out_of_range") return fault;
    if (auto learned = learn({tp}); !learned) return learned.fault();
    return out_of_range(topics, tp, from, start(tp), end(tp));
  }

  // A partition whose queue is full sleeps up to a second in the library of Debian 12, however fast it is emptied. A
  // request to its broker wakes it.
  void poke(Cursor& cursor, TopicPartition tp, std::size_t bytes) {
    cursor.since_poke += bytes;
    if (cursor.since_poke < limits.ahead_bytes / 2) return;
    cursor.since_poke = 0;
    if (auto learned = learn({tp}, *client, kSliceMs * 100); !learned) return;  // only a wake-up: the fetch itself will tell
  }
};

KafkaReader::KafkaReader(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
KafkaReader::~KafkaReader() = default;

Result<std::unique_ptr<KafkaReader>> KafkaReader::open(const KafkaSettings& settings, TopicTable topics,
                                                       const ReaderLimits& limits) {
  auto client = Client::open(Client::Kind::consumer, settings, properties_of(limits));
  if (!client) return client.fault();
  if (auto connected = (*client)->connect(limits.wait_ms); !connected) return connected.fault();
  std::unique_ptr<KafkaReader> reader(
      new KafkaReader(std::make_unique<Parts>(settings, std::move(topics), limits, *std::move(client))));
  if (auto known = reader->refresh(); !known) return known.fault();
  return reader;
}

Result<bool> KafkaReader::refresh() {
  std::vector<TopicPartition> all;
  for (std::size_t i = 0; i < parts_->index.size(); ++i) all.push_back(parts_->index.at(i));
  {
    std::lock_guard hold(parts_->mutex);
    parts_->asked = Clock::now();
  }
  return parts_->learn(all);
}

Result<bool> KafkaReader::follow(int wait_ms) {
  bool moved = parts_->arrived();
  if (!moved) {
    wait(wait_ms);
    moved = parts_->arrived();
  }
  {
    std::lock_guard hold(parts_->mutex);
    if (Clock::now() - parts_->asked < kAskEvery) return moved;
  }
  const auto asked = refresh();
  return asked ? Result<bool>(moved || *asked) : asked;
}

void KafkaReader::wait(int timeout_ms) const {
  std::uint64_t rings;
  {
    std::lock_guard hold(parts_->bell.mutex);
    rings = parts_->bell.rings;
  }
  for (const auto& [tp, cursor] : parts_->open_cursors()) {
    std::lock_guard hold(cursor->mutex);
    if (cursor->stream && cursor->stream->has_more()) return;
  }
  std::unique_lock hold(parts_->bell.mutex);
  parts_->bell.rung.wait_for(hold, std::chrono::milliseconds(timeout_ms), [&] { return parts_->bell.rings != rings; });
}

const TopicTable& KafkaReader::topics() const { return parts_->topics; }
Offset KafkaReader::start(TopicPartition tp) const { return parts_->start(tp); }
Offset KafkaReader::end(TopicPartition tp) const { return parts_->end(tp); }

Result<void> KafkaReader::fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes,
                                Batch& batch) const {
  batch.records.clear();
  batch.buffer.clear();
  batch.lease.reset();
  batch.next = from;
  parts_->at(tp);
  const std::shared_ptr<Parts::Cursor> cursor = parts_->cursor(tp);
  std::lock_guard hold(cursor->mutex);
  if (auto stands = parts_->seek(*cursor, tp, from); !stands) return stands.fault();

  Stream& stream = *cursor->stream;
  const Offset end = parts_->end(tp);
  const auto until = Clock::now() + std::chrono::milliseconds(parts_->limits.wait_ms);
  const auto lent = std::make_shared<LentMessages>(parts_->client);
  std::size_t values = 0, bytes = 0;
  for (;;) {
    rd_kafka_message_t* message = stream.next(stream.position() < end ? kSliceMs : 0);
    if (!message) {
      if (stream.failed() && batch.records.empty()) return parts_->broken(*cursor, tp, from, *stream.failed());
      if (stream.failed() || stream.position() >= end) break;
      if (Clock::now() < until) continue;
      if (!batch.records.empty()) break;
      return parts_->client->fault(said_of(RD_KAFKA_RESP_ERR__TIMED_OUT), Call::read, "read", parts_->called(tp));
    }
    if (!batch.records.empty() && (batch.records.size() >= max_records || values + message->len > max_bytes)) {
      stream.put_back(message);
      break;
    }
    values += message->len;
    bytes += message->len + message->key_len;
    batch.records.push_back(lent->take(message, tp, parts_->codec));
  }
  batch.next = stream.position();
  if (!batch.records.empty()) batch.lease = lent;
  parts_->reached(tp, batch.next);
  parts_->poke(*cursor, tp, bytes);
  parts_->client->serve();
  return {};
}

// A fetch that is at it ends with its own share of it.
void KafkaReader::release(TopicPartition tp) const {
  std::shared_ptr<Parts::Cursor> gone;
  std::lock_guard hold(parts_->mutex);
  if (const auto found = parts_->cursors.find(tp); found != parts_->cursors.end()) {
    gone = std::move(found->second);
    parts_->cursors.erase(found);
  }
}

Result<Offset> KafkaReader::offset_at(TopicPartition tp, TimeMs time) const {
  parts_->at(tp);
  if (auto learned = parts_->learn({tp}); !learned) return learned.fault();
  const Offset end = parts_->end(tp);
  Offset from = parts_->start(tp);
  if (time > 0) {
    const auto found = list_offsets(*parts_->asker(), {parts_->query(tp)}, time, parts_->limits.wait_ms);
    if (!found) return found.fault();
    // A broker looks into the first segment that knows of so late a time, and no further: where only records that were dropped,
    // or a marker among them, are as late, it finds nothing (seen on 3.9.1 and 4.3.1), and who trims by the answer would drop what
    // is young. So the whole of a trimmed partition is looked at then.
    if (found->front() < 0 && from == Offset{0}) return end;
    from = Offset{std::max(from.value, found->front())};
  }
  // The broker counts aborted records and the markers of transactions, which are stamped when they were written.
  Batch batch;
  while (from < end) {
    if (auto fetched = fetch(tp, from, kSearchRecords, kSearchBytes, batch); !fetched) return fetched.fault();
    for (const Record& r : batch.records)
      if (r.timestamp >= time) return r.at.offset;
    from = batch.next;
  }
  return end;
}

}  // namespace millrace::log::kafka
