// Requests over a data folder (node/request.h): what an answer stands on is durable before it goes out.
#include <doctest/doctest.h>

#include "node/dead_letters.h"
#include "node/node.h"
#include "node/request.h"
#include "tests/contract/temp_folder.h"
#include "topology/topics.h"

namespace millrace::node {

TEST_SUITE("node/requests") {
  TEST_CASE("RQ-1: who is told that a dead letter was tried again already is told so when that is durable") {
    TempFolder folder;
    REQUIRE(Node::create(folder.path(), {.partitions = 1, .key_seed = "test"}));
    const auto node = Node::open(folder.path(), {.key_seed = "test"});
    REQUIRE(node);
    const Request bad{.op = Request::Op::facts, .items = {R"({"id":"no record"})"}, .args = {{"anyway", "1"}}};
    REQUIRE(handle(**node, bad).accepted == 1);
    REQUIRE((*node)->settle());
    REQUIRE((*node)->log().end({*(*node)->log().topics().find("crm.events.dlq"), Partition{0}}) == Offset{1});
    const Request again{.op = Request::Op::retry, .args = {{"topic", "crm.events.dlq"}, {"partition", "0"}, {"offset", "0"}}};
    const Pending first = begin(**node, again), second = begin(**node, again);
    REQUIRE_MESSAGE(first.response.code.empty(), first.response.message);
    REQUIRE(second.response.code == "already_retried");
    CHECK(first.ticket > 0);
    CHECK(second.ticket >= first.ticket);
    REQUIRE((*node)->await(second.ticket));
    REQUIRE((*node)->settle());
    REQUIRE((*node)->close());
  }

  TEST_CASE("DL-2: of two that look at a dead letter before either tries it again, one does") {
    TempFolder folder;
    REQUIRE(Node::create(folder.path(), {.partitions = 1, .key_seed = "test"}));
    const auto node = Node::open(folder.path(), {.key_seed = "test"});
    REQUIRE(node);
    REQUIRE(handle(**node, {.op = Request::Op::facts, .items = {R"({"id":"no record"})"}, .args = {{"anyway", "1"}}}).accepted == 1);
    REQUIRE((*node)->settle());
    const TopicPartition inbox{topics::crm_events, Partition{0}};
    const Offset before = (*node)->log().end(inbox);
    const Position letter{*(*node)->log().topics().find("crm.events.dlq"), Partition{0}, Offset{0}};
    const auto tried = [&](const AppendUnless& append) {
      return retry((*node)->log(), append, (*node)->operator_key(), (*node)->keys(), letter, (*node)->now_ms()).code;
    };
    const AppendUnless first = [&](const NewRecord& record, const IsThere& is_there) { return (*node)->append_unless(record, is_there); };
    const AppendUnless second = [&](const NewRecord& record, const IsThere& is_there) {
      CHECK(tried(first).empty());
      return (*node)->append_unless(record, is_there);
    };
    CHECK(tried(second) == "already_retried");
    CHECK((*node)->log().end(inbox) == before + 1);
    REQUIRE((*node)->settle());
    REQUIRE((*node)->close());
  }
}

}  // namespace millrace::node
