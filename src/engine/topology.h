// The graph as a value: topics, and stages with their inboxes. Build it, print it, run it; the engine knows of the
// domain only what stands here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/fold.h"
#include "state/table_space.h"

namespace millrace::engine {

struct StageSpec {
  std::string name;
  TopicId inbox;
  TopicId dead_letters;
  std::vector<TopicId> emits;  // for `millrace topology`
  std::function<std::unique_ptr<Fold>(state::TableSpace&, Partition)> make;
  bool owns_by_key = true;  // records lie on the partition of their key; false: the fold itself tells (front door)
};

// Stages stand in the canonical order in which a round appends their outputs.
struct Topology {
  TopicTable topics;
  std::vector<StageSpec> stages;
  TopicId control;     // where ticks enter
  TopicId front_door;  // where facts enter
  TopicId history;     // the load of a history namespace
};

}  // namespace millrace::engine
