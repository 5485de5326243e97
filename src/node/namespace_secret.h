// Which namespace a folder's keys are of: the secret of the peppers is made once, with the namespace, and no other has it.
//
// CN-8. A folder that holds another namespace's keys is refused before anything in it or on the cluster is touched.
// Tests: tests/kafka/hands.sh
#pragma once

#include <optional>
#include <string>

#include "log/kafka/reader.h"
#include "state/kv.h"

namespace millrace::node {

constexpr std::string_view kSecretRow = "p";  // keys/keystore.h

// That of the namespace whose keys come by this partition; nullopt while nobody has put one there. Fails: as the reader does.
Result<std::optional<std::string>> secret_on(log::kafka::KafkaReader& reader, TopicPartition keys);
// That of a folder's keystore; nullopt before it has one.
std::optional<std::string> secret_in(state::Kv& keys);
Fault of_another_namespace(const std::string& folder);

}  // namespace millrace::node
