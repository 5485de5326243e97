// A call of the library that may never return: it gets a thread, and is left behind there when its time is over.
//
//   const auto said = within<Said>(11s, [held] { return said_of(rd_kafka_...(held->client->get(), ...)); });
//   if (!said) ...                       // it goes on there; nothing that it uses may be ours alone
//
// WI-1  What `call` owns goes before within() gives its value, or when the call returns at last, on its thread.
// WI-2  How many were left behind and have not returned is known, of each kind apart, so that who goes on can stop leaving more:
//       each holds a thread.
// WI-3  What the caller does meanwhile is never in the way of the call: it ends with it, or by itself.
// Threads: any.      Tests: tests/unit/kafka_within_test.cpp
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace millrace::log::kafka {

// Calls of this process that were left behind and have not returned (WI-2): to the group's coordinator, and ends of handles.
inline std::atomic<int>& calls_left_behind() {
  static std::atomic<int> calls{0};
  return calls;
}
inline std::atomic<int>& handles_left_behind() {
  static std::atomic<int> handles{0};
  return handles;
}

// What `call` gives; nullopt when it has not returned after `most`. While it runs `meanwhile` is called on this thread, again
// and again until it gives false; it returns soon each time. `left` counts those that are left behind.
template <class T>
std::optional<T> within(std::chrono::milliseconds most, std::function<T()> call, const std::function<bool()>& meanwhile = {},
                        std::atomic<int>& left = calls_left_behind()) {
  struct Meeting {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<T> value;
    bool left = false;
  };
  const auto meeting = std::make_shared<Meeting>();
  std::thread([meeting, call = std::move(call), &left]() mutable {
    T value = call();
    call = nullptr;
    const std::lock_guard hold(meeting->mutex);
    meeting->value = std::move(value);
    if (meeting->left) --left;
    meeting->done.notify_one();
  }).detach();
  const auto until = std::chrono::steady_clock::now() + most;
  std::unique_lock hold(meeting->mutex);
  for (bool more = static_cast<bool>(meanwhile); more && !meeting->value && std::chrono::steady_clock::now() < until;) {
    hold.unlock();
    more = meanwhile();
    hold.lock();
  }
  if (!meeting->done.wait_until(hold, until, [&] { return meeting->value.has_value(); })) {
    meeting->left = true;
    ++left;
  }
  return std::move(meeting->value);
}

}  // namespace millrace::log::kafka
