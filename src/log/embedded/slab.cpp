#include "log/embedded/slab.h"

#include <algorithm>
#include <bit>

namespace millrace::log {

Slab SlabPool::take(std::size_t bytes) {
  const std::size_t capacity = std::bit_ceil(std::max(bytes, kSlabBytes));
  std::unique_ptr<char[]> memory;
  {
    std::lock_guard hold(mutex_);
    const auto found = std::find_if(free_.begin(), free_.end(), [&](const Free& f) { return f.capacity == capacity; });
    if (found != free_.end()) {
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
