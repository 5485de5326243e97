// The bare work that no spine can do without, done with the very records that a measured run has written: what they
// cost to parse, to seal, to write as JSON, to append to a journal, and, for comparison, to put into RocksDB.
//
// LI-1  Every limit takes the bytes of the run, in its order, one thread, state in memory.
// LI-2  All are processor times of the calling thread, the best of three passes: a neighbour slows a pass, never
//       speeds it up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/record.h"
#include "core/result.h"

namespace millrace::bench {

// Records of one run: the facts at the front door, and everything that the stages made of them.
struct Written {
  TopicTable topics;
  struct Item {
    TopicPartition to;
    std::uint32_t key_begin, key_size, value_size;  // in bytes: key, then value
    bool read;                                      // by a stage
  };
  std::string bytes;
  std::vector<Item> facts, outputs;
  std::string_view value(const Item& i) const { return std::string_view(bytes).substr(i.key_begin + i.key_size, i.value_size); }
  std::string_view key(const Item& i) const { return std::string_view(bytes).substr(i.key_begin, i.key_size); }
};

struct Limits {
  std::uint64_t parsed = 0, sealed = 0, encoded = 0;              // how many
  double parse_s = 0, seal_s = 0, encode_s = 0, append_s = 0, rocksdb_s = 0;  // seconds
  double composed_s() const { return parse_s + seal_s + encode_s + append_s; }
};

// `scratch` is an absent folder on the disk of the run; it is removed afterwards.
Result<Limits> measure_limits(const Written& written, const std::string& scratch);

}  // namespace millrace::bench
