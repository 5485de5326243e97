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
#include "keys/operator_signer.h"
#include "keys/sealing.h"
#include "keys/secret_file.h"
#include "tests/contract/temp_folder.h"
#include "tests/unit/sealed_by.h"

using namespace millrace;
using test::sealed_by;

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

TEST_SUITE("keys/operator_signer") {
  TEST_CASE("The pair is kept in a file of its owner's alone, and signs the same after loading") {
    TempFolder folder;
    CHECK(OperatorSigner::load(folder.path()).fault().code == "missing");
    const auto made = OperatorSigner::create(folder.path());
    REQUIRE(made);
    CHECK(OperatorSigner::create(folder.path()).fault().code == "exists");
    const auto loaded = OperatorSigner::load(folder.path());
    REQUIRE(loaded);
    CHECK(loaded->public_key() == made->public_key());
    CHECK(loaded->key_id() == made->key_id());
    CHECK(verify_ed25519(made->public_key(), "{}", loaded->sign("{}")));
    CHECK_FALSE(verify_ed25519(made->public_key(), "[]", loaded->sign("{}")));
    ::chmod((folder.path() + "/keys/operator").c_str(), 0644);
    CHECK(OperatorSigner::load(folder.path()).fault().code == "secret_mode");
  }
  TEST_CASE("With a key seed the pair is the same in every namespace") {
    TempFolder a, b, c;
    const auto first = OperatorSigner::create(a.path(), "s"), second = OperatorSigner::create(b.path(), "s");
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->public_key() == second->public_key());
    CHECK(OperatorSigner::create(c.path())->public_key() != first->public_key());
  }
}
