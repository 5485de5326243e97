// One handle of librdkafka, made from the settings, with what it last complained of. Internal to this folder: its
// .cpp files use get().
//
//   auto client = Client::open(Client::Kind::consumer, settings, {{"isolation.level", "read_committed"}});
//
// CL-1  The handle lives until the last shared_ptr to its client goes: what was read from it (a batch's messages) keeps it.
// CL-2  A bare time-out is worded with the complaint that explains it (a broker that cannot be reached, a login or a
//       certificate that was refused), when the library has made one since the last success.
// CL-3  The library writes nothing to stderr, unless the property `debug` asks it to.
// CL-4  A handle of which a topic was deleted may never come to its end: the library waits for a thread of its own. After kEnd
//       it is left behind, with what its call-backs use.
// CL-5  Where everything comes by the queue of a consumer (poll_by_consumer()), its owner alone takes from it: a message or a
//       rebalance that another call met would end the process, or reach its listener in the middle of something else.
// Threads: any function from any thread, once open.      Tests: tests/kafka/admin_test.cpp, tests/unit/kafka_client_test.cpp
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "log/kafka/faults.h"
#include "log/kafka/figures.h"
#include "log/kafka/settings.h"

struct rd_kafka_s;
struct rd_kafka_conf_s;

namespace millrace::log::kafka {

// For std::unique_ptr to what the library gave: Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>.
template <auto destroy>
struct Ending {
  template <class T>
  void operator()(T* held) const {
    destroy(held);
  }
};
template <class T, auto destroy>
using Owned = std::unique_ptr<T, Ending<destroy>>;

class Client {
 public:
  enum class Kind { producer, consumer };
  using Properties = std::map<std::string, std::string>;
  static constexpr std::chrono::seconds kEnd{10};
  // Last words on the configuration before the handle is made: call-backs.
  using Prepare = std::function<void(rd_kafka_conf_s*)>;

  // `own` holds what this client needs; the settings' properties come before it. Connects in the background. `figures`,
  // which outlive the client, take its statistics.
  // Fails: bad_settings, local_resource.
  static Result<std::shared_ptr<Client>> open(Kind kind, const KafkaSettings& settings, const Properties& own,
                                              const Prepare& prepare = {}, ClientFigures* figures = nullptr);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void* owner = nullptr;  // for the call-backs of whoever made it: the library hands them this client; null when it is at its end
  std::shared_ptr<void> kept{};  // what call-backs use that the library hands something else
  std::chrono::milliseconds ends_within = kEnd;  // CL-4; another for tests

  rd_kafka_s* get() const { return handle_; }
  const std::string& brokers() const { return brokers_; }

  // Waits until a broker has answered. Gives the number of brokers. A login or a certificate that is refused ends it at
  // once. Fails: broker_unreachable, authentication_failed, tls_failed, timed_out.
  Result<int> connect(DurationMs wait_ms);
  // From now on everything comes by the consumer's queue (CL-5).
  void poll_by_consumer();
  // Calls the call-backs that are due, but for CL-5. Never waits.
  void serve();
  // A call succeeded: what was complained of before is over.
  void went_well();
  Fault fault(const Said& said, Call call, std::string_view tried, std::string_view on = {});

 private:
  explicit Client(std::string brokers) : brokers_(std::move(brokers)) {}
  ~Client();
  static void end(Client* client);
  static void complained(rd_kafka_s*, int code, const char* reason, void* self);
  static int told_statistics(rd_kafka_s*, char* json, std::size_t size, void* self);

  rd_kafka_s* handle_ = nullptr;
  const std::string brokers_;
  ClientFigures* figures_ = nullptr;
  bool by_consumer_ = false;
  std::mutex mutex_;
  std::optional<Said> complaint_;
};

}  // namespace millrace::log::kafka
