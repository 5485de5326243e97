#include "log/kafka/figures.h"

#include <simdjson.h>

#include <algorithm>

namespace millrace::log::kafka {

namespace {

using Element = simdjson::dom::element;

double number_at(const Element& from, std::string_view name) {
  double value = 0;
  return from[name].get(value) ? 0 : value;
}

template <class Visit>
void for_each_in(const Element& from, std::string_view name, const Visit& visit) {
  simdjson::dom::object inner;
  if (from[name].get(inner)) return;
  for (const auto& [key, value] : inner) visit(key, value);
}

}  // namespace

void ClientFigures::take(std::string_view json) {
  simdjson::dom::parser parser;
  Element all;
  if (parser.parse(json.data(), json.size()).get(all)) return;

  constexpr double kMicros = 1e-6;
  double up = 0, connects = 0, time_outs = 0, errors = 0, retries = 0, trip = 0, trip_p99 = 0;
  for_each_in(all, "brokers", [&](std::string_view, const Element& broker) {
    std::string_view state;
    if (!broker["state"].get(state) && state == "UP") ++up;
    connects += number_at(broker, "connects");
    time_outs += number_at(broker, "req_timeouts");
    errors += number_at(broker, "txerrs") + number_at(broker, "rxerrs");
    retries += number_at(broker, "txretries");
    if (Element rtt; !broker["rtt"].get(rtt)) {
      trip = std::max(trip, number_at(rtt, "avg") * kMicros);
      trip_p99 = std::max(trip_p99, number_at(rtt, "p99") * kMicros);
    }
  });
  double lag = 0, fetched = 0, fetched_bytes = 0;
  for_each_in(all, "topics", [&](std::string_view, const Element& topic) {
    for_each_in(topic, "partitions", [&](std::string_view, const Element& partition) {
      lag += std::max(number_at(partition, "consumer_lag"), 0.0);
      fetched += number_at(partition, "fetchq_cnt");
      fetched_bytes += number_at(partition, "fetchq_size");
    });
  });

  constexpr auto kGauge = Measure::Kind::gauge, kCounter = Measure::Kind::counter;
  std::vector<Known> known{
      {"millrace_kafka_brokers_up", "Brokers that the client is connected to", kGauge, up},
      {"millrace_kafka_connects_total", "Connections that the client began", kCounter, connects},
      {"millrace_kafka_requests_total", "Requests sent to brokers", kCounter, number_at(all, "tx")},
      {"millrace_kafka_request_timeouts_total", "Requests that no broker answered in time", kCounter, time_outs},
      {"millrace_kafka_request_errors_total", "Requests that could not be sent, and answers that could not be read", kCounter, errors},
      {"millrace_kafka_request_retries_total", "Requests sent again by the client", kCounter, retries},
      {"millrace_kafka_sent_bytes_total", "Bytes sent to brokers", kCounter, number_at(all, "tx_bytes")},
      {"millrace_kafka_received_bytes_total", "Bytes received from brokers", kCounter, number_at(all, "rx_bytes")},
      {"millrace_kafka_sent_messages_total", "Records sent to brokers", kCounter, number_at(all, "txmsgs")},
      {"millrace_kafka_received_messages_total", "Records received from brokers", kCounter, number_at(all, "rxmsgs")},
      {"millrace_kafka_queued_messages", "Records that wait to be sent, or fetched ahead to be folded", kGauge, number_at(all, "msg_cnt") + fetched},
      {"millrace_kafka_queued_bytes", "Bytes that wait to be sent, or fetched ahead to be folded", kGauge, number_at(all, "msg_size") + fetched_bytes},
      {"millrace_kafka_round_trip_seconds", "Time from a request to its answer, of the slowest broker, on average", kGauge, trip},
      {"millrace_kafka_round_trip_p99_seconds", "Time from a request to its answer, of the slowest broker, 99th percentile", kGauge, trip_p99},
  };
  if (Element group; !all["cgrp"].get(group)) {
    known.push_back({"millrace_kafka_assigned_partitions", "Partitions that the group gave this member", kGauge, number_at(group, "assignment_size")});
    known.push_back({"millrace_kafka_rebalances_total", "Times that the group's partitions were shared out anew", kCounter, number_at(group, "rebalance_cnt")});
    known.push_back({"millrace_kafka_consumer_lag_records", "Offsets of this member's partitions that it was not given yet", kGauge, lag});
  }
  const std::lock_guard hold(mutex_);
  known_ = std::move(known);
}

void ClientFigures::add_to(Measures& out, const Labels& labels) const {
  const std::lock_guard hold(mutex_);
  for (const Known& each : known_) out.push_back({each.name, each.help, each.kind, labels, each.value});
}

Measures MemberFigures::measures(const Labels& labels) const {
  Measures out;
  const auto of = [&labels](const char* client) {
    Labels all = labels;
    all.emplace_back("client", client);
    return all;
  };
  consumer.add_to(out, of("consumer"));
  producer.add_to(out, of("producer"));
  out.push_back(counter("millrace_member_aborts_total", "Transactions ended without effect", static_cast<double>(aborted), labels));
  out.push_back(counter("millrace_member_producer_renewals_total", "Producers made anew, since nobody knew how a commit had ended",
                        static_cast<double>(renewed), labels));
  return out;
}

}  // namespace millrace::log::kafka
