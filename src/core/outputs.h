// The records that a task's share of a round has produced so far, encoded into one reused buffer.
//
// OU-1  Outputs stand in the order (offset of the cause, ordinal): the order in which folds emit them.
// OU-2  An output that was dropped leaves nothing behind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/json.h"
#include "core/keys.h"
#include "core/record.h"
#include "core/time.h"

namespace millrace {

// The largest message that a log must take, and the largest value of an output: key and headers need the rest.
inline constexpr std::size_t kMessageMax = 8u << 20, kOutputMax = kMessageMax - (64u << 10);

class Outputs {
 public:
  struct Ref {
    TopicPartition to;
    TimeMs timestamp;
    Headers headers;
    std::uint32_t key_begin, key_size, value_begin, value_size;
  };

  void clear() {
    buffer_.clear();
    refs_.clear();
  }
  std::size_t count() const { return refs_.size(); }
  std::size_t bytes() const { return buffer_.size(); }
  NewRecord operator[](std::size_t i) const {
    const Ref& r = refs_[i];
    return {r.to, r.timestamp, std::string_view(buffer_).substr(r.key_begin, r.key_size),
            std::string_view(buffer_).substr(r.value_begin, r.value_size), r.headers};
  }

  // Opens a record: the caller appends the value to the buffer given, then calls close().
  std::string& open(TopicPartition to, TimeMs timestamp, std::string_view key, const Headers& headers) {
    Ref r{to, timestamp, headers, static_cast<std::uint32_t>(buffer_.size()), static_cast<std::uint32_t>(key.size()), 0, 0};
    buffer_.append(key);
    r.value_begin = static_cast<std::uint32_t>(buffer_.size());
    refs_.push_back(r);
    return buffer_;
  }
  // Closes it and gives the size of its value.
  std::size_t close() {
    return refs_.back().value_size = static_cast<std::uint32_t>(buffer_.size() - refs_.back().value_begin);
  }
  // Takes the last record back.
  void drop_last() {
    buffer_.resize(refs_.back().key_begin);
    refs_.pop_back();
  }

 private:
  std::string buffer_;
  std::vector<Ref> refs_;
};

}  // namespace millrace
