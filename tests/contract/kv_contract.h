// What every key-value store keeps (state/kv.h), as claims; each runs on each store that has a Rig.
//
//   struct Rig {
//     state::Kv& kv();     // an open, empty store
//     void reopen();       // the end of its process, as a kill is one, and the store opened again
//   };
//   TEST_CASE_TEMPLATE_INVOKE(kv_contract, Rig);
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "state/kv.h"

namespace millrace::state::contract {

using Rows = std::vector<std::string>;

inline void must_apply(Kv& kv, const std::vector<KvWrite>& writes, bool sync = false) {
  const auto applied = kv.apply(writes, sync);
  REQUIRE_MESSAGE(applied, (applied ? "" : applied.fault().message));
}
inline void must_apply(Kv& kv, KvBatch& batch) {
  const auto applied = kv.apply(batch, false);
  REQUIRE_MESSAGE(applied, (applied ? "" : applied.fault().message));
}

// "key=value" of every row that `it` gives from `from` on.
inline Rows rows_of(KvIterator& it, std::string_view from = {}) {
  Rows all;
  for (it.seek(from); it.valid(); it.next()) all.push_back(std::string(it.key()) + "=" + std::string(it.value()));
  return all;
}
inline Rows rows_of(Kv& kv, std::string_view from = {}) {
  const auto it = kv.iterate();
  return rows_of(*it, from);
}
inline std::string value_of(Kv& kv, std::string_view key) {
  std::string value = "(none)";
  return kv.get(key, value) ? value : "(none)";
}

TEST_CASE_TEMPLATE_DEFINE("kv contract", Rig, kv_contract) {
  Rig rig;

  SUBCASE("a new store is empty and has no fault") {
    std::string value = "as it was";
    CHECK_FALSE(rig.kv().get("a", value));
    CHECK(value == "as it was");
    CHECK(rows_of(rig.kv()).empty());
    CHECK_FALSE(rig.kv().fault().has_value());
  }

  SUBCASE("what was put is found, also empty values and keys and bytes of any kind") {
    const std::string odd("\0\xff\n\x80 k", 6), bytes("v\0\xfe", 3);
    must_apply(rig.kv(), {{"a", "1"}, {"empty", ""}, {odd, bytes}, {"", "no name"}});
    CHECK(value_of(rig.kv(), "a") == "1");
    CHECK(value_of(rig.kv(), "empty").empty());
    CHECK(value_of(rig.kv(), odd) == bytes);
    CHECK(value_of(rig.kv(), "") == "no name");
    CHECK(value_of(rig.kv(), "b") == "(none)");
  }

  SUBCASE("keys stand in memcmp order, and a seek finds the first that is not below") {
    must_apply(rig.kv(), {{"b", "2"}, {"a\xff", "1f"}, {"a", "1"}, {"\xff", "9"}, {std::string("a\0", 2), "10"}, {"Z", "0"}});
    CHECK(rows_of(rig.kv()) == Rows{"Z=0", "a=1", std::string("a\0=10", 5), "a\xff=1f", "b=2", "\xff=9"});
    CHECK(rows_of(rig.kv(), "aa") == Rows{"a\xff=1f", "b=2", "\xff=9"});
    CHECK(rows_of(rig.kv(), "\xff\xff").empty());
  }

  SUBCASE("an iterator can be moved back, and past the end") {
    must_apply(rig.kv(), {{"a", "1"}, {"b", "2"}});
    const auto it = rig.kv().iterate();
    CHECK_FALSE(it->valid());
    CHECK(rows_of(*it, "b") == Rows{"b=2"});
    CHECK_FALSE(it->valid());
    CHECK(rows_of(*it, "a") == Rows{"a=1", "b=2"});
  }

  SUBCASE("KV-1: in a batch the last word on a key counts") {
    const auto batch = rig.kv().batch();
    batch->put("a", "1");
    batch->erase("a");
    batch->put("b", "1");
    batch->put("b", "2");
    batch->erase("c");
    batch->put("c", "3");
    must_apply(rig.kv(), *batch);
    CHECK(rows_of(rig.kv()) == Rows{"b=2", "c=3"});
  }

  SUBCASE("an erased range is first to last without last, with what was put earlier in the batch and not what came later") {
    must_apply(rig.kv(), {{"a", "1"}, {"b", "1"}, {"b1", "1"}, {"c", "1"}});
    const auto batch = rig.kv().batch();
    batch->put("b2", "earlier");
    batch->erase_range("b", "c");
    batch->put("b3", "later");
    must_apply(rig.kv(), *batch);
    CHECK(rows_of(rig.kv()) == Rows{"a=1", "b3=later", "c=1"});
  }

  SUBCASE("a range that is empty or turned round erases nothing") {
    must_apply(rig.kv(), {{"a", "1"}, {"b", "1"}});
    const auto batch = rig.kv().batch();
    batch->erase_range("b", "a");
    batch->erase_range("a", "a");
    must_apply(rig.kv(), *batch);
    CHECK(rows_of(rig.kv()) == Rows{"a=1", "b=1"});
  }

  SUBCASE("a batch knows its bytes, and an empty one may be applied") {
    const auto batch = rig.kv().batch();
    must_apply(rig.kv(), *batch);
    const std::size_t before = batch->bytes();
    batch->put("key", std::string(1000, 'v'));
    CHECK(batch->bytes() >= before + 1003);
    must_apply(rig.kv(), *batch);
    CHECK(value_of(rig.kv(), "key").size() == 1000);
  }

  SUBCASE("KV-1: what was acknowledged survives the end of the process, synced or not") {
    must_apply(rig.kv(), {{"a", "1"}, {"b", "1"}}, true);
    must_apply(rig.kv(), {{"a", "2"}, {"b", std::nullopt}}, false);
    const auto batch = rig.kv().batch();
    batch->put("r1", "");
    batch->put("r2", "");
    batch->erase_range("r", "r2");
    must_apply(rig.kv(), *batch);
    rig.reopen();
    CHECK(rows_of(rig.kv()) == Rows{"a=2", "r2="});
    rig.reopen();
    CHECK(rows_of(rig.kv()) == Rows{"a=2", "r2="});
  }

  SUBCASE("KV-3: an iterator sees the store as it stood when it was made") {
    must_apply(rig.kv(), {{"a", "1"}, {"b", "1"}});
    const auto it = rig.kv().iterate();
    must_apply(rig.kv(), {{"a", "2"}, {"aa", "new"}, {"b", std::nullopt}});
    CHECK(rows_of(*it) == Rows{"a=1", "b=1"});
    CHECK(rows_of(rig.kv()) == Rows{"a=2", "aa=new"});
  }

  SUBCASE("a large value comes back whole") {
    std::string large;
    for (std::size_t i = 0; large.size() < 300'000; ++i) large += std::to_string(i * 2654435761u);
    must_apply(rig.kv(), {{"large", large}});
    CHECK(value_of(rig.kv(), "large") == large);
    rig.reopen();
    CHECK(value_of(rig.kv(), "large") == large);
    CHECK(rig.kv().size_bytes() > 0);
  }

  SUBCASE("a thousand random batches leave what a sorted map has, across restarts") {
    std::mt19937 random(20260131);
    std::map<std::string, std::string> model;
    const auto key = [&] { return "k" + std::to_string(random() % 200); };
    for (int i = 0; i < 1000; ++i) {
      const auto batch = rig.kv().batch();
      for (std::uint32_t writes = 1 + random() % 6; writes > 0; --writes) {
        const std::string at = key();
        if (const auto kind = random() % 10; kind < 6) {
          const std::string value(random() % 50, static_cast<char>('a' + i % 26));
          batch->put(at, value);
          model[at] = value;
        } else if (kind < 9) {
          batch->erase(at);
          model.erase(at);
        } else {
          const std::string last = key();
          batch->erase_range(at, last);
          if (at < last) model.erase(model.lower_bound(at), model.lower_bound(last));
        }
      }
      must_apply(rig.kv(), *batch);
      if (i % 250 == 100) rig.reopen();
    }
    Rows expected;
    for (const auto& [at, value] : model) expected.push_back(at + "=" + value);
    CHECK(rows_of(rig.kv()) == expected);
    for (int i = 0; i < 200; ++i) {
      const std::string at = "k" + std::to_string(i);
      CHECK(value_of(rig.kv(), at) == (model.contains(at) ? model[at] : "(none)"));
    }
  }
}

}  // namespace millrace::state::contract
