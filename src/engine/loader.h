// The front door of a history namespace: feeds what lies in history.in, item by item, each only when every inbox is
// empty; so time is the same for all partitions on every run (DESIGN.md section 2).
//
// Takes   records of history.in, stamped with their event time; answers of a simulated world, if there is one.
// Gives   the records stamped before the next tick to the front door, or that tick to control.
// State   a task position on history.in: next offset, now_ms = last stamp, cursor = next full hour. It is part of the
//         frame that appends the item.
//
// LO-1  A record is stamped max(last stamp, event time).
// LO-2  A tick stamped h comes before the first record at or after each full hour h since the first record; an hour
//       without a due timer in any task gets none.
// LO-3  Answers are merged by (stamp, id) and never stamped before the command that they answer.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace millrace::engine {

// A simulated outside world, which answers what stages command.
class World {
 public:
  struct Answer {
    TimeMs stamp;
    std::string id, key, value;  // value: a complete front-door record; id: its envelope id
    auto operator<=>(const Answer&) const = default;
  };
  virtual ~World() = default;
  // What the world makes of a record of a topic that it watches.
  virtual void observe(const Record& record, std::vector<Answer>& answers) = 0;
  virtual std::vector<TopicId> watches() const = 0;
};

class Loader {
 public:
  Loader(Engine& engine, std::unique_ptr<World> world = nullptr);

  // Prepares after a restart: position, and the answers that were not fed yet.
  Result<void> open();
  // Needs: every inbox is empty. Appends the next item; false when there is none left. Fails: disk_low, disk_full
  // (retry: the same call goes on), io, corrupt.
  Result<bool> feed();
  // Feeds and drains until nothing is left.
  Result<Pace> run(const std::function<bool()>& keep_going = {});

  TimeMs now_ms() const { return position_.now_ms; }  // of the last item fed
  std::int64_t fed() const { return position_.next; }
  // What it may still read: the load from its position on and, with a world, all that the world answers and what it
  // answered before.
  std::map<TopicPartition, Offset> floors() const;

 private:
  Result<void> watch();
  Result<bool> tick_if_due(TimeMs next_stamp);
  Result<bool> append();

  Engine& engine_;
  std::unique_ptr<World> world_;
  TopicPartition load_;
  log::TaskPosition position_;
  log::Batch batch_;
  std::set<World::Answer> answers_;
  std::vector<World::Answer> used_;  // in the frame
  std::string tick_;
  log::Frame frame_;      // the next item; its views lie in batch_, used_ and tick_
  bool waiting_ = false;  // the frame found no space
  std::vector<std::pair<TopicPartition, std::int64_t>> watched_;
};

// The body of a control.tick.
std::string tick_body(TimeMs tick_ms);

}  // namespace millrace::engine
