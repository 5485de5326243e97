#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "core/signature.h"
#include "keys/crypto.h"
#include "keys/derived_keyring.h"
#include "keys/keystore.h"
#include "keys/operator_signer.h"
#include "keys/sealing.h"
#include "keys/secret_file.h"
#include "state/memory_kv.h"

using namespace millrace;

namespace {

// A data folder that goes away with the test.
struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/millrace-keys-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

// A store over a disk that outlives it.
struct Disk {
  Folder folder;
  std::shared_ptr<state::MemoryDisk> disk = std::make_shared<state::MemoryDisk>();

  Result<std::unique_ptr<Keystore>> try_open(Keystore::Options options) {
    return Keystore::open(folder.path, std::make_unique<state::MemoryKv>(disk), options);
  }
  std::unique_ptr<Keystore> open(Keystore::Options options = {}) {
    auto store = try_open(options);
    REQUIRE_MESSAGE(static_cast<bool>(store), store.fault().message);
    return *std::move(store);
  }
};

std::string sealed_by(Keyring& keys, std::string_view owner, std::string_view record, std::string_view text) {
  std::string out;
  const SealingKey& key = keys.key_for("acme", owner, record);
  keys.seal(key, record, "lead.captured", text, out);
  return out;
}

}  // namespace

TEST_SUITE("keys/crypto") {
  TEST_CASE("ChaCha20-Poly1305 gives the values of RFC 8439 section 2.8.2") {
    const std::string key = *unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    const std::string nonce = *unhex("070000004041424344454647");
    const std::string aad = *unhex("50515253c0c1c2c3c4c5c6c7");
    const std::string text =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    std::string sealed = "before";
    aead_seal(key, nonce, aad, text, sealed);
    CHECK(sealed.starts_with("before"));
    sealed.erase(0, 6);
    CHECK(hex(sealed, 32) == "d31a8d34648e60db7b86afbc53ef7ec2");
    CHECK(hex(std::string_view(sealed).substr(text.size()), 32) == "1ae10b594f09e26a7e902ecbd0600691");
    CHECK(aead_open(key, nonce, aad, sealed) == text);
    CHECK(aead_open(key, nonce, "", sealed) == std::nullopt);
    sealed[3] ^= 1;
    CHECK(aead_open(key, nonce, aad, sealed) == std::nullopt);
    CHECK(aead_open(key, nonce, aad, "short") == std::nullopt);
    std::string empty;
    aead_seal(key, nonce, aad, "", empty);
    CHECK(aead_open(key, nonce, aad, empty) == "");
  }

  TEST_CASE("base64 gives the values of RFC 4648 and takes no second text for a value") {
    const std::pair<const char*, const char*> pairs[] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},  {"foob", "Zm9vYg=="},  {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : pairs) {
      std::string out;
      append_base64(out, bytes);
      CHECK(out == text);
      CHECK(from_base64(text) == bytes);
    }
    for (const char* bad : {"Zg", "Zg=", "Zh==", "Z===", "====", "Zm9=", "Zm 9", "Zm9v=", "Zg==Zg=="})
      CHECK_MESSAGE(from_base64(bad) == std::nullopt, bad);
    std::string all, text;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
    append_base64(text, all);
    CHECK(from_base64(text) == all);
  }

  TEST_CASE("Ed25519 signs as RFC 8032 says") {
    const std::string key = *unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    CHECK(hex(ed25519_public_key(key), 64) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    CHECK(hex(ed25519_sign(key, "r"), 32) == "92a009a9f0d4cab8720e820b5f642540");
  }
}

TEST_SUITE("keys/sealing") {
  static const SealingKey key{"0123456789abcdef0123456789abcdef", std::string(32, 'k'), "00112233aabb"};

  TEST_CASE("SE-1: equal key, record, type and plaintext give equal text, and any other gives another nonce") {
    const auto sealed = [](const SealingKey& k, const char* record, const char* type, const char* text) {
      std::string out;
      append_sealed(out, k, record, type, text);
      return out;
    };
    const std::string one = sealed(key, "r1", "t", "{}");
    CHECK(one == sealed(key, "r1", "t", "{}"));
    CHECK(one.starts_with("s1.0123456789abcdef0123456789abcdef.00112233aabb."));
    SealingKey other = key;
    other.bytes[0] = 'x';
    std::set<std::string> nonces;
    for (const std::string& text : {one, sealed(key, "r2", "t", "{}"), sealed(key, "r1", "u", "{}"),
                                    sealed(key, "r1", "t", "[]"), sealed(other, "r1", "t", "{}")})
      nonces.insert(from_base64(parse_sealed(text)->body)->substr(0, 12));
    CHECK(nonces.size() == 5);
  }

  TEST_CASE("A sealed text opens under its key and under no other, and not when a character of it changed") {
    std::string sealed;
    append_sealed(sealed, key, "r1", "t", "{\"email\":\"a@b.c\"}");
    CHECK(unseal_with(key, *parse_sealed(sealed)) == "{\"email\":\"a@b.c\"}");
    SealingKey other = key;
    other.bytes[31] = 'x';
    CHECK(unseal_with(other, *parse_sealed(sealed)) == std::nullopt);
    for (std::size_t i = 3; i < sealed.size(); ++i) {
      std::string changed = sealed;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      const auto parts = parse_sealed(changed);
      if (parts) CHECK_MESSAGE(unseal_with(key, *parts) == std::nullopt, i);
    }
  }

  TEST_CASE("What is no sealed text is told so") {
    for (const char* text : {"", "s1.", "s1..", "s1...", "s1.a.", "s1.a.b", "s1..b.c", "s2.a.b.c", "plain", "s1.a..c"})
      CHECK_MESSAGE(!parse_sealed(text).has_value(), text);
    CHECK(parse_sealed("s1.a.b.")->body.empty());
    CHECK(parse_sealed("s1.a.b.")->name == "a");
  }

  TEST_CASE("A destroyed key seals tombstones, which open as nothing") {
    std::string sealed;
    append_sealed(sealed, SealingKey{key.name, {}, key.stamp}, "r1", "t", "{}");
    CHECK(sealed == "s1.0123456789abcdef0123456789abcdef.00112233aabb.");
    CHECK(unseal_with(key, *parse_sealed(sealed)) == std::nullopt);
  }
}

TEST_SUITE("keys/derived_keyring") {
  TEST_CASE("Equal seeds give equal keys, names and tokens; other tenants and owners have others") {
    DerivedKeyring a("seed"), b("seed"), c("other");
    CHECK(sealed_by(a, "o1", "r1", "{}") == sealed_by(b, "o1", "r1", "{}"));
    CHECK(sealed_by(a, "o1", "r1", "{}") != sealed_by(c, "o1", "r1", "{}"));
    CHECK(a.token("acme", "email", "x@y.z") == b.token("acme", "email", "x@y.z"));
    CHECK(a.token("acme", "email", "x@y.z").size() == 64);
    CHECK(a.token("acme", "email", "x@y.z") != a.token("beta", "email", "x@y.z"));
    CHECK(a.token("acme", "email", "x@y.z") != c.token("acme", "email", "x@y.z"));
    CHECK(a.token("acme", "phone", "x@y.z") != a.token("acme", "email", "x@y.z"));
    CHECK(a.key_for("acme", "o1", "r9").name == "r1");
    CHECK(a.key_for("acme", "o1", "r9").bytes != SealingKey(a.key_for("acme", "o2", "r2")).bytes);
  }
  TEST_CASE("It opens what it sealed, and seals more under the key that a value names") {
    DerivedKeyring keys("seed");
    const std::string sealed = sealed_by(keys, "o1", "r1", "{\"a\":1}");
    CHECK(keys.open("acme", sealed) == "{\"a\":1}");
    const SealingKey* same = keys.key_of("acme", sealed);
    REQUIRE(same);
    CHECK(same->name == "r1");
  }
  TEST_CASE("After destruction values open as nothing, and a made-up value is nothing") {
    DerivedKeyring keys("seed");
    const std::string sealed = sealed_by(keys, "o1", "r1", "{}");
    keys.destroy("acme", "o1");
    CHECK(keys.open("acme", sealed) == std::nullopt);
    CHECK(keys.key_of("acme", sealed) == nullptr);
    CHECK(keys.open("acme", "s1.nobody.000000000000.AAAA") == std::nullopt);
    CHECK(keys.open("acme", "junk") == std::nullopt);
    CHECK(sealed_by(keys, "o1", "r2", "{}") != sealed);
    CHECK(keys.open("acme", sealed) == std::nullopt);
  }
}

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
    CHECK(store->fault()->message.find(disk.folder.path + "/keys") != std::string::npos);
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
    std::ofstream(disk.folder.path + "/keys/mark") << "0000000000000000000x 00000000\n";
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
    std::filesystem::create_directories(other.folder.path + "/keys");
    std::filesystem::copy(disk.folder.path + "/keys/master", other.folder.path + "/keys/master");
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
    const std::string master = disk.folder.path + "/keys/master";
    struct stat about {};
    REQUIRE(::stat(master.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    ::chmod(master.c_str(), 0640);
    CHECK(disk.try_open({}).fault().code == "secret_mode");
    ::chmod(master.c_str(), 0600);
    std::ofstream(master) << "not hex\n";
    CHECK(disk.try_open({}).fault().code == "corrupt");
    std::ofstream(master) << std::string(64, '7') << "\n";
    CHECK(disk.try_open({}).fault().code == "corrupt");
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

TEST_SUITE("keys/operator_signer") {
  TEST_CASE("The pair is kept in a file of its owner's alone, and signs the same after loading") {
    Folder folder;
    CHECK(OperatorSigner::load(folder.path).fault().code == "missing");
    const auto made = OperatorSigner::create(folder.path);
    REQUIRE(made);
    CHECK(OperatorSigner::create(folder.path).fault().code == "exists");
    const auto loaded = OperatorSigner::load(folder.path);
    REQUIRE(loaded);
    CHECK(loaded->public_key() == made->public_key());
    CHECK(loaded->key_id() == made->key_id());
    CHECK(verify_ed25519(made->public_key(), "{}", loaded->sign("{}")));
    CHECK_FALSE(verify_ed25519(made->public_key(), "[]", loaded->sign("{}")));
    ::chmod((folder.path + "/keys/operator").c_str(), 0644);
    CHECK(OperatorSigner::load(folder.path).fault().code == "secret_mode");
  }
  TEST_CASE("With a key seed the pair is the same in every namespace") {
    Folder a, b, c;
    const auto first = OperatorSigner::create(a.path, "s"), second = OperatorSigner::create(b.path, "s");
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->public_key() == second->public_key());
    CHECK(OperatorSigner::create(c.path)->public_key() != first->public_key());
  }
}
