// The live loop of `run`, with a backlog before it.
#include "node/server.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <chrono>
#include <optional>

#include "node/socket.h"
#include "state/codec.h"
#include "tests/contract/temp_folder.h"

namespace millrace::node {

TEST_SUITE("node/server") {
  TEST_CASE("SV-1: who asks in the middle of a long backlog is answered before it is folded, and who writes is answered too") {
    TempFolder folder;
    REQUIRE(Node::create(folder.path(), {.partitions = 1, .key_seed = "test"}));
    const auto node = Node::open(folder.path(), {.key_seed = "test"});
    REQUIRE(node);
    constexpr int kRounds = 30, kRound = 1000;
    Request backlog{.op = Request::Op::facts, .args = {{"anyway", "1"}}};
    for (int i = 0; i < kRound; ++i) backlog.items.push_back(R"({"id":"no record"})");
    for (int i = 0; i < kRounds; ++i) REQUIRE(handle(**node, backlog).accepted == kRound);
    Server server(**node);
    REQUIRE(server.open());

    Socket asks, writes;
    const auto send = [&](const Request& request) {
      auto socket = Socket::connect(socket_path(folder.path()));
      REQUIRE(socket);
      std::string message;
      state::encode(message, request);
      REQUIRE(socket->send(message));
      return *std::move(socket);
    };
    const auto answered = [](const Socket& socket) {
      pollfd look{socket.file(), POLLIN, 0};
      return ::poll(&look, 1, 0) == 1;
    };
    int turns = 0;
    std::optional<bool> in_the_backlog;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto ran = server.run([&] {
      if (++turns == 2) {
        REQUIRE(!(*node)->engine().idle());
        asks = send({.op = Request::Op::health});
        writes = send({.op = Request::Op::facts, .items = {R"({"id":"one more"})"}, .args = {{"anyway", "1"}}});
      }
      if (turns > 2 && !in_the_backlog && answered(asks)) in_the_backlog = !(*node)->engine().idle();
      const bool all = in_the_backlog && answered(writes) && (*node)->engine().idle();
      return !all && std::chrono::steady_clock::now() < until;
    });
    REQUIRE_MESSAGE(ran, ran.fault().message);
    REQUIRE(in_the_backlog);
    CHECK(*in_the_backlog);
    CHECK(answered(writes));
    REQUIRE((*node)->close());
  }
}

}  // namespace millrace::node
