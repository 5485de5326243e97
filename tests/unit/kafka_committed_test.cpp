#include "log/kafka/committed.h"

#include <doctest/doctest.h>

#include "log/kafka/request_watch.h"

namespace millrace::log::kafka {

TEST_SUITE("log/kafka") {
  TEST_CASE("KC-1: a position comes back from the metadata of its offset as it was written") {
    TaskPosition p;
    p.cursor = 3;
    p.digest = 0xfedcba9876543210u;
    p.now_ms = -5;
    p.folded = 1;
    p.duplicates = 2;
    p.ignored = 3;
    p.dead_letters = 4;
    p.forwarded = 5;
    const auto back = decode_committed(encode_committed(p, "env", "ns/instance/0"));
    REQUIRE(back);
    CHECK(back->position == p);
    CHECK(back->environment == "env");
    CHECK(back->transactional_id == "ns/instance/0");
    CHECK(decode_committed(encode_committed(p, "", ""))->environment.empty());
  }

  TEST_CASE("KC-1: text of another make is not taken for a position") {
    const std::string good = encode_committed({}, "env", "id");
    for (const std::string& text : {std::string(), std::string("committed by hand"), good + " more", good.substr(3), "v2" + good.substr(2),
                                    "v1 x" + good.substr(4)})
      CHECK_MESSAGE(!decode_committed(text), text);
  }

  TEST_CASE("RW-1: a request sent again before its answer is torn, until reset; one after its answer is not") {
    RequestWatch watch;
    for (const int kind : {25, 28, 26}) {
      watch.sent(kind);
      watch.answered(kind);
    }
    CHECK(!watch.torn());
    watch.sent(3);  // Metadata: may be under way as often as it likes
    watch.sent(3);
    CHECK(!watch.torn());
    watch.sent(26);
    watch.sent(26);
    watch.answered(26);
    watch.answered(26);
    CHECK(watch.torn());
    watch.reset();
    CHECK(!watch.torn());
  }
}

}  // namespace millrace::log::kafka
