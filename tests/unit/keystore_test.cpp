#include "keys/keystore.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "keys/derived_keyring.h"
#include "keys/sealing.h"
#include "keys/secret_file.h"
#include "state/memory_kv.h"
#include "tests/contract/temp_folder.h"
#include "tests/unit/sealed_by.h"

using namespace millrace;
using test::sealed_by;

namespace {

// A store over a disk that outlives it.
struct Disk {
  TempFolder folder;
  std::shared_ptr<state::MemoryDisk> disk = std::make_shared<state::MemoryDisk>();

  Result<std::unique_ptr<Keystore>> try_open(Keystore::Options options) {
    return Keystore::open(folder.path(), std::make_unique<state::MemoryKv>(disk), options);
  }
  std::unique_ptr<Keystore> open(Keystore::Options options = {}) {
    auto store = try_open(options);
    REQUIRE_MESSAGE(static_cast<bool>(store), store.fault().message);
    return *std::move(store);
  }
};

}  // namespace

TEST_SUITE("keys/keystore") {
  TEST_CASE("A key outlives the process once it was synced, and names and tokens stay the same") {
    Disk disk;
    auto store = disk.open({.create = true});
    const std::string sealed = sealed_by(*store, "o1", "r1", "{\"a\":1}");
    const std::string token = store->token("acme", "email", "a@b.c");
    const std::string peppers = store->pepper_hash();
    CHECK(store->pending() == 1);
    REQUIRE(store->sync());
    CHECK(store->pending() == 0);
    store = disk.open();
    CHECK(store->open("acme", sealed) == "{\"a\":1}");
    CHECK(store->key_for("acme", "o1", "r2").name == "r1");
    CHECK(store->token("acme", "email", "a@b.c") == token);
    CHECK(store->pepper_hash() == peppers);
    CHECK(store->pending() == 0);
    CHECK(sealed_by(*store, "o1", "r1", "{\"a\":1}") == sealed);
  }

  TEST_CASE("KR-1: sync applies all new keys as one batch, and nothing when there are none") {
    Disk disk;
    auto store = disk.open({.create = true});
    const auto before = disk.disk->applies.load();
    for (int i = 0; i < 10; ++i) store->key_for("acme", "o" + std::to_string(i), "r" + std::to_string(i));
    CHECK(disk.disk->applies == before);
    REQUIRE(store->sync());
    REQUIRE(store->sync());
    CHECK(disk.disk->applies == before + 1);
  }

  TEST_CASE("KR-1: a sync that fails leaves its keys pending, in use, and the next one takes them") {
    Disk disk;
    auto store = disk.open({.create = true});
    const std::string sealed = sealed_by(*store, "o1", "r1", "{}");
    disk.disk->refuse = retryable("disk_full", "no space");
    CHECK(store->sync().fault().code == "disk_full");
    CHECK(store->pending() == 1);
    CHECK(store->open("acme", sealed) == "{}");
    CHECK(sealed_by(*store, "o1", "r2", "{}").substr(0, 5) == "s1.r1");
    disk.disk->refuse.reset();
    REQUIRE(store->sync());
    CHECK(disk.open()->open("acme", sealed) == "{}");
  }

  TEST_CASE("A new key stays in use however many others pass through a small cache") {
    Disk disk;
    auto store = disk.open({.create = true, .cache_keys = 64});
    const std::string first = sealed_by(*store, "o1", "r1", "{}");
    for (int i = 0; i < 2000; ++i) store->key_for("acme", "x" + std::to_string(i), "n" + std::to_string(i));
    CHECK(sealed_by(*store, "o1", "r1", "{}") == first);
    CHECK(store->pending() == 2001);
    REQUIRE(store->sync());
    for (int i = 0; i < 2000; ++i) CHECK(store->key_for("acme", "x" + std::to_string(i), "z").name == "n" + std::to_string(i));
    CHECK(store->open("acme", first) == "{}");
    CHECK(store->pending() == 0);
  }

  TEST_CASE("KS-1: a record that needs two keys gives them two names") {
    Disk disk;
    auto store = disk.open({.create = true});
    const std::string a = sealed_by(*store, "o1", "r1", "{\"a\":1}"), b = sealed_by(*store, "o2", "r1", "{\"b\":1}");
    CHECK(store->open("acme", a) == "{\"a\":1}");
    CHECK(store->open("acme", b) == "{\"b\":1}");
    REQUIRE(store->sync());
    store = disk.open();
    CHECK(store->open("acme", a) == "{\"a\":1}");
    CHECK(store->open("acme", b) == "{\"b\":1}");
  }

  TEST_CASE("The plain key stands nowhere on the disk") {
    Disk disk;
    auto store = disk.open({.create = true});
    const std::string bytes = store->key_for("acme", "o1", "r1").bytes;
    REQUIRE(store->sync());
    for (const auto& [id, row] : *disk.disk->rows) CHECK(row.find(bytes) == std::string::npos);
  }

  TEST_CASE("With a key seed two namespaces have the same keys, without one they have not") {
    Disk a, b, c, d;
    const std::string sealed = sealed_by(*a.open({.create = true, .key_seed = "s"}), "o1", "r1", "{}");
    CHECK(sealed == sealed_by(*b.open({.create = true, .key_seed = "s"}), "o1", "r1", "{}"));
    DerivedKeyring derived("s");
    CHECK(sealed == sealed_by(derived, "o1", "r1", "{}"));
    CHECK(sealed_by(*c.open({.create = true}), "o1", "r1", "{}") != sealed_by(*d.open({.create = true}), "o1", "r1", "{}"));
  }

  TEST_CASE("KR-4: a re-fold finds keys and makes none") {
    Disk disk;
    auto store = disk.open({.create = true});
    const std::string sealed = sealed_by(*store, "o1", "r1", "{}");
    CHECK(sealed_by(store->lookups(), "o1", "r1", "{}") == sealed);
    CHECK(store->lookups().open("acme", sealed) == "{}");
    CHECK(store->lookups().token("acme", "email", "x") == store->token("acme", "email", "x"));
    CHECK_FALSE(store->fault());
    store->lookups().key_for("acme", "o2", "r2");
    REQUIRE(store->lookups().fault());
    CHECK(store->fault()->code == "corrupt");
    CHECK(store->fault()->message.find("k/acme/o2") != std::string::npos);
    CHECK(store->fault()->message.find(disk.folder.path() + "/keys") != std::string::npos);
    CHECK(store->fault()->message.find("restore") != std::string::npos);
  }

  TEST_CASE("KR-3: a missing key of this namespace is a fault for good, a made-up value is nothing") {
    Disk disk;
    auto store = disk.open({.create = true});
    const std::string sealed = sealed_by(*store, "o1", "r1", "{}");
    store = disk.open();  // the key was not synced
    CHECK(store->open("beta", sealed) == std::nullopt);
    CHECK(store->open("acme", "s1.r1.000000000000.AAAA") == std::nullopt);
    CHECK(store->key_of("acme", "s1.r1.000000000000.AAAA") == nullptr);
    CHECK(store->open("acme", "no sealed text") == std::nullopt);
    CHECK_FALSE(store->fault());
    CHECK(store->open("acme", sealed) == std::nullopt);
    REQUIRE(store->fault());
    CHECK(store->fault()->code == "corrupt");
    CHECK(store->sync().fault().code == "corrupt");
    const std::vector<std::string> owners{"o1"};
    CHECK(store->destroy("acme", owners, "rq1").fault().code == "corrupt");
  }

  TEST_CASE("KS-2: a damaged row, and a key of another master, are a fault that names the row") {
    Disk disk;
    auto store = disk.open({.create = true});
    const std::string sealed = sealed_by(*store, "o1", "r1", "{}");
    sealed_by(*store, "o2", "r2", "{}");
    REQUIRE(store->sync());
    const auto rows = disk.disk->rows;
    for (const auto& [id, row] : *rows) {
      if (id.size() < 2) continue;
      for (std::size_t at = 0; at < row.size(); ++at) {
        disk.disk->rows = std::make_shared<state::MemoryDisk::Rows>(*rows);
        (*disk.disk->rows)[id][at] ^= 4;
        store = disk.open();
        const SealingKey& key = store->key_for("acme", "o1", "r9");
        const bool same = key.name == "r1" && store->open("acme", sealed) == "{}" && store->key_for("acme", "o2", "r9").name == "r2";
        CHECK_MESSAGE((same || store->fault()), id, " byte ", at);
        if (store->fault()) CHECK(store->fault()->message.find("acme/") != std::string::npos);
      }
    }
  }

  TEST_CASE("KS-4: a store that lost its last writes does not open, and is not mistaken for an older one") {
    Disk disk;
    auto store = disk.open({.create = true});
    sealed_by(*store, "o1", "r1", "{}");
    REQUIRE(store->sync());
    const auto before = std::make_shared<state::MemoryDisk::Rows>(*disk.disk->rows);
    sealed_by(*store, "o2", "r2", "{}");
    REQUIRE(store->sync());
    const std::vector<std::string> owners{"o1"};
    REQUIRE(store->destroy("acme", owners, "rq1"));
    store = disk.open();  // with all its writes it does
    disk.disk->rows = before;
    const auto lost = disk.try_open({});
    REQUIRE_FALSE(lost);
    CHECK(lost.fault().code == "corrupt");
    CHECK(lost.fault().message.find("lost the last 2 of its 3 writes") != std::string::npos);
    // Without a mark that can be believed it is taken as it is.
    std::ofstream(disk.folder.path() + "/keys/mark") << "0000000000000000000x 00000000\n";
    CHECK(disk.try_open({}));
  }

  TEST_CASE("A destroyed key opens nothing, here and after a restart; the next record of the owner gets a new one") {
    Disk disk;
    auto store = disk.open({.create = true});
    const std::string old = sealed_by(*store, "o1", "r1", "{}"), other = sealed_by(*store, "o2", "r2", "{}");
    const std::vector<std::string> owners{"o1", "nobody"};
    CHECK(*store->destroy("acme", owners, "rq1") == 1);
    CHECK(*store->destroy("acme", owners, "rq1") == 0);
    CHECK(store->pending() == 0);
    for (int round = 0; round < 2; ++round) {
      CHECK(store->open("acme", old) == std::nullopt);
      CHECK(store->key_of("acme", old) == nullptr);
      CHECK(store->open("acme", other) == "{}");
      CHECK(sealed_by(store->lookups(), "o1", "r1", "{}").ends_with("."));
      store = disk.open();
    }
    const std::string fresh = sealed_by(*store, "o1", "r3", "{}");
    CHECK(fresh.starts_with("s1.r3."));
    CHECK(store->open("acme", fresh) == "{}");
    CHECK(store->open("acme", old) == std::nullopt);
    const std::string again = sealed_by(*store, "o1", "r3", "{}");
    CHECK(again == fresh);
  }

  TEST_CASE("KS-1: a record that needs a key again after its destruction gives it another name") {
    Disk disk;
    auto store = disk.open({.create = true});
    const std::string old = sealed_by(*store, "o1", "r1", "{}");
    const std::vector<std::string> owners{"o1"};
    REQUIRE(store->destroy("acme", owners, "rq1"));
    const std::string fresh = sealed_by(*store, "o1", "r1", "{}");
    CHECK(store->open("acme", fresh) == "{}");
    CHECK(store->open("acme", old) == std::nullopt);
  }

  // Rows of a key that another process of this namespace made for an owner.
  std::vector<state::KvWrite> made_elsewhere(const Disk& disk, std::string_view owner, std::string_view record, SealingKey& key) {
    Disk other;
    std::filesystem::create_directories(other.folder.path() + "/keys");
    std::filesystem::copy(disk.folder.path() + "/keys/master", other.folder.path() + "/keys/master");
    *other.disk->rows = *disk.disk->rows;
    auto store = other.open({.catch_up = [] { return Result<void>(); }});
    key = store->key_for("acme", owner, record);
    return store->fresh();
  }

  TEST_CASE("KS-5: what another made for an owner takes the place of a key that is not kept yet") {
    Disk disk;
    disk.open({.create = true});
    auto store = disk.open({.catch_up = [] { return Result<void>(); }});
    const SealingKey mine = store->key_for("acme", "o1", "r1");
    const std::string kept = store->key_for("acme", "o2", "r2").bytes;
    SealingKey theirs;
    const auto rows = made_elsewhere(disk, "o1", "r1", theirs);
    REQUIRE(theirs.bytes != mine.bytes);
    std::thread another([&] { REQUIRE(store->keep(rows)); });  // as who follows the topic of the keys
    another.join();
    CHECK(store->key_for("acme", "o1", "r1").bytes == theirs.bytes);
    CHECK(store->lookups().key_for("acme", "o1", "r1").bytes == theirs.bytes);
    REQUIRE(store->fresh().size() == 3);  // the name of mine; name and owner of o2
    REQUIRE(store->keep(store->fresh()));
    CHECK(store->pending() == 0);
    CHECK(store->key_for("acme", "o2", "r2").bytes == kept);
    CHECK(store->key_for("acme", "o1", "r1").bytes == theirs.bytes);
  }

  TEST_CASE("KS-1: two makers that need a key for the same record at once give it two names, and what both sealed opens") {
    Disk disk;
    disk.open({.create = true});
    auto store = disk.open({.catch_up = [] { return Result<void>(); }});
    const std::string here = sealed_by(*store, "o1", "r1", "{}");
    SealingKey theirs;
    const auto rows = made_elsewhere(disk, "o1", "r1", theirs);
    REQUIRE(store->keep(store->fresh()));
    REQUIRE(store->keep(rows));
    const std::string there = sealed_by(*disk.open({.catch_up = [] { return Result<void>(); }}), "o1", "r2", "{}");
    CHECK(parse_sealed(here)->name != parse_sealed(there)->name);
    CHECK(store->open("acme", here) == "{}");
    CHECK(store->open("acme", there) == "{}");
  }

  TEST_CASE("KS-5: a key that is not kept yet is not lent to another maker") {
    Disk disk;
    auto store = disk.open({.create = true, .catch_up = [] { return Result<void>(); }});
    const SealingKey mine = store->key_for("acme", "o1", "r1");
    SealingKey theirs;
    std::vector<state::KvWrite> rows;
    std::thread another([&] {
      theirs = store->key_for("acme", "o1", "r1");
      rows = store->fresh();
    });
    another.join();
    CHECK(theirs.bytes != mine.bytes);
    REQUIRE(rows.size() == 2);
    REQUIRE(store->keep(rows));
    store->forget_fresh();
    CHECK(store->pending() == 0);
    CHECK(store->key_for("acme", "o1", "r1").bytes == theirs.bytes);
    CHECK(store->fresh().empty());
  }

  TEST_CASE("KS-6: a key that cannot be had now is a retry of the thread that needs it, not the end of the process") {
    Disk disk;
    disk.open({.create = true});
    bool away = true;
    std::vector<state::KvWrite> rows;
    Keystore* followed = nullptr;
    auto store = disk.open({.catch_up = [&]() -> Result<void> {
      if (away) return retryable("broker_unreachable", "no broker answers");
      return followed->keep(rows);
    }});
    followed = store.get();
    SealingKey theirs;
    rows = made_elsewhere(disk, "o1", "r1", theirs);
    std::string sealed;
    append_sealed(sealed, theirs, "r1", "lead.captured", "{}");
    CHECK(store->open("acme", sealed) == std::nullopt);
    const auto met = store->fault();
    REQUIRE(met);
    CHECK(met->code == "broker_unreachable");
    CHECK(met->kind == Fault::Kind::retry);
    std::thread([&] { CHECK_FALSE(store->fault()); }).join();
    away = false;
    CHECK(store->fault());  // what was folded since is worth nothing, though the brokers are back
    store->forget_fresh();
    CHECK_FALSE(store->fault());
    CHECK(store->open("acme", sealed) == "{}");
  }

  TEST_CASE("KS-3: after a failed read nothing becomes durable") {
    Disk disk;
    auto store = disk.open({.create = true});
    disk.disk->unreadable = fatal("io", "bad sector");
    store->key_for("acme", "o1", "r1");
    disk.disk->unreadable.reset();
    CHECK(store->sync().fault().code == "io");
    CHECK(store->fault()->code == "io");
    CHECK(disk.disk->rows->count("k/acme/o1") == 0);
  }

  TEST_CASE("Opening tells what is wrong: made twice, not made, a lost, open, damaged or foreign master key") {
    Disk disk;
    CHECK(disk.try_open({}).fault().code == "missing");
    disk.open({.create = true});
    CHECK(disk.try_open({.create = true}).fault().code == "exists");
    const std::string master = disk.folder.path() + "/keys/master";
    struct stat about {};
    REQUIRE(::stat(master.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    ::chmod(master.c_str(), 0640);
    CHECK(disk.try_open({}).fault().code == "secret_mode");
    ::chmod(master.c_str(), 0600);
    std::ofstream(master) << "not hex\n";
    CHECK(disk.try_open({}).fault().code == "corrupt");
    std::ofstream(master) << std::string(64, '7') << "\n";
    CHECK(disk.try_open({}).fault().code == "wrong_master_key");
    disk.disk = std::make_shared<state::MemoryDisk>();
    CHECK(disk.try_open({}).fault().code == "corrupt");
    // A creation that was cut short after the file was made goes on with that file.
    CHECK(static_cast<bool>(disk.try_open({.create = true})));
  }

  TEST_CASE("Threads that need the same keys get the same keys, while others are synced and destroyed") {
    Disk disk;
    auto store = disk.open({.create = true, .cache_keys = 128});
    constexpr int owners = 200;
    std::vector<std::vector<std::string>> bytes(3, std::vector<std::string>(owners));
    std::vector<std::thread> threads;
    std::atomic<bool> wrong = false;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < owners; ++i) {
          const int o = t == 1 ? owners - 1 - i : i;
          const std::string owner = "o" + std::to_string(o);
          bytes[t][o] = store->key_for("acme", owner, "r" + std::to_string(o)).bytes;
          const std::string sealed = sealed_by(*store, owner, "r" + std::to_string(o), "{}");
          if (store->open("acme", sealed) != "{}") wrong = true;
          if (store->token("t" + std::to_string(i % 40), "email", owner).size() != 64) wrong = true;
        }
      });
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        if (!store->sync()) wrong = true;
        store->key_for("acme", "gone" + std::to_string(i), "g" + std::to_string(i));
        const std::vector<std::string> gone{"gone" + std::to_string(i)};
        if (const auto n = store->destroy("acme", gone, "rq"); !n || *n != 1) wrong = true;
      }
    });
    for (auto& thread : threads) thread.join();
    CHECK_FALSE(wrong);
    CHECK(bytes[0] == bytes[1]);
    CHECK(bytes[0] == bytes[2]);
    REQUIRE(store->sync());
    CHECK(store->pending() == 0);
    auto reopened = disk.open();
    for (int i = 0; i < owners; ++i) CHECK(reopened->key_for("acme", "o" + std::to_string(i), "x").bytes == bytes[0][i]);
  }
}
