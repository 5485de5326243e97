// Keys kept in memory, in shards, so that threads seldom meet.
//
// A shard holds the new keys, which are not in the store yet and therefore never leave it, and two generations of the
// others: when the young one is full it becomes the old one, and what is found in the old one is young again.
//
// KC-1  A new key is found until it is settled.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/keys.h"

namespace millrace {

using KeyPtr = std::shared_ptr<const SealingKey>;

class KeyShard {
 public:
  std::mutex mutex;  // held by the caller for every call below

  KeyPtr find(std::string_view id) {
    if (const auto hit = new_.find(id); hit != new_.end()) return hit->second;
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
  void add_new(std::string_view id, KeyPtr key) { new_.insert_or_assign(std::string(id), std::move(key)); }
  bool is_new(std::string_view id) const { return new_.contains(id); }
  void forget_new(std::string_view id) {
    if (const auto found = new_.find(id); found != new_.end()) new_.erase(found);
  }
  // The new key is in the store now.
  void settle(std::string_view id) {
    const auto found = new_.find(id);
    if (found == new_.end()) return;
    keep(id, std::move(found->second));
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
  using Map = std::unordered_map<std::string, KeyPtr, Hash, std::equal_to<>>;
  Map new_, young_, old_;
  std::size_t generation_ = 1024;
};

class KeyCache {
 public:
  explicit KeyCache(std::size_t keys) {
    for (KeyShard& shard : shards_) shard.bound(keys / shards_.size());
  }
  KeyShard& shard(std::string_view id) { return shards_[std::hash<std::string_view>{}(id) % shards_.size()]; }
  bool knows(std::string_view id) {
    KeyShard& of = shard(id);
    const std::lock_guard lock(of.mutex);
    return of.find(id) != nullptr;
  }

 private:
  std::array<KeyShard, 64> shards_;
};

}  // namespace millrace
