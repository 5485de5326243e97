// Keys kept in memory, in shards, so that threads seldom meet.
//
// A shard holds the new keys, which are not in the store yet and therefore never leave it, and two generations of the
// others: when the young one is full it becomes the old one, and what is found in the old one is young again.
//
// KC-1  A new key is found by its maker until it is settled or forgotten, and by nobody else.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "core/keys.h"

namespace millrace {

using KeyPtr = std::shared_ptr<const SealingKey>;
using KeyMaker = std::thread::id;

class KeyShard {
 public:
  std::mutex mutex;  // held by the caller for every call below

  KeyPtr find(std::string_view id, KeyMaker maker) {
    if (const auto hit = find_new(id, maker); hit != new_.end()) return hit->second.key;
    if (const auto hit = young_.find(id); hit != young_.end()) return hit->second;
    const auto hit = old_.find(id);
    if (hit == old_.end()) return nullptr;
    KeyPtr key = hit->second;
    keep(id, key);
    return key;
  }
  void keep(std::string_view id, KeyPtr key) {
    if (young_.size() >= generation_) {
      old_ = std::move(young_);
      young_.clear();
    }
    young_.insert_or_assign(std::string(id), std::move(key));
  }
  void add_new(std::string_view id, KeyMaker maker, KeyPtr key) { new_.emplace(std::string(id), New{maker, std::move(key)}); }
  bool is_new(std::string_view id, KeyMaker maker) { return find_new(id, maker) != new_.end(); }
  void forget_new(std::string_view id, KeyMaker maker) {
    if (const auto found = find_new(id, maker); found != new_.end()) new_.erase(found);
  }
  // The maker's new key is in the store now.
  void settle(std::string_view id, KeyMaker maker) {
    const auto found = find_new(id, maker);
    if (found == new_.end()) return;
    keep(id, std::move(found->second.key));
    new_.erase(found);
  }
  void drop(std::string_view id) {
    if (const auto hit = young_.find(id); hit != young_.end()) young_.erase(hit);
    if (const auto hit = old_.find(id); hit != old_.end()) old_.erase(hit);
  }
  void bound(std::size_t keys) { generation_ = keys / 2 + 1; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct New {
    KeyMaker maker;
    KeyPtr key;
  };
  using Map = std::unordered_map<std::string, KeyPtr, Hash, std::equal_to<>>;
  using NewMap = std::unordered_multimap<std::string, New, Hash, std::equal_to<>>;

  NewMap::iterator find_new(std::string_view id, KeyMaker maker) {
    const auto [first, last] = new_.equal_range(id);
    const auto found = std::find_if(first, last, [&](const auto& each) { return each.second.maker == maker; });
    return found == last ? new_.end() : found;
  }

  NewMap new_;
  Map young_, old_;
  std::size_t generation_ = 1024;
};

class KeyCache {
 public:
  explicit KeyCache(std::size_t keys) {
    for (KeyShard& shard : shards_) shard.bound(keys / shards_.size());
  }
  KeyShard& shard(std::string_view id) { return shards_[std::hash<std::string_view>{}(id) % shards_.size()]; }
  bool knows(std::string_view id, KeyMaker maker) {
    KeyShard& of = shard(id);
    const std::lock_guard lock(of.mutex);
    return of.find(id, maker) != nullptr;
  }

 private:
  std::array<KeyShard, 64> shards_;
};

}  // namespace millrace
