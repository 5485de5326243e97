// How to reach a Kafka cluster, and what may be said about it: the table `kafka` of millrace.toml, or the command line.
//
//   auto settings = KafkaSettings::from({{"brokers", "kafka-1:9093"}, {"security.protocol", "ssl"}, ...});
//
// Takes   names with values: Millrace's own (below), and any other name as a property of librdkafka, for TLS, SASL,
//         buffers and time-outs.
// Gives   settings that every client of this folder is made from.
//
// KS-1  A property that a guarantee stands on is Millrace's own: naming it is refused, with the reason.
// KS-2  A name or a value that librdkafka does not take is refused here, not when the first client is made.
// KS-3  The value of a secret (a password, a key, a token) never stands in a fault.
// Tests: tests/unit/kafka_settings_test.cpp
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/result.h"

namespace millrace::log::kafka {

enum class Guarantee {
  exactly_once,   // outputs and positions in one transaction
  at_least_once,  // no transaction: after a crash a record may be folded, and its outputs be written, again, with the
                  // same ids; and no changelog, so a lost disk is folded again from the topics
};

struct KafkaSettings {
  std::string brokers;      // "host:port,host:port"
  std::string name_space;   // `namespace`: topics are called "<namespace>.<topic>"; empty: no prefix
  Guarantee guarantee = Guarantee::exactly_once;
  DurationMs commit_ms = 100;       // a transaction is committed at the latest after this
  bool chain = false;               // exactly once: a transaction may hold several hops (chain.h)
  std::string compression = "lz4";  // lz4, zstd, snappy, gzip or none
  int replication = 0;              // copies of each partition of a topic that is created; 0: min(3, brokers)
  bool standbys = false;            // `standbys`: all, or none. All: each instance also follows the state of what it does not fold
  std::map<std::string, std::string> properties{};  // of librdkafka, passed through

  // Fails: bad_settings, naming the setting, what is wrong with it and what it may be.
  static Result<KafkaSettings> from(const std::map<std::string, std::string>& given);

  // "acme.crm.events" of "crm.events".
  std::string prefixed(std::string_view topic) const;
};

// Why a property of librdkafka may not be set; empty when it may.
std::string_view why_owned(std::string_view property);

}  // namespace millrace::log::kafka
