#include "log/kafka/client.h"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include <future>
#include <thread>

#include "log/kafka/within.h"

namespace millrace::log::kafka {

namespace {

// A client at whose end the library waits, as it does for a thread that never comes to its own, until `released`.
struct HeldEnd {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::promise<void> over;

  static rd_kafka_resp_err_t wait(rd_kafka_t*, void* self) {
    HeldEnd& held = *static_cast<HeldEnd*>(self);
    held.released.wait_for(std::chrono::seconds(20));
    held.over.set_value();
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  static rd_kafka_resp_err_t made(rd_kafka_t* handle, const rd_kafka_conf_t*, void* self, char*, std::size_t) {
    return rd_kafka_interceptor_add_on_destroy(handle, "held", wait, self);
  }
  Result<std::shared_ptr<Client>> open() {
    const auto settings = KafkaSettings::from({{"brokers", "127.0.0.1:1"}, {"namespace", "none"}});
    if (!settings) return settings.fault();
    return Client::open(Client::Kind::consumer, *settings, {},
                        [this](rd_kafka_conf_t* conf) { rd_kafka_conf_interceptor_add_on_new(conf, "held", made, this); });
  }
};

}  // namespace

TEST_SUITE_BEGIN("log/kafka client");

TEST_CASE("CL-4: a client that does not come to its end is left behind after a bound, with what its call-backs use") {
  HeldEnd held;
  auto client = held.open();
  REQUIRE_MESSAGE(client, (client ? "" : client.fault().message));
  CHECK((*client)->ends_within == std::chrono::seconds(10));
  (*client)->ends_within = std::chrono::milliseconds(1);
  const auto used = std::make_shared<int>(7);
  (*client)->kept = used;
  std::future<void> over = held.over.get_future();
  client->reset();
  CHECK(over.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  CHECK(handles_left_behind() == 1);
  CHECK(used.use_count() == 2);
  held.release.set_value();
  CHECK(over.wait_for(std::chrono::minutes(1)) == std::future_status::ready);
  while (handles_left_behind() > 0) std::this_thread::yield();
  CHECK(used.use_count() == 1);
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
