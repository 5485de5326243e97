#include "log/kafka/settings.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>

namespace millrace::log::kafka {

namespace {

constexpr DurationMs kCommitMin = 15, kCommitMax = 5'000;
constexpr std::size_t kNamespaceMax = 180;  // a topic's name has at most 249 characters

struct OwnProperty {
  std::string_view name;  // a trailing '*' stands for any ending
  std::string_view why;
};
constexpr std::string_view kCommit = "positions are committed by Millrace, in the transaction that holds the outputs";
constexpr std::string_view kGroup = "groups and their members follow from namespace, stage and instance";
constexpr std::string_view kByTransaction = "transactions and their owners follow from namespace and instance";
constexpr std::string_view kOnce = "writing each record once, in order, on every replica is not optional";
constexpr std::string_view kMember = "fencing and take-over stand on these times";

constexpr auto kOwned = std::to_array<OwnProperty>({
    {"bootstrap.servers", "name the cluster by `brokers`"},
    {"metadata.broker.list", "name the cluster by `brokers`"},
    {"compression.codec", "choose it by `compression`"},
    {"compression.type", "choose it by `compression`"},
    {"enable.auto.commit", kCommit},
    {"enable.auto.offset.store", kCommit},
    {"auto.commit.*", kCommit},
    {"offset.store.*", kCommit},
    {"auto.offset.reset", "a position is never reset silently"},
    {"isolation.level", "only committed records may be folded"},
    {"consume.callback.max.messages", "Millrace reads by queues"},
    {"enable.partition.eof", "Millrace asks for it where it needs it"},
    {"partition.assignment.strategy", "one strategy keeps a partition of all stages together"},
    {"group.*", kGroup},
    {"session.timeout.ms", kMember},
    {"heartbeat.interval.ms", kMember},
    {"max.poll.interval.ms", kMember},
    {"transactional.id", kByTransaction},
    {"transaction.timeout.ms", kByTransaction},
    {"enable.idempotence", kOnce},
    {"enable.gapless.guarantee", kOnce},
    {"message.max.bytes", "a topic takes what a fold may put out, so the client must"},
    {"acks", kOnce},
    {"request.required.acks", kOnce},
    {"max.in.flight", kOnce},
    {"max.in.flight.requests.per.connection", kOnce},
    {"message.send.max.retries", kOnce},
    {"retries", kOnce},
    {"queuing.strategy", kOnce},
    {"produce.offset.report", kOnce},
    {"message.timeout.ms", "how long a record is tried follows from the transaction"},
    {"delivery.timeout.ms", "how long a record is tried follows from the transaction"},
    {"partitioner", "a key's partition is murmur2, as Java clients have it"},
    {"allow.auto.create.topics", "topics are created with their settings by `millrace topology --create`"},
    {"plugin.library.paths", "no other code is loaded into this process"},
    {"test.*", "it is for tests of librdkafka"},
});

constexpr auto kCompressions = std::to_array<std::string_view>({"lz4", "zstd", "snappy", "gzip", "none"});

bool covers(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

Fault bad(std::string_view name, const std::string& what) {
  return fatal("bad_settings", "kafka." + std::string(name) + " " + what);
}

bool is_secret(std::string_view name) {
  for (const std::string_view part : {"password", "secret", "key", "token", "oauthbearer.config", "jaas"})
    if (name.find(part) != std::string_view::npos) return true;
  return false;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return n;
}

Result<void> take_property(rd_kafka_conf_t* scratch, const std::string& name, const std::string& value) {
  if (const std::string_view why = why_owned(name); !why.empty())
    return bad(name, "is Millrace's own and cannot be set: " + std::string(why));
  char problem[512] = {};
  const rd_kafka_conf_res_t set = rd_kafka_conf_set(scratch, name.c_str(), value.c_str(), problem, sizeof problem);
  if (set == RD_KAFKA_CONF_UNKNOWN)
    return bad(name, "is no setting: Millrace knows brokers, namespace, guarantee, standbys, commit_ms, chain, compression "
                     "and replication, and passes properties of librdkafka on; this one it does not have");
  if (set != RD_KAFKA_CONF_OK)
    return bad(name, is_secret(name) ? std::string("has a value that librdkafka does not take (it is not shown here)")
                                     : "cannot be \"" + value + "\": " + problem);
  return {};
}

}  // namespace

std::string_view why_owned(std::string_view property) {
  // "topic.acks" is another way to say "acks".
  const std::string_view name = property.starts_with("topic.") ? property.substr(6) : property;
  for (const OwnProperty& owned : kOwned)
    if (covers(owned.name, name) || covers(owned.name, property)) return owned.why;
  return {};
}

std::string KafkaSettings::prefixed(std::string_view topic) const {
  if (name_space.empty()) return std::string(topic);
  return name_space + "." + std::string(topic);
}

static Result<void> take_brokers(const std::string& value, KafkaSettings& out) {
  std::string_view rest = value;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view one = rest.substr(0, comma);
    if (one.empty() || one.find_first_of(" \t\n\"'") != std::string_view::npos)
      return bad("brokers", "is a list of host:port with commas between and no blanks, not \"" + value + "\"");
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  out.brokers = value;
  return {};
}

static Result<void> take_namespace(const std::string& value, KafkaSettings& out) {
  const bool good = value.size() <= kNamespaceMax && !value.starts_with('.') && !value.ends_with('.') &&
                    std::all_of(value.begin(), value.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
                    });
  if (!good)
    return bad("namespace", "is up to 180 of a-z 0-9 . _ - and neither begins nor ends in a dot, not \"" + value + "\"");
  out.name_space = value;
  return {};
}

Result<KafkaSettings> KafkaSettings::from(const std::map<std::string, std::string>& given) {
  KafkaSettings out;
  const std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> scratch(rd_kafka_conf_new(),
                                                                                   rd_kafka_conf_destroy);
  for (const auto& [name, value] : given) {
    if (name == "brokers") {
      if (auto taken = take_brokers(value, out); !taken) return taken.fault();
    } else if (name == "namespace") {
      if (auto taken = take_namespace(value, out); !taken) return taken.fault();
    } else if (name == "guarantee") {
      if (value != "exactly_once" && value != "at_least_once")
        return bad(name, "is exactly_once or at_least_once, not \"" + value + "\"");
      out.guarantee = value == "exactly_once" ? Guarantee::exactly_once : Guarantee::at_least_once;
    } else if (name == "commit_ms") {
      const auto ms = number(value);
      if (!ms || *ms < kCommitMin || *ms > kCommitMax)
        return bad(name, "is a number of milliseconds from 15 to 5000, not \"" + value + "\"");
      out.commit_ms = *ms;
    } else if (name == "chain") {
      if (value != "true" && value != "false") return bad(name, "is true or false, not \"" + value + "\"");
      out.chain = value == "true";
    } else if (name == "standbys") {
      if (value != "all" && value != "none") return bad(name, "is all or none, not \"" + value + "\"");
      out.standbys = value == "all";
    } else if (name == "compression") {
      if (std::find(kCompressions.begin(), kCompressions.end(), value) == kCompressions.end())
        return bad(name, "is lz4, zstd, snappy, gzip or none, not \"" + value + "\"");
      out.compression = value;
    } else if (name == "replication") {
      const auto copies = number(value);
      if (!copies || *copies < 0 || *copies > 100)
        return bad(name, "is the number of copies of each partition, 0 for min(3, brokers), not \"" + value + "\"");
      out.replication = static_cast<int>(*copies);
    } else {
      if (auto taken = take_property(scratch.get(), name, value); !taken) return taken.fault();
      out.properties[name] = value;
    }
  }
  if (out.brokers.empty())
    return bad("brokers", "is missing: name at least one broker of the cluster as host:port, in millrace.toml or by "
                          "--brokers");
  return out;
}

}  // namespace millrace::log::kafka
