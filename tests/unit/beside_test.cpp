// A data folder proven beside the one who writes it.
#include "node/beside.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "engine/proof.h"
#include "node/node.h"
#include "node/request.h"
#include "tests/contract/temp_folder.h"

namespace millrace::node {

TEST_SUITE("node/beside") {
  TEST_CASE("BS-1: whoever opens a folder while leads come, a key each, has the key of every record that it sees") {
    TempFolder folder;
    REQUIRE(Node::create(folder.path(), {.partitions = 1}));
    const auto node = Node::open(folder.path(), {});
    REQUIRE(node);
    std::atomic<bool> writing{false}, enough{false};
    int leads = 0;
    const auto facts_of = [&](int count) {
      Request facts{.op = Request::Op::facts};
      for (int i = 0; i < count; ++i) {
        const std::string lead = std::to_string(leads++);
        facts.items.push_back(R"({"specversion":"1.0","id":"e)" + lead + R"(","source":"test","type":"lead.captured","tenant":"acme",)"
                              R"("time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"lead)" + lead + R"(@example.com"}})");
      }
      return facts;
    };
    constexpr int kBefore = 2000;  // to read them takes a while
    REQUIRE(handle(**node, facts_of(kBefore)).accepted == kBefore);
    REQUIRE((*node)->settle());
    std::thread writer([&] {
      for (;;) {
        writing.wait(false);
        if (enough) return;
        CHECK(handle(**node, facts_of(1)).accepted == 1);
        CHECK((*node)->settle());
      }
    });
    const auto write = [&](bool now) {
      writing = now;
      writing.notify_one();
    };
    for (int i = 0; i < 12; ++i) {
      write(true);
      const auto beside = Beside::open({.data = folder.path()});
      write(false);
      CHECK_MESSAGE(beside, (beside ? "" : beside.fault().message));
      if (!beside) break;
      Beside& b = **beside;
      const auto proof = engine::prove({b.topology(), b.log(), [&](TopicPartition inbox) { return b.log().committed(inbox); }, b.lookups(),
                                        b.environment().hash, b.history(), [&](const std::string& name) { return b.scratch_kv(name); }});
      CHECK_MESSAGE(proof, (proof ? "" : proof.fault().message));
      if (proof) CHECK_MESSAGE(proof->problems.empty(), (proof->problems.empty() ? "" : proof->problems.front()));
    }
    enough = true;
    write(true);
    writer.join();
    CHECK(leads > kBefore);
    REQUIRE((*node)->close());
  }
}

}  // namespace millrace::node
