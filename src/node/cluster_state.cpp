// The stores of an instance: where they lie, whether they can be gone on with, and who follows what no member holds.
#include <filesystem>
#include <fstream>

#include "node/cluster.h"
#include "node/standbys.h"

namespace millrace::node {

namespace fs = std::filesystem;
namespace kafka = log::kafka;

static constexpr const char* kTracked = ".tracked";  // beside a store's folder

// Rows that are not fenced could be those of a zombie.
bool Cluster::has_changelog() const { return settings_.guarantee == kafka::Guarantee::exactly_once; }

std::string Cluster::store_of(const std::string& stage, std::uint16_t partition) const {
  return folder_ + "/state/" + stage + "-" + std::to_string(partition);
}

// CN-6
Result<void> Cluster::track(const std::string& folder) const {
  std::error_code failed;
  if (!has_changelog()) {
    fs::remove(folder + kTracked, failed);
  } else if (!fs::exists(folder + kTracked)) {
    fs::remove_all(folder, failed);
    if (!failed) std::ofstream(folder + kTracked) << "its rows are on the changelog\n";
    if (!failed && !fs::exists(folder + kTracked)) return retryable("io", "cannot write in " + folder_ + "/state; check the disk and its permissions");
  }
  if (failed) return retryable("io", "cannot remove " + folder + ": " + failed.message());
  return {};
}

Result<std::unique_ptr<state::Kv>> Cluster::open_store(const std::string& stage, std::uint16_t partition) const {
  const std::string folder = store_of(stage, partition);
  if (auto tracked = track(folder); !tracked) return tracked.fault();
  if (fs::exists(folder + kCondemned)) return fatal("corrupt", "the state in " + folder + " is damaged");
  return rocks_->open(folder);
}

std::shared_ptr<Standbys> Cluster::standbys() const {
  const std::lock_guard hold(standbys_mutex_);
  return standbys_;
}

std::shared_ptr<Standbys> Cluster::make_standbys(const std::function<void(const Fault&)>& tell) {
  std::vector<Standbys::Task> tasks;
  for (const engine::StageSpec& stage : topology_->stages)
    for (std::uint16_t p = 0; p < table_.partitions(stage.inbox); ++p)
      tasks.push_back({{stage.name, p}, {*table_.find(kafka::changelog_of(table_[stage.inbox].name)), Partition{p}}});
  Standbys::Services services{settings_, table_};
  services.quiet = [this] {
    for (const auto& each : figures_)
      if (each->group.assignments == 0 || each->group.restoring > 0) return false;
    return true;
  };
  services.open_kv = [this](const Standbys::Key& key) { return open_store(key.first, key.second); };
  services.load_kv = [this](const Standbys::Key& key) { return rocks_->load(store_of(key.first, key.second)); };
  services.tell = tell;
  return std::make_shared<Standbys>(std::move(services), std::move(tasks));
}

std::vector<std::string> Cluster::health() {
  const auto following = standbys();
  if (!following) return {};
  const auto [tasks, followed, behind] = following->standing();
  return {"standbys: " + std::to_string(followed) + " of " + std::to_string(tasks) + " tasks of others are followed, " + std::to_string(behind) +
          " records of their changelogs behind"};
}

}  // namespace millrace::node
