// The key-value port over RocksDB and over the memory model: one contract, and what is a store's own.
#include <filesystem>
#include <fstream>

#include "kv_contract.h"
#include "state/memory_kv.h"
#include "state/rocksdb.h"
#include "temp_folder.h"

namespace millrace::state::contract {
namespace {

struct MemoryRig {
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<Kv> open = std::make_unique<MemoryKv>(disk);
  Kv& kv() { return *open; }
  void reopen() { open = std::make_unique<MemoryKv>(disk); }
};

std::unique_ptr<Kv> must_open(RocksEnvironment& rocks, const std::string& folder) {
  auto opened = rocks.open(folder);
  REQUIRE_MESSAGE(opened, (opened ? "" : opened.fault().message));
  return *std::move(opened);
}

// The end of a process closes no store in order: what it had written is copied and opened there.
struct RocksRig {
  TempFolder folder;
  RocksEnvironment rocks{{}};
  int copies = 0;
  std::string at = folder / "store-0";
  std::unique_ptr<Kv> open = must_open(rocks, at);
  Kv& kv() { return *open; }
  void reopen() {
    const std::string next = folder / ("store-" + std::to_string(++copies));
    std::filesystem::copy(at, next, std::filesystem::copy_options::recursive);
    open.reset();
    at = next;
    open = must_open(rocks, at);
  }
};

// Buffers so small that rows go into files, and from there into others.
struct SmallRocksRig : RocksRig {
  SmallRocksRig() {
    open.reset();
    small = std::make_unique<RocksEnvironment>(RocksLimits{1 << 20, 1 << 20, 4 << 10, 1});
    open = must_open(*small, at);
  }
  ~SmallRocksRig() { open.reset(); }
  void reopen() {
    open.reset();
    open = must_open(*small, at);
  }
  std::unique_ptr<RocksEnvironment> small;
};

}  // namespace

TEST_SUITE_BEGIN("state/kv");

TEST_CASE_TEMPLATE_INVOKE(kv_contract, MemoryRig);
TEST_CASE_TEMPLATE_INVOKE(kv_contract, RocksRig);
TEST_CASE_TEMPLATE_INVOKE(kv_contract, SmallRocksRig);

TEST_CASE("KV-2: a read that failed answers as if there were nothing and leaves its fault for good") {
  const auto disk = std::make_shared<MemoryDisk>();
  MemoryKv kv(disk);
  must_apply(kv, {{"a", "1"}});
  disk->unreadable = fatal("io", "test");
  CHECK(value_of(kv, "a") == "(none)");
  disk->unreadable.reset();
  CHECK(value_of(kv, "a") == "1");
  REQUIRE(kv.fault());
  CHECK(kv.fault()->code == "io");
}

TEST_CASE("a batch that was refused changes nothing and may be applied again") {
  const auto disk = std::make_shared<MemoryDisk>();
  MemoryKv kv(disk);
  disk->refuse = retryable("disk_full", "test");
  const auto batch = kv.batch();
  batch->put("a", "1");
  CHECK_FALSE(kv.apply(*batch, false));
  CHECK(value_of(kv, "a") == "(none)");
  disk->refuse.reset();
  must_apply(kv, *batch);
  CHECK(value_of(kv, "a") == "1");
}

TEST_CASE("RK-1: two stores of one process keep their rows apart, and one folder is opened once") {
  TempFolder folder;
  RocksEnvironment rocks({});
  const auto one = must_open(rocks, folder / "one"), two = must_open(rocks, folder / "two");
  must_apply(*one, {{"a", "1"}});
  must_apply(*two, {{"a", "2"}});
  CHECK(value_of(*one, "a") == "1");
  CHECK(value_of(*two, "a") == "2");
  const auto again = rocks.open(folder / "one");
  REQUIRE_FALSE(again);
  CHECK(again.fault().code == "locked");
  CHECK(again.fault().message.find(folder / "one") != std::string::npos);
}

TEST_CASE("a linked copy of a store stays as it was when the store goes on") {
  TempFolder folder;
  RocksEnvironment rocks({});
  const auto kv = must_open(rocks, folder / "live");
  must_apply(*kv, {{"a", "1"}});
  REQUIRE(kv->link_copy(folder / "copy"));
  must_apply(*kv, {{"a", "2"}, {"b", "2"}});
  CHECK(rows_of(*must_open(rocks, folder / "copy")) == Rows{"a=1"});
  CHECK(rows_of(*kv) == Rows{"a=2", "b=2"});
  CHECK_FALSE(kv->link_copy(folder / "live"));  // one that is there is not written over
}

TEST_CASE("RK-2: a file of rows that is gone is corrupt, with the folder and what to do") {
  TempFolder folder;
  const std::string at = folder / "store";
  {
    RocksEnvironment rocks({});
    const auto kv = must_open(rocks, at);
    must_apply(*kv, {{"a", "1"}});
    REQUIRE(kv->link_copy(folder / "copy"));  // writes the rows into a file
  }
  int removed = 0;
  for (const auto& each : std::filesystem::directory_iterator(folder / "copy"))
    if (each.path().extension() == ".sst") removed += std::filesystem::remove(each.path());
  REQUIRE(removed > 0);
  RocksEnvironment rocks({});
  const auto opened = rocks.open(folder / "copy");
  REQUIRE_FALSE(opened);
  CHECK(opened.fault().code == "corrupt");
  CHECK(opened.fault().message.find(folder / "copy") != std::string::npos);
  CHECK(opened.fault().message.find("remove this folder") != std::string::npos);
}

TEST_CASE("RK-4: a store is made of sorted runs, what is later overwrites, and it takes the place of one that is there") {
  TempFolder folder;
  const std::string at = folder / "store";
  RocksEnvironment rocks({});
  must_apply(*must_open(rocks, at), {{"old", "1"}});
  {
    auto loader = rocks.load(at);
    REQUIRE(loader);
    REQUIRE((*loader)->add_run({{"a", "1"}, {"b", "1"}, {"c", "1"}}));
    REQUIRE((*loader)->add_run({}));
    REQUIRE((*loader)->add_run({{"b", std::nullopt}, {"c", "2"}, {"d", "2"}}));
    CHECK(rows_of(*must_open(rocks, at)) == Rows{"old=1"});  // until it is whole
    REQUIRE((*loader)->finish());
  }
  CHECK(rows_of(*must_open(rocks, at)) == Rows{"a=1", "c=2", "d=2"});
  CHECK_FALSE(std::filesystem::exists(at + ".loading"));
}

TEST_CASE("RK-4: a store that is given up while it is made leaves the one that is there, and nothing beside it") {
  TempFolder folder;
  const std::string at = folder / "store";
  RocksEnvironment rocks({});
  must_apply(*must_open(rocks, at), {{"old", "1"}});
  {
    auto loader = rocks.load(at);
    REQUIRE(loader);
    REQUIRE((*loader)->add_run({{"a", "1"}}));
    const auto unsorted = (*loader)->add_run({{"b", "1"}, {"a", "1"}});
    REQUIRE_FALSE(unsorted);
    CHECK(unsorted.fault().message.find(at) != std::string::npos);
  }
  CHECK(rows_of(*must_open(rocks, at)) == Rows{"old=1"});
  CHECK_FALSE(std::filesystem::exists(at + ".loading"));
}

TEST_CASE("a batch is played into another with all that it does, in order") {
  TempFolder folder;
  RocksEnvironment rocks({});
  const auto kv = must_open(rocks, folder / "store");
  must_apply(*kv, {{"a", "1"}, {"b", "1"}, {"c1", "1"}, {"c2", "1"}, {"d", "1"}});
  const auto batch = kv->batch(), other = kv->batch();
  batch->put("a", "2");
  batch->erase("b");
  batch->erase_range("c", "d");
  batch->erase_range("z", "a");  // nothing lies there
  batch->put("c2", "2");
  batch->replay(*other);
  must_apply(*kv, *other);
  CHECK(rows_of(*kv) == Rows{"a=2", "c2=2", "d=1"});
}

TEST_CASE("a store that is open is read beside its owner, as it was then, and not written") {
  TempFolder folder;
  RocksEnvironment rocks({});
  const auto owner = must_open(rocks, folder / "store");
  must_apply(*owner, {{"a", "1"}}, true);
  const auto beside = rocks.open_beside(folder / "store", folder / "beside");
  REQUIRE_MESSAGE(beside, (beside ? "" : beside.fault().message));
  must_apply(*owner, {{"a", "2"}}, true);
  CHECK(rows_of(**beside) == Rows{"a=1"});
  CHECK_FALSE((*beside)->apply({{"b", "1"}}, false));
  CHECK_FALSE(rocks.open_beside(folder / "none", folder / "beside-none"));
}

TEST_SUITE_END();

}  // namespace millrace::state::contract
