// Whatever bytes lie in a journal's files: opening and reading them ends, in records or in a fault, and touches nothing
// outside. A checksum keeps chance away from the decoders behind it, so most inputs are put into blocks whose checksums
// hold.
//
// The first byte of an input says what the rest is:
//   'S'  a segment file as it is                 'N'  a namespace file
//   'F'  bodies of frames, 2 bytes of length before each, behind a good head
//   'H'  the body of a head                       'E'  the body of a foot, behind a good head and two good frames
//   'M'  a mark, beside a good log
#include <cstdint>
#include <string>
#include <string_view>

#include "log/embedded/bytes.h"
#include "log/embedded/mark.h"
#include "log/embedded/namespace.h"
#include "log/embedded/recovery.h"
#include "memory_files.h"

namespace millrace::log {
namespace {

constexpr std::uint32_t kSalt = 0x5a17;
const TopicTable kTopics({{"control", 1}, {"events", 2}});

std::string in_block(BlockKind kind, std::uint64_t number, std::uint64_t durable, std::string_view body) {
  std::string block(kBlockHeadBytes, '\0');
  block += body;
  block.resize(block.size() + kBlockTailBytes);
  close_block(block.data(), {kind, static_cast<std::uint32_t>(block.size()), number, durable}, kSalt);
  return block;
}

std::string good_head(std::uint64_t first) {
  return encode_head({std::vector<std::int64_t>(3, 0), {}, {}}, first, 0, kSalt);
}

std::string good_frames() {
  const PartitionIndex index(kTopics);
  FrameEncoder encoder(index, kSalt);
  std::vector<std::int64_t> ends(index.size(), 0);
  std::vector<Offset> offsets;
  std::vector<PlacedChunk> chunks;
  std::string all;
  for (std::uint64_t number = 1; number <= 2; ++number) {
    const TopicPartition to{TopicId{1}, Partition{1}};
    Frame frame{{{to, 1}}, {{to, 5, "key", "value", {}}, {to, 4, "key", "value", {}}}, "env"};
    std::string block(FrameEncoder::bound(frame), '\0');
    block.resize(encoder.encode(frame, number, 0, ends, offsets, chunks, block.data()));
    all += block;
  }
  return all;
}

void read_everything(MemoryFiles& files, const Mark& mark, Access access) {
  Catalog catalog(kTopics, kSalt);
  const auto loaded = load_segments(files, "log", catalog, mark, access);
  if (!loaded) return;
  Batch batch;
  for (std::size_t i = 0; i < catalog.index().size(); ++i) {
    const TopicPartition tp = catalog.index().at(i);
    std::int64_t steps = 0;
    for (Offset at = catalog.start(tp); at < catalog.end(tp) && ++steps < 1000;) {
      if (!catalog.fetch(tp, at, 100, 1000, batch) || batch.records.empty()) break;
      at = batch.records.back().at.offset + 1;
    }
    (void)catalog.fetch(tp, catalog.end(tp) + -1, 1, 1, batch);
    (void)catalog.offset_at(tp, 5);
    (void)catalog.offset_at(tp, INT64_MIN);
  }
  (void)catalog.all_committed();
}

void read_log(const std::string& segment, const Mark& mark) {
  for (const Access access : {Access::follow, Access::write}) {
    MemoryFiles files;
    files.files["log/" + Segment::name_of(1)] = segment;
    read_everything(files, mark, access);
  }
}

}  // namespace

int journal_fuzz(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const char kind = static_cast<char>(data[0]);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (kind == 'S') {
    read_log(std::string(rest), {});
  } else if (kind == 'N') {
    (void)decode_namespace(rest, "namespace");
  } else if (kind == 'F') {
    std::string segment = good_head(1);
    for (std::uint64_t number = 1; rest.size() >= 2; ++number) {
      const auto length = get_fixed<std::uint16_t>(rest.data());
      rest.remove_prefix(2);
      segment += in_block(BlockKind::frame, number, 0, rest.substr(0, length));
      rest.remove_prefix(std::min<std::size_t>(length, rest.size()));
    }
    read_log(segment, {});
  } else if (kind == 'H') {
    read_log(in_block(BlockKind::head, 1, 0, rest) + good_frames(), {});
  } else if (kind == 'E') {
    std::string body(rest);
    body.resize(body.size() + 4);
    put_fixed(body.data() + body.size() - 4,
              static_cast<std::uint32_t>(kBlockHeadBytes + body.size() + kBlockTailBytes));
    read_log(good_head(1) + good_frames() + in_block(BlockKind::foot, 2, 2, body), {2, 2});
  } else if (kind == 'M') {
    MemoryFiles files;
    files.files["log/published"] = rest;
    files.files["log/" + Segment::name_of(1)] = good_head(1) + good_frames();
    const auto mark = MarkFile::open_to_read(files, "log");
    if (mark) read_everything(files, mark->read(), Access::write);
  }
  return 0;
}

}  // namespace millrace::log

#ifdef MILLRACE_FUZZ

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return millrace::log::journal_fuzz(data, size);
}

#else

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace millrace::log {
namespace {

const std::string kCorpus = std::string(MILLRACE_TEST_DIR) + "/fuzz/corpus/journal";

// Inputs that reach each decoder from its good side; a fuzzer goes on from there.
void write_corpus() {
  const std::string frames = good_frames();
  const std::string first = frames.substr(0, get_fixed<std::uint32_t>(frames.data() + 8));
  const std::string body(block_body(first));
  char length[2];
  put_fixed(length, static_cast<std::uint16_t>(body.size()));

  MemoryFiles none;
  Segment segment(none, "log", 1);
  segment.last_number = 2;
  Column column{2, 0, 4, 5};
  const std::uint32_t head = static_cast<std::uint32_t>(good_head(1).size());
  const std::uint32_t second = head + static_cast<std::uint32_t>(first.size());
  const auto chunk_in = [&](std::string_view block) {
    return static_cast<std::uint32_t>(read_frame(block_body(block))->chunk_bytes.data() - block.data());
  };
  column.entries = {{0, 5, head + chunk_in(first), head}, {2, 5, second + chunk_in(frames.substr(first.size())), second}};
  segment.columns = {column};
  const std::string foot = encode_foot(segment, {{0, 0, 4}, {}, "env"}, 2, kSalt);

  const std::map<std::string, std::string> inputs = {
      {"segment", "S" + good_head(1) + frames + foot},
      {"segment-torn", "S" + good_head(1) + frames.substr(0, frames.size() - 3)},
      {"frames", "F" + std::string(length, 2) + body},
      {"head", "H" + std::string(block_body(good_head(1)))},
      {"foot", "E" + std::string(block_body(foot).substr(0, block_body(foot).size() - 4))},
      {"namespace", "N" + encode_namespace({"id", Clock::wall, Durability::os, "0.1.0", kTopics, {{"a", "b"}}})},
      {"mark", "M" + std::string(16, '\0')},
  };
  std::filesystem::create_directories(kCorpus);
  for (const auto& [name, input] : inputs) std::ofstream(kCorpus + "/" + name, std::ios::binary) << input;
}

}  // namespace

TEST_SUITE_BEGIN("log/embedded fuzz");

// MILLRACE_WRITE_CORPUS=1 makes the inputs anew after a change of the format. What a fuzzer grew from them is grown-*.
TEST_CASE("every input of the corpus, and each of them with any byte changed, is read to an end") {
  if (std::getenv("MILLRACE_WRITE_CORPUS")) write_corpus();  // NOLINT(concurrency-mt-unsafe)
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kCorpus)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::string input{std::istreambuf_iterator<char>(in), {}};
    ++inputs;
    const auto run = [&] { journal_fuzz(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()); };
    run();
    if (entry.path().filename().string().starts_with("grown-")) continue;  // a fuzzer made it by such changes
    for (std::size_t i = 0; i < std::min<std::size_t>(input.size(), 2000); ++i)
      for (const char change : {'\x01', '\x80', '\xff'}) {
        input[i] = static_cast<char>(input[i] ^ change);
        run();
        input[i] = static_cast<char>(input[i] ^ change);
      }
  }
  CHECK(inputs >= 7);
}

TEST_SUITE_END();

}  // namespace millrace::log

#endif
