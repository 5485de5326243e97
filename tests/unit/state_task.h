// What the tests of a task's tables share: a task's memory with one table of owners, over a disk that outlives it.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "state/memory_kv.h"
#include "state/table.h"
#include "state/timers.h"

namespace millrace::state {

struct Owner {
  std::int64_t load = 0;
  std::string name;
  static constexpr auto fields() { return FieldList{field("load", &Owner::load), field("name", &Owner::name)}; }
};

// A task's memory over a disk that outlives it.
struct Task {
  explicit Task(std::shared_ptr<MemoryDisk> on, std::size_t cache = 1 << 20)
      : disk(std::move(on)), space(std::make_unique<MemoryKv>(disk), cache), owners(space, "owner"), timers(space) {}
  explicit Task(std::size_t cache = 1 << 20) : Task(std::make_shared<MemoryDisk>(), cache) {}
  void checkpoint(std::int64_t position = 1) {
    CheckpointMeta meta;
    meta.position = position;
    space.cut(meta);
    REQUIRE(space.commit(false));
  }
  std::vector<std::string> keys(std::string_view prefix = {}, std::string_view after = {}) {
    std::vector<std::string> all;
    owners.scan(prefix, after, [&](std::string_view key, const Owner&) {
      all.emplace_back(key);
      return true;
    });
    return all;
  }
  // Reads enough other rows that everything clean is evicted.
  void evict_all() {
    for (int i = 0; i < 2000; ++i) space.end_step();
  }
  std::shared_ptr<MemoryDisk> disk;
  TableSpace space;
  Table<Owner> owners;
  Timers timers;
};

using Keys = std::vector<std::string>;

}  // namespace millrace::state
