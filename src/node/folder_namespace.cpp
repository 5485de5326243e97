#include "node/folder_namespace.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

namespace millrace::node {

namespace fs = std::filesystem;

namespace {

constexpr const char* kNoted = "/namespace";

// nullopt where it has not made or joined one, or the power went before the note was whole.
std::optional<std::string> noted_in(const std::string& folder) {
  std::ifstream file(folder + kNoted);
  std::string noted;
  return file && std::getline(file, noted) ? std::optional(noted) : std::nullopt;
}

std::string in_words(const std::string& name_space) { return name_space.empty() ? "that has no name" : name_space; }

}  // namespace

Result<void> require_cluster_folder(const std::string& folder, const std::string& name_space) {
  std::error_code none;
  if (fs::exists(folder + "/log", none))
    return fatal("exists", folder + " is the folder of a namespace without brokers: its keys and its state are that one's, and would be lost to it. "
                           "Give another folder with --data; `millrace produce` brings the same facts to the cluster");
  const auto noted = noted_in(folder);
  if (!noted || *noted == name_space) return {};
  return fatal("exists", folder + " is the folder of the namespace " + in_words(*noted) + ", not of the one " + in_words(name_space) +
                             ": its keys and its state are that one's. Give the folder of this one with --data, or another --namespace");
}

Result<void> require_own_folder(const Target& target) {
  return target.on_cluster() ? require_cluster_folder(target.data, target.name_space()) : Result<void>();
}

Result<void> note_namespace(const std::string& folder, const std::string& name_space) {
  const std::string path = folder + kNoted, fresh = path + ".new";
  if (noted_in(folder)) return require_cluster_folder(folder, name_space);  // somebody may have noted another since it was looked at
  std::ofstream file(fresh);
  std::error_code failed;
  if (file << name_space << "\n" << std::flush) fs::rename(fresh, path, failed);
  else failed = std::make_error_code(std::errc::io_error);
  if (failed) return retryable("io", "cannot note in " + path + " which namespace this folder is of: " + failed.message() + "; check the disk, its space and its rights");
  return {};
}

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
  return fatal("exists", folder + " holds the keys of another namespace. Give the folder of this one with --data");
}

}  // namespace millrace::node
