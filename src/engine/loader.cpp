#include "engine/loader.h"

#include <algorithm>
#include <unordered_set>

#include "core/json.h"
#include "core/time.h"

namespace millrace::engine {

namespace {

constexpr std::size_t kItemRecords = 10'000;  // most that one item holds

TimeMs hour_floor(TimeMs t) { return t - ((t % kHourMs) + kHourMs) % kHourMs; }
TimeMs hour_ceil(TimeMs t) { return hour_floor(t + kHourMs - 1); }

// The value of a top-level "id" in canonical text of our own; empty when there is none.
std::string_view id_in(std::string_view body) {
  constexpr std::string_view mark = "\"id\":\"";
  const auto at = body.rfind(mark);
  if (at == std::string_view::npos) return {};
  const auto begin = at + mark.size();
  return body.substr(begin, body.find('"', begin) - begin);
}

}  // namespace

std::string tick_body(TimeMs tick_ms) {
  std::string out = "{\"data\":{\"tick_ms\":";
  append_json_int(out, tick_ms);
  out.append("},\"id\":\"tick:");
  append_json_int(out, tick_ms);
  out.append("\",\"source\":\"millrace/clock\",\"specversion\":\"1.0\",\"tenant\":\"_\",\"time\":\"");
  append_rfc3339(out, tick_ms);
  out.append("\",\"type\":\"control.tick\"}");
  return out;
}

Loader::Loader(Engine& engine, std::unique_ptr<World> world)
    : engine_(engine), world_(std::move(world)), load_{engine.topology().history, Partition{0}} {
  position_.inbox = load_;
  if (world_)
    for (const TopicId topic : world_->watches())
      for (std::uint16_t p = 0; p < engine.topology().topics.partitions(topic); ++p)
        watched_.push_back({{topic, Partition{p}}, 0});
}

Result<void> Loader::open() {
  if (const auto committed = engine_.log().committed(load_)) position_ = *committed;
  if (!world_) return {};
  // All that the world ever said, but for what already lies on the front door.
  if (auto seen = watch(); !seen) return seen;
  std::unordered_set<std::string> fed;
  const TopicId door = engine_.topology().front_door;
  for (std::uint16_t p = 0; p < engine_.topology().topics.partitions(door); ++p) {
    const TopicPartition tp{door, Partition{p}};
    for (Offset at = engine_.log().start(tp); at < engine_.log().end(tp); at = batch_.next) {
      if (auto got = engine_.log().fetch(tp, at, 10'000, 16 << 20, batch_); !got) return got;
      for (const Record& record : batch_.records) fed.emplace(id_in(record.value));
    }
  }
  std::erase_if(answers_, [&](const World::Answer& answer) { return fed.contains(answer.id); });
  return {};
}

Result<void> Loader::watch() {
  std::vector<World::Answer> said;
  for (auto& [tp, next] : watched_) {
    while (next < engine_.log().end(tp).value) {
      if (auto got = engine_.log().fetch(tp, Offset{next}, 1000, 4 << 20, batch_); !got) return got;
      for (const Record& record : batch_.records) world_->observe(record, said);
      next = batch_.next.value;
    }
  }
  for (World::Answer& answer : said) answers_.insert(std::move(answer));
  return {};
}

Result<bool> Loader::append() {
  frame_.positions = {position_};
  const auto appended = engine_.put(frame_);
  waiting_ = !appended && appended.fault().kind == Fault::Kind::retry;
  if (!appended) return appended.fault();
  return true;
}

// A tick before the records at or after its hour, when some timer waits for it.
Result<bool> Loader::tick_if_due(TimeMs next_stamp) {
  const auto next_hour = static_cast<TimeMs>(position_.cursor);
  if (next_stamp < next_hour) return false;
  const TimeMs timer = engine_.earliest_timer();
  const TimeMs hour = std::max(next_hour, timer == INT64_MAX ? INT64_MAX : hour_ceil(timer));
  if (hour > next_stamp) {
    position_.cursor = static_cast<std::uint64_t>(hour_floor(next_stamp) + kHourMs);
    return false;
  }
  position_.cursor = static_cast<std::uint64_t>(hour + kHourMs);
  position_.now_ms = std::max(position_.now_ms, hour);
  tick_ = tick_body(hour);
  frame_.records = {{{engine_.topology().control, Partition{0}}, hour, {}, tick_, {}}};
  return append();
}

Result<bool> Loader::feed() {
  if (auto room = engine_.admits(Intake::facts); !room) return room.fault();
  if (waiting_) return append();
  if (world_)
    if (auto seen = watch(); !seen) return seen.fault();
  const Offset end = engine_.log().end(load_);
  batch_.records.clear();
  if (position_.next < end.value)
    if (auto got = engine_.log().fetch(load_, Offset{position_.next}, kItemRecords, 16 << 20, batch_); !got)
      return got.fault();
  if (batch_.records.empty() && answers_.empty()) return false;

  TimeMs first = INT64_MAX;
  if (!batch_.records.empty()) first = batch_.records.front().timestamp;
  if (!answers_.empty()) first = std::min(first, answers_.begin()->stamp);
  first = std::max(first, position_.now_ms);
  if (position_.cursor == 0) position_.cursor = static_cast<std::uint64_t>(hour_floor(first) + kHourMs);
  const auto ticked = tick_if_due(first);
  if (!ticked || *ticked) return ticked;

  const auto before = static_cast<TimeMs>(position_.cursor);
  const TopicId door = engine_.topology().front_door;
  const std::uint16_t partitions = engine_.topology().topics.partitions(door);
  frame_.records.clear();
  used_.clear();
  used_.reserve(answers_.size());  // views into it stand in the frame
  const auto stamp = [&](TimeMs at) { return position_.now_ms = std::max(position_.now_ms, at); };
  auto record = batch_.records.begin();
  while (frame_.records.size() < kItemRecords) {
    const bool answer_first = !answers_.empty() && (record == batch_.records.end() || answers_.begin()->stamp < record->timestamp);
    if (answer_first) {
      if (std::max(position_.now_ms, answers_.begin()->stamp) >= before) break;
      used_.push_back(std::move(answers_.extract(answers_.begin()).value()));
      const World::Answer& a = used_.back();
      frame_.records.push_back({{door, Partition{partition_of(a.key, partitions)}}, stamp(a.stamp), a.key, a.value, {}});
      continue;
    }
    if (record == batch_.records.end() || std::max(position_.now_ms, record->timestamp) >= before) break;
    frame_.records.push_back({{door, Partition{partition_of(record->key, partitions)}}, stamp(record->timestamp),
                             record->key, record->value, {}});
    ++position_.next;
    ++record;
  }
  return append();
}

std::map<TopicPartition, Offset> Loader::floors() const {
  std::map<TopicPartition, Offset> floors{{load_, Offset{position_.next}}};
  if (!world_) return floors;
  for (const auto& [tp, next] : watched_) floors[tp] = Offset{0};
  for (std::uint16_t p = 0; p < engine_.topology().topics.partitions(engine_.topology().front_door); ++p)
    floors[{engine_.topology().front_door, Partition{p}}] = Offset{0};
  return floors;
}

Result<Pace> Loader::run(const std::function<bool()>& keep_going) {
  for (;;) {
    const auto drained = engine_.drain(keep_going);
    if (!drained || *drained != Pace::done) return drained;
    if (keep_going && !keep_going()) return Pace::stopped;
    const auto more = feed();
    if (!more) return engine_.wait_for_room(more.fault());
    if (!*more) return Pace::done;
  }
}

}  // namespace millrace::engine
