// A fixed set of threads that run the parts of one round and then wait for the next.
//
// WK-1  A round ends when its parts are done: a thread that wakes too late for it is not waited for.
// Threads run() is called from one thread, which works along; parts run on any thread, each once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace::engine {

class Workers {
 public:
  // `threads` in all, the caller included. Needs: threads >= 1.
  explicit Workers(std::size_t threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs part(0) … part(count - 1) and returns when all are done.
  void run(std::size_t count, const std::function<void(std::size_t)>& part);

 private:
  void work(const std::function<void(std::size_t)>& part, std::size_t count);
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(std::size_t)>* part_ = nullptr;  // none: nothing to begin with
  std::size_t count_ = 0;
  std::uint64_t round_ = 0;
  std::size_t busy_ = 0;  // threads in this round, the caller not counted
  bool stopping_ = false;
  std::atomic<std::size_t> next_{0};
  std::vector<std::thread> threads_;
};

}  // namespace millrace::engine
