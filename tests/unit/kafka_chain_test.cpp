// Which records of the open batch follow on what was delivered: offsets only.
#include <doctest/doctest.h>

#include "log/kafka/chain.h"

namespace millrace::log::kafka {

namespace {

const TopicTable kChainTopics({{"in", 2}, {"out", 2}});
constexpr TopicPartition kChainIn{TopicId{0}, Partition{0}}, kChainOther{TopicId{0}, Partition{1}};

// A partition that is ours, delivered up to `next`.
struct ChainAt : Chain {
  explicit ChainAt(std::int64_t next) : Chain(kChainTopics) {
    own(kChainIn);
    resume(kChainIn, Offset{next});
  }
  std::vector<std::int64_t> taken() {
    std::vector<Ready> ready;
    take(ready);
    std::vector<std::int64_t> offsets;
    for (const Ready& one : ready) offsets.push_back(one.offset);
    return offsets;
  }
  void write(std::initializer_list<std::int64_t> offsets) {
    for (const std::int64_t offset : offsets) wrote(kChainIn, offset, 0);
  }
};
using Offsets = std::vector<std::int64_t>;

}  // namespace

TEST_SUITE("log/kafka/chain") {
  TEST_CASE("CA-2: records at the next offsets follow, in order") {
    ChainAt chain(5);
    chain.write({5, 6, 7});
    CHECK(chain.taken() == Offsets{5, 6, 7});
    CHECK(chain.taken().empty());
  }

  TEST_CASE("CA-2: between two of our transactions lies our marker, and the chain goes on behind it") {
    ChainAt chain(5);
    chain.write({5, 6});
    CHECK(chain.taken() == Offsets{5, 6});
    chain.ended(true);
    chain.write({8});
    CHECK(chain.taken() == Offsets{8});
  }

  TEST_CASE("CA-2: one offset that may be another's is a gap") {
    ChainAt chain(5);
    chain.write({6});
    CHECK(chain.taken().empty());
    ChainAt later(5);
    later.write({5});
    CHECK(later.taken() == Offsets{5});
    later.ended(true);
    CHECK(later.lane(kChainIn)->take(6));  // another's: our marker lies behind it
    later.write({8});
    CHECK(later.taken().empty());
  }

  TEST_CASE("CA-2: a record waits for what comes from the topic before it") {
    ChainAt chain(5);
    chain.write({6, 7});
    CHECK(chain.taken().empty());
    CHECK(chain.lane(kChainIn)->take(5));
    CHECK(chain.taken() == Offsets{6, 7});
  }

  TEST_CASE("CA-1: what was delivered from memory is not taken from the topic, what was given up is") {
    ChainAt chain(5);
    chain.write({5, 9});
    CHECK(chain.taken() == Offsets{5});
    chain.ended(true);
    CHECK(!chain.lane(kChainIn)->take(5));
    CHECK(chain.lane(kChainIn)->take(9));
    CHECK(!chain.lane(kChainIn)->take(9));
    chain.write({11});  // read back up to our last record, so that only its marker lies between
    CHECK(chain.taken() == Offsets{11});
  }

  TEST_CASE("CA-3: a report without an offset, and an end that nobody told, leave a gap") {
    ChainAt chain(5);
    chain.write({-1, 6});
    CHECK(chain.taken().empty());
    ChainAt torn(5);
    torn.write({5});
    CHECK(torn.taken() == Offsets{5});
    torn.ended(false);
    torn.write({7});
    CHECK(torn.taken().empty());
  }

  TEST_CASE("CA-1: partitions of others, and those that are not resumed, give nothing") {
    Chain chain(kChainTopics);
    CHECK(!chain.lane(kChainIn));
    chain.own(kChainOther);
    chain.wrote(kChainIn, 0, 0);
    chain.wrote(kChainOther, 0, 0);
    std::vector<Chain::Ready> ready;
    chain.take(ready);
    CHECK(ready.empty());
    CHECK(!chain.lane(kChainOther)->take(0));
    chain.disown_all();
    CHECK(!chain.is_ours(kChainOther));
  }
}

}  // namespace millrace::log::kafka
