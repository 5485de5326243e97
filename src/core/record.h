// A record of a topic, as the machine sees it: bytes, a place, a time and headers. What the bytes mean is the
// topology's affair.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace millrace {

// What travels beside the body and is never hashed with it.
struct Headers {
  std::uint8_t hop = 0;        // stages passed since the front door
  bool broadcast = false;      // x-millrace-broadcast: a copy, exempt from the ownership check
  bool moved = false;          // x-millrace-moved: forwarded once to the partition that owns its key
  Position cause;              // the record that caused this one; unknown at the front door
  Position root;               // the front-door record at the start of the chain
  Position set_by;             // for what a timer fired: the record that set the timer
  Position origin;             // x-millrace-origin of a replayed record
};

// A record read from a topic. Views are valid as long as the buffer they were fetched into.
struct Record {
  Position at;
  TimeMs timestamp = 0;  // the inbox timestamp (spec/conventions.md section 6.2)
  std::string_view key;
  std::string_view value;  // structured CloudEvent: canonical JSON
  Headers headers;
};

// A record to be appended; its offset is given by the log.
struct NewRecord {
  TopicPartition to;
  TimeMs timestamp = 0;
  std::string_view key;
  std::string_view value;
  Headers headers;
};

struct TopicInfo {
  std::string name;  // without namespace prefix
  std::uint16_t partitions = 1;
};

// Every topic of a namespace; TopicId is the index. Fixed when the namespace is created.
class TopicTable {
 public:
  TopicTable() = default;
  explicit TopicTable(std::vector<TopicInfo> topics) : topics_(std::move(topics)) {}
  const TopicInfo& operator[](TopicId id) const { return topics_[id.value]; }
  std::optional<TopicId> find(std::string_view name) const {
    for (std::size_t i = 0; i < topics_.size(); ++i)
      if (topics_[i].name == name) return TopicId{static_cast<std::uint8_t>(i)};
    return std::nullopt;
  }
  std::size_t size() const { return topics_.size(); }
  std::uint16_t partitions(TopicId id) const { return topics_[id.value].partitions; }

 private:
  std::vector<TopicInfo> topics_;
};

}  // namespace millrace
