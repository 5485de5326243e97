#include "node/cluster_beside.h"

#include <filesystem>

#include "node/cluster_topics.h"
#include "node/folder_namespace.h"

namespace millrace::node {

namespace {

// Only keys/master and lists are read of the folder.
std::error_code link_to(const fs::path& target, const fs::path& link) {
  std::error_code failed;
  if (!fs::exists(target, failed)) return {};
  fs::create_symlink(fs::absolute(target, failed), link, failed);
  return failed;
}

}  // namespace

Result<std::unique_ptr<ClusterBeside>> ClusterBeside::open(const Target& target) {
  if (auto own = require_own_folder(target); !own) return own.fault();
  if (auto key = require_master_key(target.data); !key) return key.fault();
  auto beside = std::unique_ptr<ClusterBeside>(new ClusterBeside());
  auto scratch = Scratch::make(target.data);
  if (!scratch) return scratch.fault();
  beside->scratch_.emplace(*std::move(scratch));
  const std::string& own_folder = beside->scratch_->path();
  std::error_code failed;
  fs::create_directories(own_folder + "/keys", failed);
  for (const char* name : {"/keys/master", "/lists"})
    if (!failed) failed = link_to(target.data + name, own_folder + name);
  if (failed) return fatal("io", "cannot make " + own_folder + ": " + failed.message());
  Target own = target;
  own.data = own_folder;
  auto cluster = open_cluster(own, {});
  if (!cluster) {
    Fault fault = cluster.fault();  // it is about the target's folder
    for (auto at = fault.message.find(own_folder); at != std::string::npos; at = fault.message.find(own_folder, at + target.data.size()))
      fault.message.replace(at, own_folder.size(), target.data);
    return fault;
  }
  beside->cluster_ = *std::move(cluster);
  return beside;
}

}  // namespace millrace::node
