#include "log/kafka/client.h"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
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

// On brokers in memory of the library's own, which are good enough for a fetch.
TEST_CASE("CL-5: a fault of a client that is polled by its consumer's queue leaves what waits there") {
  const auto settings_at = [](const std::string& brokers) {
    auto settings = KafkaSettings::from({{"brokers", brokers}, {"namespace", "none"}});
    REQUIRE(settings);
    return *std::move(settings);
  };
  const auto producer = Client::open(Client::Kind::producer, settings_at("127.0.0.1:1"), {});
  REQUIRE(producer);
  const Owned<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> cluster(rd_kafka_mock_cluster_new((*producer)->get(), 1));
  REQUIRE(cluster);
  REQUIRE(rd_kafka_mock_topic_create(cluster.get(), "facts", 1, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
  const KafkaSettings settings = settings_at(rd_kafka_mock_cluster_bootstraps(cluster.get()));
  const auto writer = Client::open(Client::Kind::producer, settings, {});
  REQUIRE(writer);
  const auto write = [&](std::string text) {
    REQUIRE(rd_kafka_producev((*writer)->get(), RD_KAFKA_V_TOPIC("facts"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_VALUE(text.data(), text.size()), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR);
    REQUIRE(rd_kafka_flush((*writer)->get(), 20'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
  };
  const auto reader = Client::open(Client::Kind::consumer, settings, {{"group.id", "readers"}, {"enable.auto.commit", "false"}});
  REQUIRE(reader);
  (*reader)->poll_by_consumer();
  const Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> all(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(all.get(), "facts", 0)->offset = 0;
  REQUIRE(rd_kafka_assign((*reader)->get(), all.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
  const Owned<rd_kafka_queue_t, rd_kafka_queue_destroy> queue(rd_kafka_queue_get_consumer((*reader)->get()));
  const auto next = [&] {
    const Owned<rd_kafka_message_t, rd_kafka_message_destroy> message(rd_kafka_consumer_poll((*reader)->get(), 20'000));
    return message ? std::string(static_cast<const char*>(message->payload), message->len) : std::string();
  };
  write("one");
  REQUIRE(next() == "one");
  write("two");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (rd_kafka_queue_length(queue.get()) == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  REQUIRE(rd_kafka_queue_length(queue.get()) > 0);
  const Fault fault = (*reader)->fault(said_of(RD_KAFKA_RESP_ERR__TIMED_OUT), Call::read, "seek in", "facts");
  CHECK(fault.code == "timed_out");
  CHECK(next() == "two");
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
