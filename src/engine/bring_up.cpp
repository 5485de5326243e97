#include "engine/bring_up.h"

#include "engine/changelog.h"

namespace millrace::engine {

Result<BroughtUp> BringUp::run() {
  if (auto known = require_position(); !known) return known.fault();
  for (;;) {
    auto kv = store();
    if (!kv) return kv.fault();
    auto task = std::make_unique<Task>(stage_, assignment_.inbox.partition, services_.task, *std::move(kv), services_.cache);
    task->note_stale_copy(stale_);
    auto recovered = task->recover(assignment_.committed, assignment_.environment);
    if (recovered) return BroughtUp{std::move(task), read_};
    if (recovered.fault().code == "out_of_range" && other_layout_)
      return fatal("other_layout", "the changelog of " + stage_.name + "/" + std::to_string(assignment_.inbox.partition.value) +
                                       " was written by another version of Millrace, and its inbox has lost its beginning, so that it "
                                       "cannot be folded again. Start that version, or begin a new namespace "
                                       "(`millrace topology --create --namespace NEW --data NEWFOLDER`) and produce its facts again");
    const bool trimmed = recovered.fault().code == "out_of_range" && !trimmed_;  // meanwhile, too
    if ((recovered.fault().code != "corrupt" && !trimmed) || damaged_ || !services_.changelog) return recovered.fault();
    (trimmed ? trimmed_ : damaged_) = true;  // and again, without it
  }
}

// BU-3. Rows are committed with positions only (GR-6).
Result<void> BringUp::require_position() const {
  if (assignment_.committed || !services_.changelog) return {};
  const auto empty = changelog_is_empty();
  if (!empty) return empty.fault();
  if (*empty) return {};
  return fatal("positions_gone",
               "the group has no position for " + stage_.name + "/" + std::to_string(assignment_.inbox.partition.value) +
                   ", though its changelog has rows: the brokers have dropped the group's committed offsets, as they do when no instance "
                   "ran for offsets.retention.minutes (7 days), or when the topic that it reads is deleted and made anew. Leave the folders as "
                   "they are: folding again from the start would put everything out a second time. Begin a new namespace (`millrace "
                   "topology --create --namespace NEW --data NEWFOLDER`) and produce its facts again; and raise that setting");
}

Result<bool> BringUp::changelog_is_empty() const {
  const TopicPartition rows{services_.changelog->topic(assignment_.inbox.topic), assignment_.inbox.partition};
  const auto end = services_.changelog->settled_end(rows);
  if (!end) return end.fault();
  log::Batch batch;
  bool any = false;
  for (Offset at = services_.task.log.start(rows); at < *end && !any; at = batch.next) {
    if (auto got = services_.task.log.fetch(rows, at, 1, 1, batch); !got) return got.fault();
    any = !batch.records.empty();
  }
  services_.task.log.release(rows);
  return !any;
}

// The store to go on with, as it is or made anew.
Result<std::unique_ptr<state::Kv>> BringUp::store() {
  const Partition partition = assignment_.inbox.partition;
  if (!damaged_) {
    auto kv = services_.open_kv(stage_.name, partition);
    if (!services_.changelog || (!kv && kv.fault().code != "corrupt")) return kv;
    if (kv) {
      const auto behind = far_behind(**kv);
      if (!behind && behind.fault().code != "corrupt") return behind.fault();
      bool alone = false;  // BU-4
      if (behind && !empty_) {
        const auto lost = changelog_is_empty();
        if (!lost) return lost.fault();
        alone = *lost;
      }
      if (alone && services_.task.log.start(assignment_.inbox) > Offset{0})
        return fatal("changelog_gone", "the changelog of " + stage_.name + "/" + std::to_string(partition.value) +
                                           " is empty beside a state that was written to it: somebody deleted the topic and made it anew. Its inbox has lost "
                                           "its beginning, so that the state cannot be folded again. Put the topic back from a backup, or begin a new namespace "
                                           "(`millrace topology --create --namespace NEW --data NEWFOLDER`) and produce its facts again");
      if (behind && !*behind && !trimmed_ && !alone) return kv;
      damaged_ = !behind || alone;
      kv = Result<std::unique_ptr<state::Kv>>(nullptr);  // closed
    } else {
      damaged_ = true;
    }
  }
  if (auto loaded = load(damaged_); !loaded) return loaded.fault();
  return services_.open_kv(stage_.name, partition);
}

Result<bool> BringUp::far_behind(state::Kv& kv) {
  const auto meta = state::read_checkpoint(kv);
  if (!meta) return meta.fault();
  empty_ = !*meta;
  if (!assignment_.committed) return false;
  const std::int64_t has = *meta ? (*meta)->position : 0, wanted = assignment_.committed->next;
  if (!*meta) return wanted > 0;
  return wanted - has > kRefoldMax || has < services_.task.log.start(assignment_.inbox).value;
}

// True: the store was made from the changelog. Without a whole one the old store stays, or an empty one is made.
Result<bool> BringUp::load(bool or_empty) {
  const ChangelogServices& changelog = *services_.changelog;
  const Partition partition = assignment_.inbox.partition;
  const TopicPartition from{changelog.topic(assignment_.inbox.topic), partition};
  const auto end = changelog.settled_end(from);
  if (!end) return end.fault();
  auto loader = changelog.load_kv(stage_.name, partition);
  if (!loader) return loader.fault();
  static const std::atomic<bool> never{false};
  const auto loaded = load_changelog(services_.task.log, from, *end, **loader, services_.task.give_up ? *services_.task.give_up : never);
  services_.task.log.release(from);
  if (!loaded) return loaded.fault();
  other_layout_ = loaded->other_layout;
  stale_.clear();
  if (loaded->whole) {
    read_ = loaded->records;
  } else {
    if (loaded->records > 0 && (or_empty || empty_)) {
      auto keys = keys_in_changelog(services_.task.log, from, *end, services_.task.give_up ? *services_.task.give_up : never);
      services_.task.log.release(from);
      if (!keys) return keys.fault();
      stale_ = *std::move(keys);
    }
    if (!or_empty) return false;
    loader = Result<std::unique_ptr<state::KvLoader>>(nullptr);  // it takes its folder with it
    loader = changelog.load_kv(stage_.name, partition);
    if (!loader) return loader.fault();
  }
  if (auto made = (*loader)->finish(); !made) return made.fault();
  return loaded->whole;
}

}  // namespace millrace::engine
