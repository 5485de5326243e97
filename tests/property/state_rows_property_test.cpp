// Rows of a table against a map, while more of them are in use than memory holds: read back, packed while they are being written,
// changed meanwhile, lost with a checkpoint that is abandoned or never came.
#include <map>
#include <optional>

#include "tests/property/property.h"
#include "tests/unit/state_task.h"

namespace millrace::state {

namespace {

constexpr int kKeys = 60;

class Rows {
 public:
  using Model = std::map<std::string, Owner>;

  void step() {
    const std::string key = "k" + std::to_string(below(kKeys));
    switch (below(5)) {
      case 0:
        RC_ASSERT(task_->owners.erase(key) == (model_.erase(key) > 0));
        break;
      case 1: RC_ASSERT(is(task_->owners.find(key), key)); break;
      default: {
        Owner& row = task_->owners.edit(key);
        row.load += below(3);  // often what it was (CT-6)
        if (row.name.empty()) row.name.assign(1000, static_cast<char>('a' + below(6)));
        Owner& expected = model_[key];
        expected.load = row.load;
        if (expected.name.empty()) expected.name = row.name;
        RC_ASSERT(expected.name == row.name);
      }
    }
    task_->space.end_step();
  }
  void checkpoint() {
    const Model at_cut = model_;
    task_->space.cut({});
    for (bool more = true; more && below(4) > 0; more = task_->space.slice(10)) step();
    const std::size_t before = task_->space.dirty_bytes();
    while (task_->space.slice(10)) {
    }
    packed_early_ |= task_->space.dirty_bytes() < before;
    for (int i = below(20); i > 0; --i) step();
    if (below(4) == 0) {
      task_->space.abandon();
      return;
    }
    RC_ASSERT(static_cast<bool>(task_->space.commit(false)));
    stored_ = at_cut;
  }
  void restart() {  // what no checkpoint has is lost
    task_.emplace(disk_, kMemory);
    model_ = stored_;
  }
  // Nothing is dirty any more, whatever is read and packed then.
  void settle() {
    task_->space.cut({});
    RC_ASSERT(static_cast<bool>(task_->space.commit(false)));
    stored_ = model_;
    check_all();
    for (int i = 0; i < 200; ++i) task_->space.end_step();
    RC_ASSERT(task_->space.dirty_bytes() == 0);
  }
  void check_all() {
    std::vector<std::string> keys;
    for (const auto& [key, row] : model_) keys.push_back(key);
    RC_ASSERT(task_->keys("k") == keys);
    for (const auto& [key, row] : model_) RC_ASSERT(is(task_->owners.find(key), key));
  }
  bool packed_early() const { return packed_early_; }

 private:
  static constexpr std::size_t kMemory = 12 << 10;
  bool is(const Owner* row, const std::string& key) {
    const auto expected = model_.find(key);
    if (!row || expected == model_.end()) return !row && expected == model_.end();
    return row->load == expected->second.load && row->name == expected->second.name;
  }
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  std::optional<Task> task_{std::in_place, disk_, kMemory};
  Model model_, stored_;
  bool packed_early_ = false;
};

}  // namespace

TEST_SUITE_BEGIN("state/cache");

TEST_CASE("CT-3: rows that are packed while a checkpoint writes them are what they were, changed, abandoned or read again") {
  int packed_early = 0;
  holds([&] {
    Rows rows;
    for (int i = 0; i < 40; ++i) {
      for (int n = below(60); n > 0; --n) rows.step();
      rows.checkpoint();
      if (below(8) == 0) rows.restart();
      if (below(8) == 0) rows.settle();
    }
    rows.settle();
    packed_early += rows.packed_early();
  });
  CHECK(packed_early > 0);
}

TEST_SUITE_END();

}  // namespace millrace::state
