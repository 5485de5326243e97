#include "log/kafka/settings.h"

#include <doctest/doctest.h>

namespace millrace::log::kafka {
namespace {

using Given = std::map<std::string, std::string>;

KafkaSettings good(Given given) {
  given.emplace("brokers", "kafka:9092");
  auto settings = KafkaSettings::from(given);
  REQUIRE_MESSAGE(settings, (settings ? "" : settings.fault().message));
  return *std::move(settings);
}

// The message of the refusal; empty when it was taken.
std::string refusal(Given given) {
  given.emplace("brokers", "kafka:9092");
  const auto settings = KafkaSettings::from(given);
  if (settings) return "";
  CHECK(settings.fault().code == "bad_settings");
  CHECK(settings.fault().kind == Fault::Kind::fatal);
  return settings.fault().message;
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE_BEGIN("log/kafka settings");

TEST_CASE("brokers alone are enough, the rest has honest defaults") {
  const KafkaSettings s = good({});
  CHECK(s.brokers == "kafka:9092");
  CHECK(s.name_space.empty());
  CHECK(s.guarantee == Guarantee::exactly_once);
  CHECK(s.commit_ms == 100);
  CHECK(!s.chain);
  CHECK(s.compression == "lz4");
  CHECK(s.replication == 0);
  CHECK(s.properties.empty());
}

TEST_CASE("every setting is taken, and TLS and SASL go through to librdkafka") {
  const KafkaSettings s = good({{"brokers", "a:1,b:2"},
                                {"namespace", "sandbox.x"},
                                {"guarantee", "at_least_once"},
                                {"commit_ms", "250"},
                                {"chain", "true"},
                                {"compression", "zstd"},
                                {"replication", "3"},
                                {"security.protocol", "sasl_ssl"},
                                {"sasl.mechanism", "SCRAM-SHA-512"},
                                {"sasl.username", "millrace"},
                                {"sasl.password", "hush"},
                                {"ssl.ca.location", "/etc/ssl/ca.pem"}});
  CHECK(s.brokers == "a:1,b:2");
  CHECK(s.guarantee == Guarantee::at_least_once);
  CHECK(s.commit_ms == 250);
  CHECK(s.chain);
  CHECK(s.compression == "zstd");
  CHECK(s.replication == 3);
  CHECK(s.properties.size() == 5);
  CHECK(s.properties.at("sasl.password") == "hush");
}

TEST_CASE("a topic is called by namespace and name, without a namespace by its name") {
  CHECK(good({}).prefixed("crm.events") == "crm.events");
  CHECK(good({{"namespace", "acme"}}).prefixed("crm.events") == "acme.crm.events");
  CHECK(good({{"namespace", "sandbox.x"}}).prefixed("control") == "sandbox.x.control");
}

TEST_CASE("no broker, or one that is no host:port, is refused with what to write") {
  const auto none = KafkaSettings::from({});
  REQUIRE_FALSE(none);
  CHECK(says(none.fault().message, "host:port"));
  for (const char* bad : {"", "a:1,", ",a:1", "a:1, b:2", "\"a:1\""}) CHECK(says(refusal({{"brokers", bad}}), "brokers"));
}

TEST_CASE("a value out of its range is refused with the range") {
  CHECK(says(refusal({{"commit_ms", "14"}}), "15 to 5000"));
  CHECK(says(refusal({{"commit_ms", "5001"}}), "15 to 5000"));
  CHECK(says(refusal({{"commit_ms", "1e2"}}), "15 to 5000"));
  CHECK(says(refusal({{"chain", "yes"}}), "true or false"));
  CHECK(says(refusal({{"guarantee", "at_most_once"}}), "exactly_once or at_least_once"));
  CHECK(says(refusal({{"compression", "zip"}}), "lz4"));
  CHECK(says(refusal({{"replication", "-1"}}), "min(3, brokers)"));
  for (const char* bad : {".a", "a.", "A", "a/b", "a b"}) CHECK(says(refusal({{"namespace", bad}}), "namespace"));
}

TEST_CASE("KS-1: a property that a guarantee stands on is refused, with the reason") {
  for (const char* owned :
       {"enable.auto.commit", "enable.auto.offset.store", "auto.commit.interval.ms", "auto.offset.reset",
        "isolation.level", "transactional.id", "transaction.timeout.ms", "enable.idempotence", "acks",
        "request.required.acks", "max.in.flight", "max.in.flight.requests.per.connection", "retries",
        "message.timeout.ms", "delivery.timeout.ms", "partitioner", "partition.assignment.strategy", "group.id",
        "group.instance.id", "group.protocol.type", "session.timeout.ms", "heartbeat.interval.ms",
        "max.poll.interval.ms", "bootstrap.servers", "metadata.broker.list", "compression.codec", "compression.type",
        "allow.auto.create.topics", "enable.partition.eof", "plugin.library.paths", "topic.acks"}) {
    CAPTURE(owned);
    const std::string text = refusal({{owned, "1"}});
    CHECK(says(text, owned));
    CHECK(says(text, "is Millrace's own and cannot be set: "));
    CHECK_FALSE(why_owned(owned).empty());
  }
  for (const char* free : {"security.protocol", "ssl.ca.location", "client.id", "linger.ms", "fetch.wait.max.ms"})
    CHECK(why_owned(free).empty());
}

TEST_CASE("KS-2: a name or a value that librdkafka does not take is refused at once") {
  CHECK(says(refusal({{"comit_ms", "100"}}), "is no setting: Millrace knows brokers, namespace"));
  CHECK(says(refusal({{"security.protocl", "ssl"}}), "kafka.security.protocl"));
  CHECK(says(refusal({{"security.protocol", "tls"}}), "security.protocol cannot be \"tls\""));
  CHECK(says(refusal({{"fetch.wait.max.ms", "-5"}}), "fetch.wait.max.ms"));
}

TEST_CASE("KS-3: the value of a secret never stands in a fault") {
  for (const char* name : {"ssl.key.pem", "sasl.oauthbearer.config", "ssl.keystore.password"}) {
    CAPTURE(name);
    const std::string text = refusal({{name, "hush-hush"}, {"zz.unknown", "hush-hush"}});
    CHECK_FALSE(text.empty());
    CHECK_FALSE(says(text, "hush-hush"));
  }
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
