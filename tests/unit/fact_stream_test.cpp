#include "connect/fact_stream.h"

#include <doctest/doctest.h>

#include <sstream>

namespace millrace::connect {
namespace {

// "line:text" of every item, "line!" of one that is too large.
std::vector<std::string> items_of(const std::string& text) {
  std::istringstream in(text);
  FactStream stream(in);
  std::vector<std::string> all;
  for (FactStream::Item item;;) {
    const auto more = stream.next(item);
    REQUIRE(more);
    if (!*more) return all;
    all.push_back(std::to_string(item.line) + (item.too_large ? "!" : ":" + item.text));
  }
}
using Items = std::vector<std::string>;

}  // namespace

TEST_SUITE_BEGIN("connect/fact_stream");

TEST_CASE("FS-1: lines are items, blank ones are not, and the last needs no end") {
  CHECK(items_of("").empty());
  CHECK(items_of("\n  \n\r\n").empty());
  CHECK(items_of("{\"a\":1}\n\n{\"b\":2}\r\n{\"c\":3}") == Items{"1:{\"a\":1}", "3:{\"b\":2}", "4:{\"c\":3}"});
  CHECK(items_of(std::string("{\"a\":\"\0\"}\n{}\n", 13)) == Items{std::string("1:{\"a\":\"\0\"}", 11), "2:{}"});
}

TEST_CASE("a byte order mark is no part of the first item") {
  CHECK(items_of("\xEF\xBB\xBF{\"a\":1}\n{\"b\":2}\n") == Items{"1:{\"a\":1}", "2:{\"b\":2}"});
  CHECK(items_of("\xEF\xBB\xBF[{\"a\":1}]") == Items{"1:{\"a\":1}"});
}

TEST_CASE("UTF-16 is told as what it is") {
  std::istringstream in(std::string("\xFF\xFE{\0\"\0", 6));
  FactStream stream(in);
  FactStream::Item item;
  const auto more = stream.next(item);
  REQUIRE_FALSE(more);
  CHECK(more.fault().code == "not_utf8");
}

TEST_CASE("an event over several lines is one item, beside others on one line") {
  CHECK(items_of("{\n  \"a\": {\n    \"b\": \"}\"\n  }\n}\n{\"c\":1}\n{ \"d\":1,\n  \"e\":2}\n") ==
        Items{"1:{\n  \"a\": {\n    \"b\": \"}\"\n  }\n}", "6:{\"c\":1}", "7:{ \"d\":1,\n  \"e\":2}"});
}

TEST_CASE("FS-1: a record that was cut does not take the next ones with it") {
  CHECK(items_of("{\"a\":1,\n{\"b\":2}\n{\"c\":3}\n") == Items{"1:{\"a\":1,", "2:{\"b\":2}", "3:{\"c\":3}"});
  CHECK(items_of("{\"a\":\"tru\n{\"b\":2}\n") == Items{"1:{\"a\":\"tru", "2:{\"b\":2}"});
  CHECK(items_of("{\n\"a\":\n") == Items{"1:{", "2:\"a\":"});
  CHECK(items_of("}\n]\nnull\n") == Items{"1:}", "2:]", "3:null"});
}

TEST_CASE("an array gives its elements, however it is printed") {
  CHECK(items_of("[]").empty());
  CHECK(items_of("[\n]\n").empty());
  CHECK(items_of("[{\"a\":\"],[\"},{\"b\":[1,{}]}]\n") == Items{"1:{\"a\":\"],[\"}", "1:{\"b\":[1,{}]}"});
  CHECK(items_of("[\n  {\"a\": 1},\n  {\n    \"b\": 2\n  }\n]\n") == Items{"2:{\"a\": 1}", "3:{\n    \"b\": 2\n  }"});
  CHECK(items_of("[{\"a\":1},{\"b\":") == Items{"1:{\"a\":1}", "1:{\"b\":"});
  CHECK(items_of("[{\"a\":1}]\n{\"b\":2}\n") == Items{"1:{\"a\":1}", "2:{\"b\":2}"});
  CHECK(items_of("[{\"a\":1}] {\"b\":2}\n") == Items{"1:{\"a\":1}", "1: {\"b\":2}"});
}

TEST_CASE("brackets that hold no objects are a line like another") {
  CHECK(items_of("[[[[\n{\"a\":1}\n") == Items{"1:[[[[", "2:{\"a\":1}"});
  CHECK(items_of("[1,2]\n{\"a\":1}\n") == Items{"1:[1,2]", "2:{\"a\":1}"});
  CHECK(items_of("[\n\n1]\n") == Items{"1:[", "3:1]"});
}

TEST_CASE("FS-2: what is too large is passed over, and what follows is read") {
  const std::string large(3 * FactStream::kItemMax, 'x'), fits(FactStream::kItemMax, 'y');
  CHECK(items_of(large + "\n{\"a\":1}\n") == Items{"1!", "2:{\"a\":1}"});
  CHECK(items_of("{\"a\":1}\n" + large) == Items{"1:{\"a\":1}", "2!"});
  CHECK(items_of(fits + "\n{}\n") == Items{"1:" + fits, "2:{}"});
  CHECK(items_of("[{\"a\":\"" + large + "\"},{\"b\":2}]") == Items{"1!"});  // of a line that long nothing is kept
  CHECK(items_of("[\n{\"a\":\"" + std::string(FactStream::kItemMax - 20, 'x') + "\",\n\"b\":\"" + std::string(100, 'x') + "\"},\n{\"c\":2}]") ==
        Items{"2!", "4:{\"c\":2}"});
}

TEST_CASE("FS-1: whatever way a file of lines is cut, its other lines are given as they are") {
  const std::string good = "{\"id\":\"e1\",\"data\":{\"list\":[1,2],\"text\":\"a\\\"b\"}}";
  for (std::size_t at = 1; at < good.size(); ++at) {
    const Items items = items_of(good.substr(0, at) + "\n" + good + "\n" + good + "\n");
    REQUIRE(items.size() == 3);
    CHECK(items[1] == "2:" + good);
    CHECK(items[2] == "3:" + good);
  }
}

TEST_SUITE_END();

}  // namespace millrace::connect
