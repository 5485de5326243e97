#include "log/kafka/headers.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/property/property.h"

namespace millrace::log::kafka {
namespace {

const TopicTable& topics() {
  static const TopicTable table({{"control", 1}, {"crm.events", 4}, {"leads.scored", 4}});
  return table;
}
constexpr TopicId control{0}, events{1}, scored{2};

Position at(TopicId topic, std::uint16_t partition, std::int64_t offset) {
  return {topic, Partition{partition}, Offset{offset}};
}

std::map<std::string, std::string> encoded(const Headers& headers) {
  const HeaderCodec codec(topics());
  HeaderCodec::Encoded out;
  codec.encode(headers, out);
  std::map<std::string, std::string> all;
  for (const auto& [name, value] : out) all.emplace(name, value);
  CHECK(all.size() == out.count);
  return all;
}

Headers decoded(std::initializer_list<HeaderCodec::Text> list) {
  const HeaderCodec codec(topics());
  Headers headers;
  for (const auto& [name, value] : list) codec.decode(name, value, headers);
  return headers;
}

bool same(const Headers& a, const Headers& b) {
  return a.hop == b.hop && a.broadcast == b.broadcast && a.moved == b.moved && a.cause == b.cause && a.root == b.root &&
         a.set_by == b.set_by && a.origin == b.origin;
}

}  // namespace

TEST_SUITE_BEGIN("log/kafka headers");

TEST_CASE("a fact at the front door carries no header at all") { CHECK(encoded({}).empty()); }

TEST_CASE("an output carries its chain in one header, by names without prefix") {
  Headers h;
  h.hop = 2;
  h.cause = at(scored, 1, 17);
  h.root = at(events, 0, 5);
  CHECK(encoded(h) == std::map<std::string, std::string>{{"x-millrace-chain", "2 leads.scored/1/17 crm.events/0/5"}});
  h.set_by = at(control, 0, 0);
  CHECK(encoded(h).at("x-millrace-chain") == "2 leads.scored/1/17 crm.events/0/5 control/0/0");
  h.cause = {};
  CHECK(encoded(h).at("x-millrace-chain") == "2 - crm.events/0/5 control/0/0");
}

TEST_CASE("marks and origin have headers of their own, as the conventions name them") {
  Headers h;
  h.broadcast = h.moved = true;
  h.origin = at(events, 3, 9'000'000'000);
  CHECK(encoded(h) == std::map<std::string, std::string>{{"x-millrace-broadcast", "1"},
                                                         {"x-millrace-moved", "1"},
                                                         {"x-millrace-origin", "crm.events/3/9000000000"}});
}

TEST_CASE("KH-1: what is encoded is decoded") {
  holds([] {
    const auto place = [] {
      if (*rc::gen::inRange(0, 4) == 0) return Position{};
      const TopicId topic{*rc::gen::inRange<std::uint8_t>(0, 3)};
      return Position{topic, Partition{*rc::gen::inRange<std::uint16_t>(0, topics().partitions(topic))},
                      Offset{*rc::gen::inRange<std::int64_t>(0, INT64_MAX)}};
    };
    Headers h;
    h.hop = *rc::gen::arbitrary<std::uint8_t>();
    h.broadcast = *rc::gen::arbitrary<bool>();
    h.moved = *rc::gen::arbitrary<bool>();
    h.cause = place();
    h.root = place();
    h.set_by = place();
    h.origin = place();
    const HeaderCodec codec(topics());
    HeaderCodec::Encoded out;
    codec.encode(h, out);
    Headers back;
    for (const auto& [name, value] : out) RC_ASSERT(codec.decode(name, value, back));
    RC_ASSERT(same(h, back));
  });
}

TEST_CASE("KH-2: a malformed header counts as absent") {
  for (const char* bad :
       {"", " ", "2", "2 crm.events/0/5", "x - -", "-1 - -", "256 - -", "2  - -", "2 - - ", " 2 - -", "2 - - - -",
        "2 crm.events/0 -", "2 crm.events//5 -", "2 crm.events/0/ -", "2 crm.events/0/-5 -", "2 crm.events/-1/5 -",
        "2 crm.events/4/5 -", "2 no.topic/0/5 -", "2 crm.events/0/99999999999999999999 -", "2 crm.events/65536/5 -",
        "2 - crm.events/0/5x", "2 - crm.events/0/5/6", "2 /0/5 -", "2 - - x"}) {
    CAPTURE(bad);
    CHECK(same(decoded({{"x-millrace-chain", bad}}), {}));
  }
  for (const char* bad : {"", "0", "true", "11", "1 "}) {
    CHECK_FALSE(decoded({{"x-millrace-broadcast", bad}}).broadcast);
    CHECK_FALSE(decoded({{"x-millrace-moved", bad}}).moved);
  }
  for (const char* bad : {"", "crm.events", "crm.events/0/5 ", "no.topic/0/1", "crm.events/9/1"})
    CHECK_FALSE(decoded({{"x-millrace-origin", bad}}).origin.known());
}

TEST_CASE("KH-2: of a repeated header the first that is well-formed counts") {
  const Headers h = decoded({{"x-millrace-chain", "broken"},
                             {"x-millrace-chain", "1 crm.events/0/5 crm.events/0/5"},
                             {"x-millrace-chain", "9 - crm.events/1/6"},
                             {"x-millrace-origin", "crm.events/0/1"},
                             {"x-millrace-origin", "crm.events/0/2"}});
  CHECK(h.hop == 1);
  CHECK(h.root == at(events, 0, 5));
  CHECK(h.origin == at(events, 0, 1));
}

TEST_CASE("other headers are left alone") {
  const HeaderCodec codec(topics());
  Headers h;
  for (const char* name : {"", "traceparent", "ce_id", "content-type", "x-millrace-", "x-millrace-new", "X-Millrace-Moved"})
    CHECK_FALSE(codec.decode(name, "1", h));
  CHECK(same(h, {}));
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
