// A flat hash table from a key to the slot that holds it: one array of (hash, pointer), open addressing with linear
// probing, no tombstones. A hit costs one line of the array and the slot itself.
//
// Needs: Slot has a `key` that converts to string_view and does not change while it stands here.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::state {

// 64 bits from a key, the same in every process and version.
inline std::uint64_t hash_key(std::string_view key) {
  __extension__ using Wide = unsigned __int128;
  constexpr std::uint64_t a = 0x9e3779b97f4a7c15, b = 0xc2b2ae3d27d4eb4f, c = 0x165667b19e3779f9;
  const auto fold = [](std::uint64_t x, std::uint64_t y) {
    const Wide product = Wide{x} * y;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  const auto word = [](const char* at) {  // little-endian hosts only, as RocksDB's own files here
    std::uint64_t v;
    std::memcpy(&v, at, 8);
    return v;
  };
  const char* at = key.data();
  std::size_t left = key.size();
  std::uint64_t state = fold(a ^ left, b);
  for (; left > 16; left -= 16, at += 16) state = fold(word(at) ^ a, word(at + 8) ^ state);
  std::uint64_t low = 0, high = 0;
  if (left >= 8) {
    low = word(at);
    high = word(at + left - 8);
  } else if (left > 0) {
    std::memcpy(&low, at, left);
  }
  return fold(fold(low ^ b, high ^ state), c);
}

template <class Slot>
class SlotIndex {
 public:
  Slot* find(std::uint64_t hash, std::string_view key) const {
    if (entries_.empty()) return nullptr;
    for (std::size_t i = hash & mask_;; i = (i + 1) & mask_) {
      const Entry& entry = entries_[i];
      if (!entry.slot) return nullptr;
      if (entry.hash == hash && std::string_view(entry.slot->key) == key) return entry.slot;
    }
  }
  // Needs: no slot of that key stands here.
  void insert(std::uint64_t hash, Slot* slot) {
    if ((size_ + 1) * 4 > entries_.size() * 3) grow();
    place({hash, slot});
    ++size_;
  }
  // Needs: `slot` stands here under `hash`.
  void erase(std::uint64_t hash, const Slot* slot) {
    std::size_t hole = hash & mask_;
    while (entries_[hole].slot != slot) hole = (hole + 1) & mask_;
    // Entries behind the hole move up as long as that does not put them before their home.
    for (std::size_t i = (hole + 1) & mask_; entries_[i].slot; i = (i + 1) & mask_) {
      const std::size_t home = entries_[i].hash & mask_;
      if (((i - home) & mask_) >= ((i - hole) & mask_)) {
        entries_[hole] = entries_[i];
        hole = i;
      }
    }
    entries_[hole] = {};
    --size_;
  }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return entries_.size() * sizeof(Entry); }

 private:
  struct Entry {
    std::uint64_t hash = 0;
    Slot* slot = nullptr;
  };
  void place(Entry entry) {
    std::size_t i = entry.hash & mask_;
    while (entries_[i].slot) i = (i + 1) & mask_;
    entries_[i] = entry;
  }
  void grow() {
    std::vector<Entry> old(entries_.empty() ? 16 : entries_.size() * 2);
    old.swap(entries_);
    mask_ = entries_.size() - 1;
    for (const Entry& entry : old)
      if (entry.slot) place(entry);
  }

  std::vector<Entry> entries_;
  std::size_t mask_ = 0, size_ = 0;
};

}  // namespace millrace::state
