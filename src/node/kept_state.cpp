#include "node/kept_state.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>

#include "node/cluster.h"
#include "node/environment.h"
#include "node/folder_namespace.h"
#include "node/scratch.h"
#include "node/state_query.h"
#include "state/rocksdb.h"
#include "state/timers.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::node {

namespace fs = std::filesystem;

namespace {

constexpr int kTries = 3;  // the one who writes may drop a file between our reading its name and opening it
constexpr std::size_t kRowsInMemory = 16 << 20;

// One store with the tables that its stage declares.
struct Store {
  std::uint16_t partition = 0;
  std::int64_t position = 0;
  std::unique_ptr<state::TableSpace> space;
  std::unique_ptr<state::Timers> timers;
  std::unique_ptr<Fold> fold;
};

// Partitions of the stage of which the folder has a store.
std::vector<std::uint16_t> kept_partitions(const std::string& folder, const std::string& stage) {
  std::vector<std::uint16_t> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder + "/state", none)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(stage + "-")) continue;
    const char* const begin = name.data() + stage.size() + 1;
    std::uint16_t partition = 0;
    const auto read = std::from_chars(begin, name.data() + name.size(), partition);
    if (read.ec == std::errc() && read.ptr == name.data() + name.size() && fs::exists(entry.path() / "CURRENT", none)) found.push_back(partition);
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<Store> open_kept(state::RocksEnvironment& rocks, const std::string& folder, const std::string& own) {
  for (int tried = 1;; ++tried) {
    auto kv = rocks.open_beside(folder, own);
    if (!kv && tried < kTries) continue;
    if (!kv) return kv.fault();
    Store store;
    store.space = std::make_unique<state::TableSpace>(*std::move(kv), kRowsInMemory);
    const auto restored = store.space->restore();
    if (!restored && tried < kTries) continue;
    if (!restored) return restored.fault();
    if (*restored) store.position = (*restored)->position;
    return store;
  }
}

}  // namespace

Result<Kept> ask_kept(const Target& target, const Request& request) {
  if (auto own = require_own_folder(target); !own) return own.fault();
  auto environment = load_environment(target.data, {});
  if (!environment) return environment.fault();
  const engine::Topology topology = make_topology(1, *environment);
  const auto named = request.args.find("stage");
  const engine::StageSpec* stage = nullptr;
  for (const engine::StageSpec& each : topology.stages)
    if (named != request.args.end() && each.name == named->second) stage = &each;
  if (!stage) return Kept{query_state(request, topology, {}), {}, {}, {}};

  const std::vector<std::uint16_t> partitions = kept_partitions(target.data, stage->name);
  std::optional<Scratch> own;
  if (!partitions.empty()) {
    auto scratch = Scratch::make(target.data);
    if (!scratch) return scratch.fault();
    own.emplace(*std::move(scratch));
  }
  state::RocksEnvironment rocks({});
  std::vector<Store> stores;
  for (const std::uint16_t partition : partitions) {
    const std::string name = stage->name + "-" + std::to_string(partition);
    auto store = open_kept(rocks, target.data + "/state/" + name, own->path() + "/" + name);
    if (!store) return store.fault();
    store->partition = partition;
    store->timers = std::make_unique<state::Timers>(*store->space);
    store->fold = stage->make(*store->space, Partition{partition});
    stores.push_back(*std::move(store));
  }
  std::vector<StageState> parts;
  for (const Store& store : stores) parts.push_back({stage->name, *store.space});
  Kept kept{query_state(request, topology, parts), stage->name, stage->inbox, {}};
  for (const Store& store : stores) kept.positions[store.partition] = store.position;
  if (kept.response.code == "not_here")
    kept.response.message = target.data + " keeps no state of stage " + stage->name +
                            ": on a cluster each instance keeps that of the partitions it folds. Give --data of one that runs, or ran, there";
  return kept;
}

std::optional<std::string> age_of(Reading& reading, const Kept& kept) {
  const auto committed = reading.positions();
  if (!committed) return "the cluster does not say how old this is: " + committed.fault().message;
  std::int64_t behind = 0;
  for (const log::TaskPosition& at : *committed)
    if (const auto here = kept.positions.find(at.inbox.partition.value); at.inbox.topic == kept.inbox && here != kept.positions.end())
      behind = std::max(behind, at.next - here->second);
  if (behind <= 0) return std::nullopt;
  return "as of the last checkpoints, up to " + std::to_string(behind) + " records behind what is committed. A running instance writes one "
         "every few seconds; where it stays behind, another instance has the partition now";
}

std::vector<std::string> notes_on(const Target& target, const Kept& kept) {
  const auto reading = open_cluster_reading(target);
  if (!reading) return {"the cluster does not say how old this is: " + reading.fault().message};
  std::vector<std::string> notes;
  const std::uint16_t all = (*reading)->log().topics().partitions(kept.inbox);
  if (kept.positions.size() < all)
    notes.push_back(target.data + " keeps " + std::to_string(kept.positions.size()) + " of the " + std::to_string(all) + " partitions of " + kept.stage +
                    "; the others lie in the folders of other instances");
  if (auto age = age_of(**reading, kept)) notes.push_back(*std::move(age));
  return notes;
}

}  // namespace millrace::node
