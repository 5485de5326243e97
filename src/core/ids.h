// Strong integers, so that an offset and a partition cannot be swapped.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string_view>

namespace millrace {

template <class Tag, class Rep>
struct Strong {
  Rep value{};
  constexpr Strong() = default;
  constexpr explicit Strong(Rep v) : value(v) {}
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

using TopicId = Strong<struct TopicTag, std::uint8_t>;        // index into a TopicTable
using Partition = Strong<struct PartitionTag, std::uint16_t>;  // 0-based
using Offset = Strong<struct OffsetTag, std::int64_t>;         // 0-based place in a topic partition
constexpr Offset operator+(Offset o, std::int64_t n) { return Offset{o.value + n}; }

using TimeMs = std::int64_t;      // UTC milliseconds since 1970
using DurationMs = std::int64_t;  // milliseconds
inline constexpr DurationMs kHourMs = 3'600'000;
inline constexpr DurationMs kDayMs = 86'400'000;

struct TopicPartition {
  TopicId topic;
  Partition partition;
  friend constexpr auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

// Where a record lies.
struct Position {
  TopicId topic;
  Partition partition;
  Offset offset{-1};  // -1: nowhere
  friend constexpr auto operator<=>(const Position&, const Position&) = default;
  constexpr bool known() const { return offset.value >= 0; }
};

}  // namespace millrace

template <>
struct std::hash<millrace::TopicPartition> {
  std::size_t operator()(const millrace::TopicPartition& tp) const noexcept {
    return std::size_t{tp.topic.value} << 16 | tp.partition.value;
  }
};
