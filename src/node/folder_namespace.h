// Which namespace on a cluster a folder is of. Its name is noted in the folder when it makes the namespace or joins it; its keys say
// it too: the secret of the peppers is made once, with the namespace, and no other has it.
//
// CN-8. A folder of another namespace is refused before anything in it or on the cluster is touched.
// Tests: tests/unit/folder_namespace_test.cpp, tests/kafka/hands.sh
#pragma once

#include <optional>
#include <string>

#include "log/kafka/reader.h"
#include "node/target.h"
#include "state/kv.h"

namespace millrace::node {

// Fails: exists, where the folder is of a namespace on the embedded log or of one with another name.
Result<void> require_cluster_folder(const std::string& folder, const std::string& name_space);
// The same of a target; good where that is no cluster.
Result<void> require_own_folder(const Target& target);
// From now on it is of this one. Fails: io.
Result<void> note_namespace(const std::string& folder, const std::string& name_space);

constexpr std::string_view kSecretRow = "p";  // keys/keystore.h

// That of the namespace whose keys come by this partition; nullopt while nobody has put one there. Fails: as the reader does.
Result<std::optional<std::string>> secret_on(log::kafka::KafkaReader& reader, TopicPartition keys);
// That of a folder's keystore; nullopt before it has one.
std::optional<std::string> secret_in(state::Kv& keys);
Fault of_another_namespace(const std::string& folder);

}  // namespace millrace::node
