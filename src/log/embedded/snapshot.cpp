#include "log/embedded/snapshot.h"

#include "log/embedded/bytes.h"
#include "log/embedded/frame.h"

namespace millrace::log {

static void append_varint(std::string& out, std::uint64_t value) {
  char bytes[kVarintMax];
  out.append(bytes, put_varint(bytes, value));
}

void append_snapshot(std::string& out, const Snapshot& snapshot) {
  append_varint(out, snapshot.ends.size());
  for (const std::int64_t end : snapshot.ends) append_varint(out, static_cast<std::uint64_t>(end));
  append_varint(out, snapshot.positions.size());
  for (const auto& [inbox, position] : snapshot.positions) {
    char bytes[kPositionBytesMax];
    out.append(bytes, put_task_position(bytes, position));
  }
  append_varint(out, snapshot.environment.size());
  out += snapshot.environment;
}

const char* get_snapshot(const char* in, const char* end, std::size_t partitions, Snapshot& snapshot) {
  std::uint64_t count = 0;
  in = get_varint(in, end, count);
  if (in == nullptr || count != partitions) return nullptr;
  snapshot.ends.assign(partitions, 0);
  for (std::int64_t& next : snapshot.ends) {
    std::uint64_t value = 0;
    in = get_varint(in, end, value);
    if (in == nullptr || value > INT64_MAX) return nullptr;
    next = static_cast<std::int64_t>(value);
  }
  in = get_varint(in, end, count);
  snapshot.positions.clear();
  for (; in != nullptr && count > 0; --count) {
    TaskPosition position;
    in = get_task_position(in, end, position);
    if (in != nullptr) snapshot.positions[position.inbox] = position;
  }
  in = get_varint(in, end, count);
  if (in == nullptr || count > static_cast<std::uint64_t>(end - in)) return nullptr;
  snapshot.environment.assign(in, count);
  return in + count;
}

}  // namespace millrace::log
