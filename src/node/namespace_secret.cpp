#include "node/namespace_secret.h"

namespace millrace::node {

Result<std::optional<std::string>> secret_on(log::kafka::KafkaReader& reader, TopicPartition keys) {
  if (auto seen = reader.refresh(); !seen) return seen.fault();
  log::Batch batch;
  for (Offset at = reader.start(keys); at < reader.end(keys); at = batch.next) {
    if (auto got = reader.fetch(keys, at, 1000, 1 << 20, batch); !got) return got.fault();
    for (const Record& record : batch.records)
      if (record.key == kSecretRow) return std::optional(std::string(record.value));
  }
  return std::optional<std::string>();
}

std::optional<std::string> secret_in(state::Kv& keys) {
  std::string secret;
  return keys.get(kSecretRow, secret) ? std::optional(std::move(secret)) : std::nullopt;
}

Fault of_another_namespace(const std::string& folder) {
  return fatal("exists", folder + " holds the keys of another namespace. Give a folder of its own with --data");
}

}  // namespace millrace::node
