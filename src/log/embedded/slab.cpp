#include "log/embedded/slab.h"

#include <algorithm>

namespace millrace::log {

Slab SlabPool::take(std::size_t bytes) {
  std::size_t capacity = (std::max(bytes, kSlabBytes) + kSlabBytes - 1) / kSlabBytes * kSlabBytes;
  std::unique_ptr<char[]> memory;
  {
    std::lock_guard hold(mutex_);
    // The smallest that fits, if it is not much too large.
    auto found = free_.end();
    for (auto each = free_.begin(); each != free_.end(); ++each)
      if (each->capacity >= capacity && each->capacity <= 2 * capacity && (found == free_.end() || each->capacity < found->capacity)) found = each;
    if (found != free_.end()) {
      capacity = found->capacity;
      memory = std::move(found->bytes);
      free_.erase(found);
      free_bytes_ -= capacity;
    }
  }
  if (!memory) memory = std::make_unique_for_overwrite<char[]>(capacity);
  char* const raw = memory.release();
  return {std::shared_ptr<char>(raw, [pool = shared_from_this(), capacity](char* p) { pool->give_back(p, capacity); }),
          capacity};
}

void SlabPool::give_back(char* bytes, std::size_t capacity) {
  std::unique_ptr<char[]> memory(bytes);
  std::lock_guard hold(mutex_);
  if (free_bytes_ + capacity > keep_bytes_) return;
  free_.push_back({std::move(memory), capacity});
  free_bytes_ += capacity;
}

}  // namespace millrace::log
