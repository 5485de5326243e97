#include <doctest/doctest.h>

#include "state/memory_kv.h"
#include "state/table.h"
#include "state/timers.h"

namespace millrace::state {
namespace {

struct Owner {
  std::int64_t load = 0;
  std::string name;
  static constexpr auto fields() { return FieldList{field("load", &Owner::load), field("name", &Owner::name)}; }
};

// A task's memory over a disk that outlives it.
struct Task {
  explicit Task(std::shared_ptr<MemoryDisk> on, std::size_t cache = 1 << 20)
      : disk(std::move(on)), space(std::make_unique<MemoryKv>(disk), cache), owners(space, "owner"), timers(space) {}
  explicit Task(std::size_t cache = 1 << 20) : Task(std::make_shared<MemoryDisk>(), cache) {}
  void checkpoint(std::int64_t position = 1) {
    CheckpointMeta meta;
    meta.position = position;
    space.cut(meta);
    REQUIRE(space.commit(false));
  }
  std::vector<std::string> keys(std::string_view prefix = {}, std::string_view after = {}) {
    std::vector<std::string> all;
    owners.scan(prefix, after, [&](std::string_view key, const Owner&) {
      all.emplace_back(key);
      return true;
    });
    return all;
  }
  // Reads enough other rows that everything clean is evicted.
  void evict_all() {
    for (int i = 0; i < 2000; ++i) space.end_step();
  }
  std::shared_ptr<MemoryDisk> disk;
  TableSpace space;
  Table<Owner> owners;
  Timers timers;
};

using Keys = std::vector<std::string>;

}  // namespace

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

TEST_CASE("CT-1: a table that was never stored asks the store nothing") {
  Task task;
  const auto before = task.disk->gets.load();
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(task.owners.contains("x" + std::to_string(i)));
    task.owners.edit("y" + std::to_string(i));
  }
  task.checkpoint();
  CHECK_FALSE(task.owners.contains("x"));
  CHECK(task.disk->gets == before);
}

TEST_CASE("CT-3: a large clean row that nobody asks for is packed, and is found as it was without the store") {
  Task task(400 << 10);
  const std::string text(1000, 'x');
  for (int i = 0; i < 300; ++i) task.owners.edit("large" + std::to_string(i)) = {i, text};
  task.checkpoint();
  task.owners.find("large0");
  const auto decoded = task.space.clean_bytes();
  for (int i = 0; i < 2000; ++i) {
    Owner& row = task.owners.edit("busy");  // keeps the hand going while rows are above the bound
    row.load = i;
    task.space.end_step();
  }
  CHECK(task.space.clean_bytes() <= decoded);
  const auto gets = task.disk->gets.load();
  std::size_t whole = 0, from_memory = 0;
  for (int i = 0; i < 300; ++i) {
    const auto before = task.disk->gets.load();
    const Owner* row = task.owners.find("large" + std::to_string(i));
    whole += row && row->load == i && row->name == text;
    from_memory += task.disk->gets.load() == before;
  }
  CHECK(whole == 300);
  CHECK(from_memory > 0);
  CHECK(gets <= task.disk->gets.load());
}

TEST_CASE("CT-3: a packed row is scanned, changed and written like any other") {
  Task task(1);
  const std::string text(1000, 'x');
  for (int i = 0; i < 8; ++i) task.owners.edit("k" + std::to_string(i)) = {i, text};
  task.checkpoint();
  for (int i = 0; i < 2; ++i) task.space.end_step();  // the hand has passed once or twice: packed, or on their way
  std::int64_t sum = 0;
  task.owners.scan("k", "", [&](std::string_view, const Owner& row) {
    sum += row.load + static_cast<std::int64_t>(row.name.size());
    return true;
  });
  CHECK(sum == 28 + 8 * 1000);
  task.owners.edit_if("k3")->load = 33;
  task.owners.edit("k4").load = 44;
  task.owners.erase("k5");
  task.checkpoint(2);
  Task again(task.disk);
  CHECK(again.owners.find("k3")->load == 33);
  CHECK(again.owners.find("k4")->load == 44);
  CHECK(again.owners.find("k4")->name == text);
  CHECK_FALSE(again.owners.contains("k5"));
}

TEST_CASE("CT-4: put and clear ask the store nothing, whatever it holds") {
  Task first;
  first.owners.edit("a").load = 1;
  first.owners.edit("b").load = 2;
  first.checkpoint();
  Task task(first.disk);
  const auto gets = task.disk->gets.load();
  task.owners.put("a", {5, "new"});
  task.owners.clear("b");
  task.owners.clear("never");
  task.owners.put("c", {7, "made"});
  CHECK(task.disk->gets.load() == gets);
  CHECK(task.owners.find("a")->load == 5);
  CHECK_FALSE(task.owners.contains("b"));
  CHECK_FALSE(task.owners.contains("never"));
  CHECK(task.keys() == std::vector<std::string>{"a", "c"});
  task.checkpoint(2);
  CHECK_FALSE(task.owners.contains("b"));
  task.owners.put("b", {9, "again"});
  task.checkpoint(3);
  Task last(task.disk);
  CHECK(last.keys() == std::vector<std::string>{"a", "b", "c"});
  CHECK(last.owners.find("b")->load == 9);
}

TEST_CASE("CT-5: a key that the store does not hold is asked for once, and a row made there later is found") {
  Task first;
  first.owners.edit("a").load = 1;
  first.checkpoint();
  Task task(first.disk);
  CHECK_FALSE(task.owners.contains("none"));
  const auto gets = task.disk->gets.load();
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(task.owners.contains("none"));
    CHECK(task.owners.find("none") == nullptr);
    CHECK(task.owners.edit_if("none") == nullptr);
    CHECK_FALSE(task.owners.erase("none"));
  }
  CHECK(task.disk->gets.load() == gets);
  CHECK(task.keys() == Keys{"a"});
  task.owners.edit("none").load = 7;
  CHECK(task.disk->gets.load() == gets);
  CHECK(task.keys() == Keys{"a", "none"});
  task.checkpoint(2);
  Task again(task.disk);
  REQUIRE(again.owners.find("none"));
  CHECK(again.owners.find("none")->load == 7);
}

TEST_CASE("CT-5: what is remembered to be absent is put, cleared, and evicted like a clean row") {
  Task first;
  first.owners.edit("a").load = 1;
  first.checkpoint();
  Task task(first.disk, 0);
  CHECK_FALSE(task.owners.contains("b"));
  CHECK_FALSE(task.owners.contains("c"));
  task.owners.clear("b");
  CHECK(task.space.dirty_rows() == 0);
  task.owners.put("c", {3, "put"});
  CHECK(task.keys() == Keys{"a", "c"});
  task.checkpoint(2);
  task.evict_all();
  CHECK(task.space.clean_bytes() == 0);
  CHECK_FALSE(task.owners.contains("b"));
  CHECK(task.owners.find("c")->name == "put");
}

TEST_CASE("CT-5: what is remembered to be absent is not packed, however long its key") {
  Task first;
  first.owners.edit("a").load = 1;
  first.checkpoint();
  Task task(first.disk, 0);
  const std::string key(1000, 'k');
  CHECK_FALSE(task.owners.contains(key));
  task.evict_all();
  CHECK(task.space.clean_bytes() == 0);
  CHECK_FALSE(task.owners.contains(key));
}

TEST_CASE("CT-6: a row that is what it was before is not written again, unless a copy may be ahead") {
  Task task;
  const auto written = [&](std::int64_t position) {  // bytes of the checkpoint
    CheckpointMeta meta;
    meta.position = position;
    task.space.cut(meta);
    while (task.space.slice(10)) {
    }
    const auto bytes = task.space.cut_batch().bytes();
    REQUIRE(task.space.commit(false));
    return bytes;
  };
  task.owners.edit("a") = {1, "one"};
  (void)written(1);
  const auto nothing = written(2);
  task.owners.edit("a").load = 2;
  task.owners.edit("a").load = 1;
  CHECK(written(3) == nothing);
  task.owners.edit("a").load = 2;
  CHECK(written(4) > nothing);
  task.owners.edit("a").load = 1;
  CHECK(written(5) > nothing);
  task.owners.erase("a");
  (void)written(6);
  task.owners.edit("a") = {1, "one"};
  CHECK(written(7) > nothing);
  task.owners.edit("a");
  task.space.copy_may_be_ahead();
  CHECK(written(8) > nothing);

  Task again(task.disk);
  CHECK(again.owners.find("a")->name == "one");
  again.owners.edit("a");
  again.space.cut({});
  while (again.space.slice(10)) {
  }
  const auto unchanged = again.space.cut_batch().bytes();
  REQUIRE(again.space.commit(false));
  again.owners.edit("a").load = 9;
  again.space.cut({});
  while (again.space.slice(10)) {
  }
  CHECK(again.space.cut_batch().bytes() > unchanged);
}

TEST_CASE("CT-6: what a failed checkpoint was to write is written by the next, though it is what it was") {
  auto disk = std::make_shared<MemoryDisk>();
  Task task(disk);
  task.owners.edit("a").load = 1;
  task.checkpoint();
  task.owners.edit("a").load = 2;
  disk->refuse = retryable("disk_full", "no space");
  task.space.cut({});
  CHECK_FALSE(task.space.commit(false));
  task.space.abandon();
  disk->refuse.reset();
  task.owners.edit("a").load = 2;
  task.checkpoint(2);
  Task again(disk);
  CHECK(again.owners.find("a")->load == 2);
}

TEST_CASE("TS-2: clean rows are evicted down to the bound, dirty rows are not") {
  Task task(0);
  for (int i = 0; i < 100; ++i) task.owners.edit("k" + std::to_string(i)).load = i;
  task.evict_all();
  CHECK(task.space.dirty_rows() == 100);
  CHECK(task.disk->gets == 0);
  task.checkpoint();
  CHECK(task.space.dirty_rows() == 0);
  task.evict_all();
  CHECK(task.space.clean_bytes() == 0);
  for (int i = 0; i < 100; ++i) CHECK(task.owners.find("k" + std::to_string(i))->load == i);
  CHECK(task.disk->gets == 100);
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

TEST_CASE("a row that shrinks takes its bytes out of the books") {
  Task task;
  task.owners.edit("a").name = std::string(5000, 'n');
  task.space.end_step();
  CHECK(task.space.dirty_bytes() > 5000);
  task.checkpoint();
  task.owners.edit("a").name = {};
  task.owners.edit("a").name.shrink_to_fit();
  task.space.end_step();
  CHECK(task.space.dirty_bytes() < 1000);
  task.checkpoint();
  CHECK(task.space.dirty_bytes() == 0);
  CHECK(task.space.clean_bytes() < 1000);
}

TEST_CASE("CB-1: a busy space may use what an idle one does not, and gives it up when all hold too much") {
  constexpr std::size_t kBound = 200'000;
  const auto budget = std::make_shared<CacheBudget>(kBound, 2);
  const auto rows_in = [](TableSpace& space, Table<Owner>& table, int rows) {
    for (int i = 0; i < rows; ++i) table.edit("k" + std::to_string(i)).name = std::string(50, 'n');
    space.end_step();
    space.cut({});
    REQUIRE(space.commit(false));
    for (int i = 0; i < 2000; ++i) space.end_step();
  };
  auto disk = std::make_shared<MemoryDisk>();
  TableSpace busy(std::make_unique<MemoryKv>(disk), budget);
  Table<Owner> many(busy, "owner");
  rows_in(busy, many, 600);
  CHECK(busy.clean_bytes() > kBound / 2);  // more than an even share
  const auto before = busy.clean_bytes();

  TableSpace other(std::make_unique<MemoryKv>(std::make_shared<MemoryDisk>()), budget);
  Table<Owner> more(other, "owner");
  rows_in(other, more, 600);
  CHECK(busy.clean_bytes() == before);  // it rested
  CHECK(busy.clean_bytes() + other.clean_bytes() <= kBound + kBound / 4);
  for (int i = 0; i < 2000; ++i) busy.end_step();
  CHECK(busy.clean_bytes() + other.clean_bytes() <= kBound);
  for (int i = 0; i < 600; ++i) CHECK(many.find("k" + std::to_string(i)));
}

TEST_CASE("CB-1: what is dirty counts, though it stays: clean rows make room for it") {
  constexpr std::size_t kBound = 200'000;
  TableSpace space(std::make_unique<MemoryKv>(std::make_shared<MemoryDisk>()), kBound);
  Table<Owner> owners(space, "owner");
  const auto change = [&](int first, int rows) {
    for (int i = first; i < first + rows; ++i) owners.edit("k" + std::to_string(i)).name = std::string(50, 'n');
    for (int i = 0; i < 2000; ++i) space.end_step();
  };
  change(0, 600);
  space.cut({});
  REQUIRE(space.commit(false));
  change(1000, 300);
  REQUIRE(space.dirty_bytes() > kBound / 4);
  CHECK(space.dirty_bytes() + space.clean_bytes() <= kBound);
  CHECK(space.clean_bytes() > 0);
}

TEST_SUITE_END();

}  // namespace millrace::state
