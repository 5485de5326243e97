// A namespace of its own on the cluster that BROKERS names, for one test; its topics go with it.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>

#include "log/kafka/admin.h"
#include "log/kafka/appender.h"

namespace millrace::log::kafka {

inline std::string brokers() { return std::getenv("BROKERS"); }

// Never the same twice, also over runs against a broker that keeps its data.
inline std::string fresh_namespace() {
  static std::atomic<int> count{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return "test-" + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) + "-" +
         std::to_string(::getpid()) + "-" + std::to_string(++count);
}

template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result, (result ? "" : result.fault().message));
  return *std::move(result);
}
inline void must(const Result<void>& result) { REQUIRE_MESSAGE(result, (result ? "" : result.fault().message)); }

inline KafkaSettings settings_for(const std::string& name_space, std::map<std::string, std::string> more = {}) {
  more.emplace("brokers", brokers());
  more.emplace("namespace", name_space);
  return must(KafkaSettings::from(more));
}

struct Cluster {
  Layout layout;
  KafkaSettings settings = settings_for(fresh_namespace());
  std::unique_ptr<KafkaAdmin> admin = must(KafkaAdmin::open(settings));

  explicit Cluster(TopicTable topics) : layout{std::move(topics), {}, {}} {}
  ~Cluster() {
    std::vector<std::string> names;
    for (const TopicPlan& p : plan_topics(layout)) names.push_back(p.name);
    if (auto removed = admin->remove(names); !removed) MESSAGE(removed.fault().message);
  }
  void create() { must(admin->create(plan_topics(layout))); }
  std::unique_ptr<KafkaAppender> appender() { return must(KafkaAppender::open(settings, layout.topics)); }
};

inline bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace millrace::log::kafka
