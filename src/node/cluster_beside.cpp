#include "node/cluster_beside.h"

#include <unistd.h>

#include <filesystem>

#include "node/cluster_topics.h"

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
  if (auto key = require_master_key(target.data); !key) return key.fault();
  auto beside = std::unique_ptr<ClusterBeside>(new ClusterBeside());
  beside->scratch_ = target.data + "/scratch-" + std::to_string(::getpid());
  std::error_code failed;
  fs::create_directories(beside->scratch_ + "/keys", failed);
  for (const char* name : {"/keys/master", "/lists"})
    if (!failed) failed = link_to(target.data + name, beside->scratch_ + name);
  if (failed) return fatal("io", "cannot make " + beside->scratch_ + ": " + failed.message());
  Target own = target;
  own.data = beside->scratch_;
  auto cluster = open_cluster(own, {});
  if (!cluster) return cluster.fault();
  beside->cluster_ = *std::move(cluster);
  return beside;
}

ClusterBeside::~ClusterBeside() {
  cluster_.reset();
  std::error_code ignored;
  if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
}

}  // namespace millrace::node
