// Tables: what is found, scanned and kept, through checkpoints, crashes and reads that fail.
#include "tests/unit/state_task.h"

namespace millrace::state {

TEST_SUITE_BEGIN("state/table");

TEST_CASE("a row that was edited is found, and one that was erased is not") {
  Task task;
  CHECK(task.owners.find("a") == nullptr);
  task.owners.edit("a").load = 7;
  REQUIRE(task.owners.find("a"));
  CHECK(task.owners.find("a")->load == 7);
  CHECK(task.owners.edit_if("b") == nullptr);
  CHECK(task.owners.erase("a"));
  CHECK_FALSE(task.owners.erase("a"));
  CHECK_FALSE(task.owners.contains("a"));
  CHECK(task.owners.edit("a").load == 0);
}

TEST_CASE("TS-1: after a crash the last checkpoint stands, with its meta row") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    Task task(disk);
    task.owners.edit("a").load = 1;
    task.owners.edit("b").load = 2;
    task.checkpoint(41);
    task.owners.edit("a").load = 9;
    task.owners.erase("b");
  }
  Task task(disk);
  const auto meta = task.space.restore();
  REQUIRE(meta);
  REQUIRE(meta->has_value());
  CHECK((*meta)->position == 41);
  CHECK(task.owners.find("a")->load == 1);
  CHECK(task.owners.find("b")->load == 2);
}

TEST_CASE("a store of another layout is refused with what to do, and stays as it was") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    Task task(disk);
    task.owners.edit("a").load = 1;
    task.checkpoint();
  }
  auto rows = std::make_shared<MemoryDisk::Rows>(*disk->rows);
  --rows->at(std::string(kCheckpointKey)).front();
  disk->rows = rows;
  Task task(disk);
  const auto meta = task.space.restore();
  REQUIRE_FALSE(meta);
  CHECK(meta.fault().code == "other_layout");
  CHECK(meta.fault().message.find("remove the state folder") != std::string::npos);
  CHECK(*disk->rows == *rows);
}

TEST_CASE("an empty store has no checkpoint") {
  Task task;
  const auto meta = task.space.restore();
  REQUIRE(meta);
  CHECK_FALSE(meta->has_value());
}

TEST_CASE("TB-3: a row that changes after the cut is written as it was at the cut") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    Task task(disk);
    for (int i = 0; i < 10; ++i) task.owners.edit("k" + std::to_string(i)).load = i;
    task.space.cut({});
    CHECK(task.space.slice(3));
    for (int i = 0; i < 10; ++i) task.owners.edit("k" + std::to_string(i)).load = 100 + i;
    task.owners.edit("later").load = 1;
    task.owners.erase("k9");
    while (task.space.slice(3)) {
    }
    REQUIRE(task.space.commit(false));
    CHECK(task.space.dirty_rows() == 11);
  }
  Task task(disk);
  for (int i = 0; i < 10; ++i) CHECK(task.owners.find("k" + std::to_string(i))->load == i);
  CHECK_FALSE(task.owners.contains("later"));
}

TEST_CASE("TB-2: a scan sees rows of the store, changes and tombstones as one") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    Task task(disk);
    for (const char* key : {"t/a", "t/b", "t/c", "u/a"}) task.owners.edit(key);
    task.checkpoint();
  }
  Task task(disk);
  task.owners.erase("t/b");
  task.owners.edit("t/bb");
  task.owners.edit("t/c").load = 5;
  CHECK(task.keys("t/") == Keys{"t/a", "t/bb", "t/c"});
  CHECK(task.keys("t/", "t/a") == Keys{"t/bb", "t/c"});
  CHECK(task.keys("t/", "t/b") == Keys{"t/bb", "t/c"});
  CHECK(task.keys() == Keys{"t/a", "t/bb", "t/c", "u/a"});
  CHECK(task.keys("v").empty());
}

TEST_CASE("a visitor may make, look up and erase rows of the table it scans") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    Task task(disk);
    for (const char* key : {"a", "c", "e", "g"}) task.owners.edit(key);
    task.checkpoint();
  }
  Task task(disk);
  Keys seen;
  task.owners.scan("", "", [&](std::string_view key, const Owner&) {
    seen.emplace_back(key);
    if (key == "a") {
      task.owners.edit("b");
      task.owners.erase("e");
      task.owners.find("g");
    }
    return true;
  });
  CHECK(seen == Keys{"a", "b", "c", "g"});
}

TEST_CASE("a commit that fails may be tried again, and after abandon() its rows are dirty as before") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    Task task(disk);
    task.owners.edit("a").load = 1;
    task.owners.edit("gone");
    task.timers.set({5, "step", "a", {}, {}});
    task.checkpoint();
    disk->refuse = retryable("disk_full", "no space");
    task.owners.edit("a").load = 2;
    task.owners.erase("gone");
    task.space.cut({});
    auto failed = task.space.commit(false);
    REQUIRE_FALSE(failed);
    CHECK(failed.fault().code == "disk_full");
    CHECK(task.space.cutting());
    task.space.abandon();
    disk->refuse.reset();
    task.checkpoint();
  }
  Task task(disk);
  CHECK(task.owners.find("a")->load == 2);
  CHECK_FALSE(task.owners.contains("gone"));
  CHECK(task.timers.earliest() == 5);
}

TEST_CASE("TS-3: after a read that failed nothing can be committed") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    Task task(disk);
    task.owners.edit("a").load = 1;
    task.checkpoint();
  }
  Task task(disk);
  disk->unreadable = fatal("corrupt", "block checksum mismatch");
  CHECK(task.owners.find("a") == nullptr);
  REQUIRE(task.space.fault());
  CHECK(task.space.fault()->code == "corrupt");
  disk->unreadable.reset();
  task.owners.edit("a").load = 5;
  task.space.cut({});
  CHECK_FALSE(task.space.commit(false));
}

TEST_SUITE_END();

}  // namespace millrace::state
