// One member of an instance: a thread that joins a group, folds what it is given, and begins anew after what can be tried
// again. Internal to Cluster.
//
// Threads: live() and run() on one; `end` is read when it has ended.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/group_runner.h"
#include "node/cluster.h"

namespace millrace::node {

class Cluster::MemberThread {
 public:
  // `group`: control or spine.
  MemberThread(Cluster& cluster, const char* group, std::string name, std::vector<TopicId> inboxes);

  // One life of the member. `work` gets its runner, joined.
  Result<void> live(const std::function<Result<void>(engine::GroupRunner&)>& work);
  // Lives until `stop`; begins anew after what can be tried again. A fatal fault sets `stop` and stands in `end`.
  void run(std::atomic<bool>& stop, const Told& tell);

  std::optional<Fault> end;

 private:
  bool is_control() const;
  engine::GroupServices services(log::Group& group);
  engine::ChangelogServices changelog();
  Figures& figures() const;

  Cluster& cluster_;
  const std::string group_, name_;
  const std::vector<TopicId> inboxes_;
  const Told* tell_ = nullptr;
  const std::atomic<bool>* leaving_ = nullptr;  // set: the process stops
  std::vector<state::KvWrite> shipped_;  // keys whose bytes the batch sends
  std::set<std::string> condemned_;      // stores that were damaged in use
  int fenced_ = 0;                       // in short lives, one after the other
};

}  // namespace millrace::node
