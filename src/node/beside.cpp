#include "node/beside.h"

#include <filesystem>

#include "node/environment.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::node {

Result<std::unique_ptr<Beside>> Beside::open(const Target& target) {
  auto beside = std::unique_ptr<Beside>(new Beside());
  auto log = log::FollowingLog::open(target.data + "/log");
  if (!log) return log.fault();
  beside->log_ = *std::move(log);
  auto scratch = Scratch::make(target.data);
  if (!scratch) return scratch.fault();
  beside->scratch_.emplace(*std::move(scratch));
  beside->rocks_ = std::make_unique<state::RocksEnvironment>(state::RocksLimits{});
  auto kv = beside->rocks_->open_beside(target.data + "/keys/store", beside->scratch_->path() + "/keys", Keystore::kMend);
  if (!kv) return kv.fault();
  Keystore::Options options{.beside = true};
  if (!target.key_seed.empty()) options.key_seed = target.key_seed;
  auto keys = Keystore::open(target.data, *std::move(kv), options);
  if (!keys) return keys.fault();
  beside->keys_ = *std::move(keys);
  auto environment = load_environment(target.data, beside->keys_->pepper_hash());
  if (!environment) return environment.fault();
  beside->environment_ = std::make_unique<Environment>(*std::move(environment));
  beside->topology_ = std::make_unique<engine::Topology>(
      make_topology(beside->log_->topics().partitions(topics::crm_events), *beside->environment_));
  return beside;
}

Result<std::unique_ptr<state::Kv>> Beside::scratch_kv(const std::string& name) {
  const std::string path = scratch_->path() + "/" + name;
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
  return rocks_->open(path);
}

}  // namespace millrace::node
