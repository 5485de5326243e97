// How an instance follows the topic of the keys.
#include "node/keys_log.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/contract/temp_folder.h"
#include "tests/simulation/broker_model.h"

namespace millrace::node {

TEST_SUITE("node/keys_log") {
  TEST_CASE("KL-2 KL-3: rows are read once, and all of them again when the topic ends before where it was read to") {
    TempFolder folder;
    const std::string noted = folder.path() + "/followed";
    test::BrokerModel broker(TopicTable({{"keys", 1}}));
    const auto read = [&] {
      KeysLog log(broker, [] { return Result<void>(); }, TopicId{0}, noted);
      std::vector<std::string> keys;
      REQUIRE(log.follow([&](const std::vector<state::KvWrite>& rows) {
        for (const state::KvWrite& row : rows) keys.push_back(row.key);
        return Result<void>();
      }));
      CHECK(log.next() == broker.end({TopicId{0}, Partition{0}}));
      return keys;
    };
    using Keys = std::vector<std::string>;
    for (const char* key : {"n/acme/one", "n/acme/two"}) broker.write({{TopicId{0}, Partition{0}}, 0, key, "row", {}});
    CHECK(read() == Keys{"n/acme/one", "n/acme/two"});
    CHECK(read() == Keys{});
    std::ofstream(noted) << "7\n";  // of a topic that is gone
    CHECK(read() == Keys{"n/acme/one", "n/acme/two"});
    broker.write({{TopicId{0}, Partition{0}}, 0, "n/acme/three", "row", {}});
    CHECK(read() == Keys{"n/acme/three"});
  }
}

}  // namespace millrace::node
