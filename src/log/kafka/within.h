// A call of the library that may never return: it gets a thread, and is left behind there when its time is over.
//
//   const auto said = within<Said>(11s, [held] { return said_of(rd_kafka_...(held->client->get(), ...)); });
//   if (!said) ...                       // it goes on there; nothing that it uses may be ours alone
//
// WI-1  What `call` owns goes before within() gives its value, or when the call returns at last, on its thread.
// Threads: any.      Tests: tests/unit/kafka_within_test.cpp
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace millrace::log::kafka {

// What `call` gives; nullopt when it has not returned after `most`.
template <class T>
std::optional<T> within(std::chrono::milliseconds most, std::function<T()> call) {
  struct Meeting {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<T> value;
  };
  const auto meeting = std::make_shared<Meeting>();
  std::thread([meeting, call = std::move(call)]() mutable {
    T value = call();
    call = nullptr;
    const std::lock_guard hold(meeting->mutex);
    meeting->value = std::move(value);
    meeting->done.notify_one();
  }).detach();
  std::unique_lock hold(meeting->mutex);
  meeting->done.wait_for(hold, most, [&] { return meeting->value.has_value(); });
  return std::move(meeting->value);
}

}  // namespace millrace::log::kafka
