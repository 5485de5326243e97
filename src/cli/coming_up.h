// Opens what stands on brokers that may come up after us, and learn their topics later still.
//
//   auto cluster = open_when_up<std::unique_ptr<Cluster>>(open, {.topics_wait = has_run ? kTopicsWait : 0s, ...});
//
// CU-1  What may pass by itself (a fault to be retried: no broker answers) is tried again until it is stopped.
// CU-2  That there is no topic, or not each, is tried again for `topics_wait`; then that fault is the answer.
// Knows no Kafka.      Tests: tests/unit/coming_up_test.cpp, tests/kafka/unknown_topic.sh
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "core/result.h"

namespace millrace::cli {

struct ComingUp {
  std::chrono::milliseconds topics_wait{0};  // from the first try on
  std::chrono::milliseconds pause{500};      // between two tries
  std::function<bool()> stopped;
  std::function<void(const Fault&)> tell;  // each fault that is tried again
};

inline bool of_topics(const Fault& fault) {
  return fault.code == "not_found" || fault.code == "topics_gone" || fault.code == "unknown_topic";
}

// What `open` gives at last. Fails: as `open` did the last time, also when it was stopped.
template <class T>
Result<T> open_when_up(const std::function<Result<T>()>& open, const ComingUp& how) {
  const auto topics_until = std::chrono::steady_clock::now() + how.topics_wait;
  for (;;) {
    auto opened = open();
    if (opened || how.stopped()) return opened;
    const Fault& fault = opened.fault();
    const bool may_come = fault.kind == Fault::Kind::retry || (of_topics(fault) && std::chrono::steady_clock::now() < topics_until);
    if (!may_come) return opened;
    how.tell(fault);
    std::this_thread::sleep_for(how.pause);
  }
}

}  // namespace millrace::cli
