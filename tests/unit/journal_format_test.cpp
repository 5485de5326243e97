#include <doctest/doctest.h>

#include <algorithm>
#include <climits>
#include <limits>

#include "log/embedded/bytes.h"
#include "log/embedded/frame.h"
#include "log/embedded/namespace.h"
#include "log/embedded/segment.h"

namespace millrace::log {
namespace {

constexpr std::uint32_t kSalt = 0x5a17;
const TopicTable kTopics({{"control", 1}, {"events", 4}});

struct Encoded {
  PartitionIndex index{kTopics};
  FrameEncoder encoder{index, kSalt};
  std::vector<std::int64_t> ends = std::vector<std::int64_t>(index.size(), 0);
  std::vector<Offset> offsets;
  std::vector<PlacedChunk> chunks;
  std::string block;

  void encode(const Frame& frame) {
    block.assign(FrameEncoder::bound(frame), '\xcc');
    chunks.clear();
    block.resize(encoder.encode(frame, 42, 41, ends, offsets, chunks, block.data()));
  }
};

}  // namespace

TEST_SUITE_BEGIN("log/embedded format");

TEST_CASE("varints of every length come back, and one that is cut or too long does not") {
  for (int bit = 0; bit < 64; ++bit)
    for (const std::uint64_t v : {std::uint64_t{1} << bit, (std::uint64_t{1} << bit) - 1, ~std::uint64_t{0} >> bit}) {
      char bytes[kVarintMax];
      char* const end = put_varint(bytes, v);
      std::uint64_t back = 0;
      CHECK(get_varint(bytes, end, back) == end);
      CHECK(back == v);
      CHECK(get_varint(bytes, end - 1, back) == nullptr);
    }
  const std::string too_long(11, '\x80');
  std::uint64_t unused = 0;
  CHECK(get_varint(too_long.data(), too_long.data() + too_long.size(), unused) == nullptr);
  for (const std::int64_t v : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, INT64_MIN, INT64_MAX})
    CHECK(unzigzag(zigzag(v)) == v);
  CHECK(zigzag(-1) == 1);
}

TEST_CASE("a frame's block decodes to its positions, environment and chunks in order of topic partition") {
  const TopicPartition e0{TopicId{1}, Partition{0}}, e3{TopicId{1}, Partition{3}}, c0{TopicId{0}, Partition{0}};
  Encoded e;
  e.ends[e.index[e3]] = 1'000;
  const TaskPosition position{e0, -7, 1, 2, -3, 4, 5, 6, 7, 8};
  e.encode({{position}, {{e3, 5, "a", "1", {}}, {c0, 6, "b", "2", {}}, {e3, 4, "c", "3", {}}}, "env"});

  const auto head = read_block_head(e.block, kSalt);
  REQUIRE(head.has_value());
  CHECK(head->number == 42);
  CHECK(head->durable == 41);
  CHECK(head->length == e.block.size());
  REQUIRE(block_is_whole(e.block, kSalt));
  const auto frame = read_frame(block_body(e.block));
  REQUIRE(frame.has_value());
  CHECK(frame->positions == std::vector<TaskPosition>{position});
  CHECK(frame->environment == "env");
  CHECK(frame->chunks == 2);
  const auto first = read_chunk(frame->chunk_bytes);
  REQUIRE(first.has_value());
  CHECK(first->tp == c0);
  const auto second = read_chunk(frame->chunk_bytes.substr(first->bytes()));
  REQUIRE(second.has_value());
  CHECK(second->tp == e3);
  CHECK(second->base == 1'000);
  CHECK(second->count == 2);
  CHECK(second->lowest == 4);
  CHECK(second->highest == 5);
  CHECK(e.offsets == std::vector<Offset>{Offset{1'000}, Offset{0}, Offset{1'001}});
  CHECK(e.ends[e.index[e3]] == 1'002);

  RecordReader records(*second);
  Record r;
  REQUIRE(records.next(r));
  CHECK(r.at == Position{e3.topic, e3.partition, Offset{1'000}});
  CHECK(r.value == "1");
  CHECK(r.value.data() > e.block.data());  // FR-2: a view, not a copy
  REQUIRE(records.next(r));
  CHECK(r.timestamp == 4);
  CHECK_FALSE(records.next(r));
  CHECK_FALSE(records.broken());
}

TEST_CASE("FR-1: chunks are cut at their limit, timestamps at both ends of the range fit") {
  Encoded e;
  Frame frame;
  for (std::uint32_t i = 0; i < 2 * kChunkRecords + 1; ++i)
    frame.records.push_back({{TopicId{1}, Partition{2}}, i % 2 ? INT64_MAX : INT64_MIN, "", "", {}});
  e.encode(frame);
  REQUIRE(e.chunks.size() == 3);
  CHECK(e.chunks[1].base == kChunkRecords);
  CHECK(e.chunks[2].count == 1);
  const auto chunk = read_chunk(std::string_view(e.block).substr(e.chunks[0].at));
  REQUIRE(chunk.has_value());
  RecordReader records(*chunk);
  Record r;
  REQUIRE(records.next(r));
  CHECK(r.timestamp == INT64_MIN);
  REQUIRE(records.next(r));
  CHECK(r.timestamp == INT64_MAX);
}

TEST_CASE("an encoder gives the same bytes for the same frame, whatever it encoded before") {
  Encoded fresh, used;
  const Frame frame{{}, {{{TopicId{1}, Partition{1}}, 9, "k", "v", {}}}, ""};
  used.encode({{}, {{{TopicId{1}, Partition{0}}, 9, "k", "v", {}}, {{TopicId{0}, Partition{0}}, 1, "", "", {}}}, ""});
  fresh.encode(frame);
  used.encode(frame);
  CHECK(fresh.block == used.block);
}

TEST_CASE("BL-1: a block is read with its own salt only, and any flipped bit of it is seen") {
  Encoded e;
  e.encode({{}, {{{TopicId{1}, Partition{1}}, 9, "key", "value", {}}}, ""});
  CHECK_FALSE(read_block_head(e.block, kSalt + 1).has_value());
  CHECK_FALSE(block_is_whole(e.block, kSalt + 1));
  for (std::size_t bit = 0; bit < e.block.size() * 8; ++bit) {
    std::string flipped = e.block;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const auto head = read_block_head(flipped, kSalt);
    CHECK_FALSE((head && head->length == flipped.size() && block_is_whole(flipped, kSalt)));
  }
}

TEST_CASE("FR-2: decoding bytes that are cut anywhere ends, without a record that was not there") {
  Encoded e;
  Headers full;
  full.hop = 3;
  full.cause = full.root = full.set_by = full.origin = {TopicId{1}, Partition{300}, Offset{INT64_MAX}};
  e.encode({{}, {{{TopicId{1}, Partition{1}}, 9, "key", "value", full}, {{TopicId{1}, Partition{1}}, 9, "k", "v", full}}, ""});
  const auto chunk = read_chunk(std::string_view(e.block).substr(e.chunks[0].at));
  REQUIRE(chunk.has_value());
  for (std::size_t size = 0; size < chunk->records.size(); ++size) {
    Chunk cut = *chunk;
    cut.records = cut.records.substr(0, size);
    RecordReader records(cut);
    Record r;
    int count = 0;
    while (records.next(r)) ++count;
    CHECK(count < 2);
    CHECK(records.broken());
  }
}

TEST_CASE("a segment's name tells its first frame, and other names are no segments") {
  CHECK(Segment::name_of(1) == "00000000000000000001.journal");
  CHECK(Segment::number_in(Segment::name_of(UINT64_MAX)) == UINT64_MAX);
  for (const std::string_view name : {"lock", "published", "1.journal", "0000000000000000000x.journal",
                                      "00000000000000000001.journal.new", "99999999999999999999.journal", ""})
    CHECK(Segment::number_in(name) == 0);
}

TEST_CASE("NS-2: a namespace file comes back as it was; damaged or newer it is refused") {
  Namespace ns{"abc-1", Clock::history, Durability::os, "0.1.0", kTopics, {{"engine.round", "1000"}}};
  const std::string text = encode_namespace(ns);
  const auto back = decode_namespace(text, "file");
  REQUIRE(back);
  CHECK(back->id == "abc-1");
  CHECK(back->clock == Clock::history);
  CHECK(back->durability == Durability::os);
  CHECK(back->topics.size() == 2);
  CHECK(back->topics[TopicId{1}].partitions == 4);
  CHECK(back->fixed == ns.fixed);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string flipped = text;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    CHECK_FALSE(decode_namespace(flipped, "file"));
    CHECK_FALSE(decode_namespace(text.substr(0, at), "file"));
  }
  ns.id.clear();
  CHECK_FALSE(decode_namespace(encode_namespace(ns), "file"));
}

TEST_SUITE_END();

}  // namespace millrace::log
