// An instance's namespace on a cluster opened to be proven, whether or not a process has the instance: through a folder of this
// process's own inside the instance's, with its master key and its lists. It ends with this object; nothing else is changed.
//
// BS-2  Keys are learnt from the cluster alone, so a proof never hangs on one that only this disk has.
// Tests: tests/kafka/desk.sh
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "node/cluster.h"
#include "node/scratch.h"

namespace millrace::node {

class ClusterBeside {
 public:
  // Fails: no_master_key, io, and as Cluster::open.
  static Result<std::unique_ptr<ClusterBeside>> open(const Target& target);

  Cluster& cluster() { return *cluster_; }

 private:
  ClusterBeside() = default;
  std::optional<Scratch> scratch_;  // outlives what is open in it
  std::unique_ptr<Cluster> cluster_;
};

}  // namespace millrace::node
