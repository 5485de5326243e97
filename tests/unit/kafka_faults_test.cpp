#include "log/kafka/faults.h"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include <set>

namespace millrace::log::kafka {
namespace {

constexpr Call kCalls[] = {Call::connect,
                           Call::describe,
                           Call::read,
                           Call::produce,
                           Call::manage,
                           Call::join,
                           Call::init_transactions,
                           Call::begin_transaction,
                           Call::send_offsets,
                           Call::commit_transaction,
                           Call::abort_transaction};

Said said(int code, bool fatal = false, bool retriable = false, bool must_abort = false) {
  return {code, "as told", fatal, retriable, must_abort};
}
Road road(int code, Call call) { return road_of(said(code), call); }

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE_BEGIN("log/kafka faults");

TEST_CASE("KF-1: every code of the library has a word and a road, an unknown one is fatal") {
  const rd_kafka_err_desc* list = nullptr;
  std::size_t count = 0;
  rd_kafka_get_err_descs(&list, &count);
  std::size_t seen = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!list[i].name) continue;  // a number that no code has
    ++seen;
    CAPTURE(list[i].name);
    const std::string_view word = word_of(list[i].code);
    CHECK_FALSE(word.empty());
    if (list[i].code != RD_KAFKA_RESP_ERR__BEGIN && list[i].code != RD_KAFKA_RESP_ERR__END &&
        list[i].code != RD_KAFKA_RESP_ERR_END_ALL)
      CHECK(word != "unknown_error");
  }
  CHECK(seen > 150);
  for (const Call call : kCalls) {
    CHECK(road(12'345, call) == Road::fatal);
    CHECK(road(-199'999, call) == Road::fatal);
  }
  CHECK(word_of(12'345) == "unknown_error");
}

TEST_CASE("a broker that is away is waited for, whatever was called, except within a transaction's end") {
  for (const int code : {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE}) {
    for (const Call call : kCalls) CHECK(road(code, call) == Road::retry);
    CHECK(word_of(code) == "broker_unreachable");
  }
  CHECK(road(RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, Call::init_transactions) == Road::retry);
  CHECK(road(RD_KAFKA_RESP_ERR__TIMED_OUT, Call::init_transactions) == Road::retry);
  CHECK(road(RD_KAFKA_RESP_ERR__TIMED_OUT, Call::describe) == Road::retry);
}

TEST_CASE("KF-2: what timed out inside a transaction is never called again") {
  for (const Call call : {Call::send_offsets, Call::commit_transaction, Call::abort_transaction}) {
    CHECK(road(RD_KAFKA_RESP_ERR__TIMED_OUT, call) == Road::renew);
    CHECK(road_of(said(RD_KAFKA_RESP_ERR__TIMED_OUT, false, true), call) == Road::renew);
    CHECK(road(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, call) == Road::renew);
  }
  CHECK(road(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, Call::produce) == Road::abort);
}

TEST_CASE("a batch that the group or the broker refuses is aborted and sent again; an abort that fails asks for a new producer") {
  for (const int code : {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
                         RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR__PURGE_QUEUE}) {
    CHECK(road(code, Call::send_offsets) == Road::abort);
    CHECK(road(code, Call::commit_transaction) == Road::abort);
    CHECK(road(code, Call::abort_transaction) == Road::renew);
    CHECK(road(code, Call::read) == Road::retry);
  }
  CHECK(road_of(said(RD_KAFKA_RESP_ERR__TRANSPORT, false, false, true), Call::commit_transaction) == Road::abort);
  CHECK(road_of(said(RD_KAFKA_RESP_ERR__STATE, false, false, true), Call::send_offsets) == Road::abort);
  CHECK(road_of(said(RD_KAFKA_RESP_ERR__STATE, true), Call::send_offsets) == Road::renew);
  CHECK(road(RD_KAFKA_RESP_ERR__STATE, Call::send_offsets) == Road::fatal);
}

TEST_CASE("a producer that was fenced or lost its state is made anew") {
  for (const int code :
       {RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, RD_KAFKA_RESP_ERR__FATAL,
        RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER})
    for (const Call call : kCalls) CHECK(road(code, call) == Road::renew);
  CHECK(road_of(said(RD_KAFKA_RESP_ERR__TRANSPORT, true), Call::commit_transaction) == Road::renew);
  CHECK(road(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, Call::join) == Road::fatal);
}

TEST_CASE("what no retry mends is fatal, also when the library asks for an abort") {
  for (const int code :
       {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
        RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION})
    for (const Call call : kCalls) {
      CHECK(road(code, call) == Road::fatal);
      CHECK(road_of(said(code, false, false, true), call) == Road::fatal);
    }
}

TEST_CASE("an unknown topic is fatal to who describes it, and waited for by who reads or writes it") {
  CHECK(road(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Call::describe) == Road::fatal);
  CHECK(road(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Call::manage) == Road::fatal);
  CHECK(road(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Call::read) == Road::retry);
}

TEST_CASE("KF-3: a fault says what was tried, on what, and what to do") {
  struct Example {
    int code;
    Call call;
    const char* word;
    Fault::Kind kind;
    const char* remedy;
  };
  for (const Example& e : {
           Example{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, Call::connect, "broker_unreachable", Fault::Kind::retry, "check that the brokers run"},
           Example{RD_KAFKA_RESP_ERR__AUTHENTICATION, Call::connect, "authentication_failed", Fault::Kind::fatal, "sasl.password"},
           Example{RD_KAFKA_RESP_ERR__SSL, Call::connect, "tls_failed", Fault::Kind::fatal, "ssl.*"},
           Example{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Call::read, "topic_unauthorised", Fault::Kind::fatal, "kafka-acls"},
           Example{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Call::describe, "unknown_topic", Fault::Kind::fatal, "millrace topology --create"},
           Example{RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, Call::read, "out_of_range", Fault::Kind::fatal, "never reset silently"},
       }) {
    CAPTURE(e.word);
    const Fault fault = fault_of(said(e.code), e.call, "read", "acme.crm.events/3", "kafka:9092");
    CHECK(fault.code == e.word);
    CHECK(fault.kind == e.kind);
    CHECK(says(fault.message, "could not read acme.crm.events/3 at kafka:9092: as told; "));
    CHECK(says(fault.message, e.remedy));
  }
  const Fault bare = fault_of({RD_KAFKA_RESP_ERR__TIMED_OUT}, Call::describe, "list topics", "", "");
  CHECK(says(bare.message, "could not list topics: "));
  CHECK(says(bare.message, rd_kafka_err2str(RD_KAFKA_RESP_ERR__TIMED_OUT)));
}

TEST_CASE("who has seen its topics tries again when a broker that comes back does not know them") {
  const Fault unknown = where_topics_exist(fault_of(said(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION), Call::describe, "ask for the offsets of", "acme.keys/0", ""));
  CHECK(unknown.code == "unknown_topic");
  CHECK(unknown.kind == Fault::Kind::retry);
  CHECK(says(unknown.message, "could not ask for the offsets of acme.keys/0"));
  const Fault refused = where_topics_exist(fault_of(said(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), Call::describe, "read", "", ""));
  CHECK(refused.code == "topic_unauthorised");
  CHECK(refused.kind == Fault::Kind::fatal);
}

TEST_CASE("no error is no error") {
  CHECK(said_of(static_cast<rd_kafka_error_s*>(nullptr)).code == 0);
  const Said local = said_of(rd_kafka_error_new(RD_KAFKA_RESP_ERR__TIMED_OUT, "waited %d s", 5));
  CHECK(local.code == RD_KAFKA_RESP_ERR__TIMED_OUT);
  CHECK(local.text == "waited 5 s");
  CHECK_FALSE(local.fatal);
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
