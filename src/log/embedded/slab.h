// Memory for what is appended and not yet written, taken and given back in large pieces: touching fresh pages costs
// more than encoding into them. A slab goes back to its pool when the last reader lets go of it.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace millrace::log {

inline constexpr std::size_t kSlabBytes = std::size_t{1} << 20;

struct Slab {
  std::shared_ptr<char> bytes;
  std::size_t capacity = 0;
};

class SlabPool : public std::enable_shared_from_this<SlabPool> {
 public:
  explicit SlabPool(std::size_t keep_bytes = 16 * kSlabBytes) : keep_bytes_(keep_bytes) {}

  // At least `bytes`, and at least kSlabBytes. The content is whatever was there.
  Slab take(std::size_t bytes);

 private:
  struct Free {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity;
  };
  void give_back(char* bytes, std::size_t capacity);

  const std::size_t keep_bytes_;
  std::mutex mutex_;
  std::vector<Free> free_;
  std::size_t free_bytes_ = 0;
};

}  // namespace millrace::log
