// What librdkafka says went wrong, classed once: what to do about it, and the words for it.
//
// Takes   an error code (rd_kafka_resp_err_t as an int), what librdkafka said of it, and the call that was made.
// Gives   one of four roads, and a Fault.
//
// KF-1  Every code of the library has a road; a code that it does not know yet is fatal.
// KF-2  A call of a transaction that timed out has an unknown end: its road is a new producer, never the same call again
//       (the library sends EndTxn again by itself, and a late twin can end the next transaction). A record that timed out
//       has one too: its batch is aborted.
// KF-3  A fault says what was tried, on what, and what to do; its code is one of a few stable words.
// Tests: tests/unit/kafka_faults_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

struct rd_kafka_error_s;

namespace millrace::log::kafka {

enum class Road {
  retry,  // the same call again, after a pause
  abort,  // abort the transaction and send the same batch again
  renew,  // a new producer with the same identity: init_transactions, then read the committed offsets
  fatal,  // stop clean and tell
};

// What was called; the same code means more to a transaction than to a read.
enum class Call {
  connect,
  describe,  // metadata, watermarks, offsets by time
  read,      // fetching records
  produce,
  manage,  // create topics, delete records, read settings
  join,    // the group
  init_transactions,
  begin_transaction,
  send_offsets,
  commit_transaction,
  abort_transaction,
};

// What librdkafka said, without its types.
struct Said {
  int code = 0;               // rd_kafka_resp_err_t; 0: nothing went wrong
  std::string text{};         // its own words
  bool fatal = false;         // the handle is of no use any more
  bool retriable = false;     // rd_kafka_error_is_retriable
  bool must_abort = false;    // rd_kafka_error_txn_requires_abort
};
// Takes the error and destroys it; null gives code 0.
Said said_of(rd_kafka_error_s* error);
Said said_of(int code);

Road road_of(const Said& said, Call call);

// The stable word of a code: "broker_unreachable", "authentication_failed", "unknown_topic"…
std::string_view word_of(int code);

// Words the fault: `tried` is a verb phrase ("read the settings of topic"), `on` its object ("acme.crm.events"),
// `brokers` the cluster. Kind fatal when the road is; else retry.
Fault fault_of(const Said& said, Call call, std::string_view tried, std::string_view on, std::string_view brokers);

// The same fault for one who has seen that the topics are there: a broker that comes back may not know them for many seconds, so
// unknown_topic is of kind retry. Others stay as they are.
Fault where_topics_exist(Fault fault);

}  // namespace millrace::log::kafka
