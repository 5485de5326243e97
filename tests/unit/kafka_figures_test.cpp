#include "log/kafka/figures.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace millrace::log::kafka {
namespace {

// Shortened from what librdkafka 2.0.2 gave.
constexpr const char* kTold = R"({"name":"millrace#consumer-1","type":"consumer","ts":5,"time":1,"replyq":0,"msg_cnt":0,"msg_size":0,
"tx":40,"tx_bytes":4000,"rx":39,"rx_bytes":9000,"txmsgs":0,"rxmsgs":120,"rxmsg_bytes":7000,
"brokers":{"b1":{"state":"UP","req_timeouts":1,"txerrs":2,"rxerrs":3,"txretries":4,"connects":5,"rtt":{"avg":2000,"p99":30000}},
"b2":{"state":"DOWN","req_timeouts":0,"txerrs":0,"rxerrs":0,"txretries":0,"connects":2,"rtt":{"avg":1000,"p99":50000}}},
"topics":{"t":{"partitions":{"0":{"consumer_lag":7,"fetchq_cnt":3,"fetchq_size":300},"-1":{"consumer_lag":-1,"fetchq_cnt":0,"fetchq_size":0}}}},
"cgrp":{"state":"up","rebalance_cnt":2,"assignment_size":6}})";

double value_of(const Measures& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Measure& m) { return m.name == name; });
  REQUIRE_MESSAGE(found != all.end(), name);
  return found->value;
}

}  // namespace

TEST_SUITE_BEGIN("log/kafka_figures");

TEST_CASE("FG-1: figures are what the library told last, over all its brokers and partitions") {
  ClientFigures figures;
  Measures all;
  figures.add_to(all, {});
  CHECK(all.empty());
  figures.take(kTold);
  figures.take("no document");  // changes nothing
  figures.add_to(all, {{"member", "0"}});
  CHECK(value_of(all, "millrace_kafka_brokers_up") == 1);
  CHECK(value_of(all, "millrace_kafka_connects_total") == 7);
  CHECK(value_of(all, "millrace_kafka_request_errors_total") == 5);
  CHECK(value_of(all, "millrace_kafka_received_messages_total") == 120);
  CHECK(value_of(all, "millrace_kafka_queued_messages") == 3);
  CHECK(value_of(all, "millrace_kafka_round_trip_p99_seconds") == doctest::Approx(0.05));
  CHECK(value_of(all, "millrace_kafka_consumer_lag_records") == 7);
  CHECK(value_of(all, "millrace_kafka_assigned_partitions") == 6);
  CHECK(all.front().labels == Labels{{"member", "0"}});
}

TEST_CASE("MS-1: a name has one kind and one help, at the consumer and at the producer") {
  MemberFigures figures;
  figures.consumer.take(kTold);
  figures.producer.take(kTold);
  figures.aborted = 3;
  const Measures all = figures.measures({{"member", "0"}});
  CHECK(value_of(all, "millrace_member_aborts_total") == 3);
  for (const Measure& a : all)
    for (const Measure& b : all)
      if (a.name == b.name) CHECK((a.kind == b.kind && a.help == b.help && (&a == &b || a.labels != b.labels)));
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
