// The cache of tables: what is asked of the store, packed, evicted, written again, and counted.
#include "tests/unit/state_task.h"

namespace millrace::state {

TEST_SUITE_BEGIN("state/cache");

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
  for (int i = 0; i < 300; ++i) task.owners.find("large" + std::to_string(i));
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
  for (int i = 0; i < 8; ++i) task.owners.find("k" + std::to_string(i));
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

TEST_CASE("CT-3: a small row that was asked for stays in memory longer than large ones") {
  Task task(100 << 10);
  const std::string text(3000, 'x');
  task.owners.edit("small").load = 7;
  for (int i = 0; i < 100; ++i) task.owners.edit("large" + std::to_string(i)) = {i, text};
  task.checkpoint();
  (void)task.owners.find("small");
  for (int i = 0; i < 150; ++i) {  // the hand passes every row many times
    (void)task.owners.find("large" + std::to_string(i % 100));
    task.space.end_step();
  }
  const auto gets = task.disk->gets.load();
  CHECK(task.owners.find("small")->load == 7);
  CHECK(task.disk->gets.load() == gets);
}

TEST_CASE("CT-3: a row that was made and not asked for since goes before those that were, however old they are") {
  Task task(200 << 10);
  const std::string text(1000, 'x');
  for (int i = 0; i < 50; ++i) task.owners.edit("asked" + std::to_string(i)) = {i, text};
  for (int i = 0; i < 50; ++i) task.owners.find("asked" + std::to_string(i));
  for (int i = 0; i < 1000; ++i) task.owners.put("made" + std::to_string(i), {i, text});
  task.checkpoint();
  for (int i = 0; i < 100; ++i) {
    task.owners.edit("busy").load = i;
    task.space.end_step();
  }
  const auto gets = task.disk->gets.load();
  for (int i = 0; i < 50; ++i) CHECK(task.owners.find("asked" + std::to_string(i))->load == i);
  CHECK(task.disk->gets.load() == gets);
  CHECK(task.owners.find("made0")->load == 0);
  CHECK(task.disk->gets.load() == gets + 1);
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

TEST_CASE("CB-1: the bound holds however many rows that are not in memory are asked for a step, and for those that are not there") {
  constexpr std::size_t kBound = 200'000;
  constexpr int kRows = 20'000;
  auto disk = std::make_shared<MemoryDisk>();
  TableSpace space(std::make_unique<MemoryKv>(disk), kBound);
  Table<Owner> owners(space, "owner");
  for (int i = 0; i < kRows; ++i) owners.edit("k" + std::to_string(i)).name = "n";
  space.cut({});
  REQUIRE(space.commit(false));
  for (int i = 0; i < 20'000; ++i) space.end_step();
  REQUIRE(space.clean_bytes() <= kBound);
  for (const int a_step : {2, 4, 8}) {
    for (const char* name : {"k", "gone"}) {
      for (int i = 0; i < 4 * kRows; ++i) {
        const bool found = owners.find(name + std::to_string(i * 7919LL % kRows)) != nullptr;
        REQUIRE(found == (*name == 'k'));
        if (i % a_step == 0) {
          space.end_step();
          REQUIRE(space.clean_bytes() <= kBound + kBound / 8);
          REQUIRE(space.dirty_bytes() == 0);  // what is only read is not
        }
      }
    }
  }
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
