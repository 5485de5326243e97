// What travels beside a record's body, as Kafka headers and back.
//
//   x-millrace-broadcast: 1                                a copy made by stage control
//   x-millrace-moved: 1                                    forwarded once to the partition that owns its key
//   x-millrace-origin: crm.events/3/1042                   where a replayed record lay
//   x-millrace-chain: 2 leads.scored/1/17 crm.events/0/5   hop, cause and root, and what set the timer if one fired
//
// Places are topic/partition/offset, by the topic's name without prefix; "-" is no place. Hop, cause, root and set_by
// share one header because each header costs the client time on every record.
//
// KH-1  What encode() writes, decode() reads back, for every Headers whose places lie in the topic table.
// KH-2  A malformed header of these names, a place in an unknown topic or partition, a repeated header after the first:
//       each counts as absent. Other headers are nobody's affair here.
// Threads: const functions from any thread.      Tests: tests/unit/kafka_headers_test.cpp
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/record.h"

namespace millrace::log::kafka {

class HeaderCodec {
 public:
  static constexpr std::string_view kPrefix = "x-millrace-";
  static constexpr std::string_view kBroadcast = "x-millrace-broadcast", kMoved = "x-millrace-moved",
                                    kOrigin = "x-millrace-origin", kChain = "x-millrace-chain";

  struct Text {
    std::string_view name, value;
  };
  // The headers of one record; the views live until the next encode() into it.
  struct Encoded {
    std::array<Text, 4> list;
    std::size_t count = 0;
    std::string buffer;
    const Text* begin() const { return list.data(); }
    const Text* end() const { return list.data() + count; }
  };

  // `topics` must outlive the codec.
  explicit HeaderCodec(const TopicTable& topics);

  // Headers that say nothing (a fact at the front door) give none.
  void encode(const Headers& headers, Encoded& out) const;
  // Takes one Kafka header into `headers`, which starts as Headers{}. False when the name is not one of these.
  bool decode(std::string_view name, std::string_view value, Headers& headers) const;

 private:
  void append_place(std::string& out, const Position& place) const;
  bool read_place(std::string_view text, Position& out) const;

  const TopicTable& topics_;
  std::unordered_map<std::string_view, TopicId> by_name_;
};

}  // namespace millrace::log::kafka
