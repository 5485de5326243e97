#include "log/kafka/client.h"

#include <librdkafka/rdkafka.h>

#include <chrono>

#include "log/kafka/within.h"

namespace millrace::log::kafka {

namespace {

// Below this one librdkafka sends a nonce in SCRAM that Apache Kafka 4 refuses and release 3 let pass
// (confluentinc/librdkafka, pull request 4895).
constexpr int kScramMended = 0x02060100;
constexpr int kConnectSliceMs = 250;  // between two looks at what the library complained of

void keep_quiet(const rd_kafka_t*, int, const char*, const char*) {}

const Client::Properties& house_rules() {
  static const Client::Properties rules = {
      {"client.id", "millrace"},
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      {"socket.timeout.ms", "15000"},
      {"socket.connection.setup.timeout.ms", "5000"},
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "1000"},  // a broker that comes back is found within a second
      {"log.connection.close", "false"},
  };
  return rules;
}

void explain_scram(Said& said) {
  if (word_of(said.code) != "authentication_failed" || rd_kafka_version() >= kScramMended) return;
  if (said.text.find("SCRAM") == std::string::npos) return;
  said.text += std::string("; if the password is right: librdkafka ") + rd_kafka_version_str() +
               " cannot log in by SCRAM at Apache Kafka 4 (2.6.1 can): use PLAIN over TLS, or a client certificate, there";
}

bool explains(const Said& complaint) {
  const std::string_view word = word_of(complaint.code);
  return word == "broker_unreachable" || word == "authentication_failed" || word == "tls_failed";
}

}  // namespace

Result<std::shared_ptr<Client>> Client::open(Kind kind, const KafkaSettings& settings, const Properties& own,
                                             const Prepare& prepare, ClientFigures* figures) {
  std::shared_ptr<Client> client(new Client(settings.brokers), &Client::end);
  client->figures_ = figures;
  Properties all = house_rules();
  all["bootstrap.servers"] = settings.brokers;
  if (figures) all["statistics.interval.ms"] = std::to_string(kStatisticsMs);
  for (const auto& [name, value] : settings.properties) all[name] = value;
  for (const auto& [name, value] : own)
    if (!settings.properties.contains(name) || !why_owned(name).empty()) all[name] = value;

  Owned<rd_kafka_conf_t, rd_kafka_conf_destroy> conf(rd_kafka_conf_new());
  char problem[512] = {};
  for (const auto& [name, value] : all)
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), problem, sizeof problem) != RD_KAFKA_CONF_OK)
      return fatal("bad_settings", "kafka." + name + " was refused by librdkafka: " + problem);
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_error_cb(conf.get(), &Client::complained);
  if (!settings.properties.contains("debug")) rd_kafka_conf_set_log_cb(conf.get(), &keep_quiet);
  if (figures) rd_kafka_conf_set_stats_cb(conf.get(), &Client::told_statistics);
  if (prepare) prepare(conf.get());

  client->handle_ = rd_kafka_new(kind == Kind::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf.get(), problem,
                                 sizeof problem);
  if (!client->handle_) {
    const rd_kafka_resp_err_t why = rd_kafka_last_error();
    return fatal(why == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE ? "local_resource" : "bad_settings",
                 "could not make a client for Kafka at " + settings.brokers + ": " + problem +
                     "; check the settings under kafka, and this machine's limits on threads and files");
  }
  static_cast<void>(conf.release());  // the handle's now
  return client;
}

// CL-4. Nobody polls it any more, so no call-back runs but those of the library's own threads.
void Client::end(Client* client) {
  client->owner = nullptr;
  client->figures_ = nullptr;
  const auto end = [client] {
    delete client;
    return true;
  };
  static_cast<void>(within<bool>(client->ends_within, end, {}, handles_left_behind()));
}

Client::~Client() {
  if (handle_) rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void Client::complained(rd_kafka_t* handle, int code, const char* reason, void* self) {
  Said said{code, reason ? reason : ""};
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    char text[512] = {};
    said = {rd_kafka_fatal_error(handle, text, sizeof text), text, true};
  }
  explain_scram(said);
  Client& client = *static_cast<Client*>(self);
  std::lock_guard hold(client.mutex_);
  // "All brokers are down" follows on each reason why one is; the reason says more.
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && client.complaint_) return;
  client.complaint_ = std::move(said);
}

int Client::told_statistics(rd_kafka_t*, char* json, std::size_t size, void* self) {
  if (ClientFigures* const figures = static_cast<Client*>(self)->figures_) figures->take({json, size});
  return 0;  // the text stays the library's
}

Result<int> Client::connect(DurationMs wait_ms) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  for (;;) {
    const rd_kafka_metadata_t* seen = nullptr;
    const rd_kafka_resp_err_t error = rd_kafka_metadata(handle_, 0, nullptr, &seen, kConnectSliceMs);
    if (!error) {
      const Owned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy> owned(seen);
      went_well();
      return seen->broker_cnt;
    }
    Fault fault = this->fault(said_of(error), Call::connect, "reach Kafka");
    if (fault.kind == Fault::Kind::fatal || std::chrono::steady_clock::now() >= until) return fault;
  }
}

void Client::poll_by_consumer() {
  by_consumer_ = true;
  rd_kafka_poll_set_consumer(handle_);
}

void Client::serve() {
  if (!by_consumer_) rd_kafka_poll(handle_, 0);
}

void Client::went_well() {
  std::lock_guard hold(mutex_);
  complaint_.reset();
}

Fault Client::fault(const Said& said, Call call, std::string_view tried, std::string_view on) {
  serve();
  const std::string_view word = word_of(said.code);
  std::lock_guard hold(mutex_);
  if (complaint_ && explains(*complaint_) && (word == "timed_out" || word == "broker_unreachable"))
    return fault_of(*complaint_, call, tried, on, brokers_);
  return fault_of(said, call, tried, on, brokers_);
}

}  // namespace millrace::log::kafka
