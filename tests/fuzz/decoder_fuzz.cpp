// Whatever bytes lie in an inbox, its stage takes them or refuses them with a reason: envelopes, facts of the front door,
// operators' records and those of the stages. It never crashes, breaks an invariant or reads outside.
//
// The first byte of an input names the stage (tests/fuzz/stage_box.h); then records, one a line. The first byte of a line
// says how it comes: ' ' from a client or another stage, '*' a copy made by stage control, '!' an operator's record to be
// signed first, '+' no record: a day passes and timers fire. At the end ninety days pass.
#include <cstdint>
#include <string>
#include <string_view>

#include "stage_box.h"

namespace millrace::fuzz {

int decoder_fuzz(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const Stage& stage : kStages) {
    if (stage.letter != static_cast<char>(data[0])) continue;
    StageBox box(stage);
    for (int records = 0; !rest.empty() && records < 64; ++records) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (line.empty()) continue;
      if (line.front() == '!') box.take_signed(std::string(line.substr(1)));
      else if (line.front() == '+') box.wait(kDayMs, 100);
      else box.take(line.substr(1), line.front() == '*');
    }
    box.wait(90 * kDayMs, 200);
  }
  return 0;
}

}  // namespace millrace::fuzz

#ifdef MILLRACE_FUZZ

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return millrace::fuzz::decoder_fuzz(data, size);
}

#else

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace millrace::fuzz {
namespace {

namespace fs = std::filesystem;
const std::string kCorpus = std::string(MILLRACE_TEST_DIR) + "/fuzz/corpus/decoder";

std::string input_line(const nlohmann::json& record, bool broadcast, bool at_door) {
  const std::string type = record.value("type", "");
  if (at_door && type.starts_with("operator.")) {
    nlohmann::json unsigned_record = record;
    unsigned_record.erase("sig");
    return "!" + unsigned_record.dump();
  }
  return (broadcast ? "*" : " ") + record.dump();
}

// What golden scenarios put into each inbox: one input a type of record, and one a scenario with all of its records.
void write_corpus() {
  std::map<std::string, std::string> inputs;
  for (const auto& entry : fs::directory_iterator(std::string(MILLRACE_TEST_DIR) + "/golden")) {
    if (!entry.is_directory()) continue;
    std::ifstream lines(entry.path() / "out.jsonl");
    for (std::string line; std::getline(lines, line);) {
      const auto out = nlohmann::json::parse(line);
      if (!out.at("record").is_object()) continue;
      for (const Stage& stage : kStages) {
        if (topics::make_table(1)[stage.inbox].name != out.at("topic")) continue;
        const std::string text = input_line(out.at("record"), out.contains("copies"), stage.letter == 'h');
        const std::string type = out.at("record").value("type", "none");
        inputs.emplace(std::string(stage.name) + "-" + type, std::string(1, stage.letter) + text);
        std::string& all = inputs[std::string(stage.name) + "-story-" + entry.path().filename().string()];
        if (all.empty()) all = stage.letter;
        if (all.size() + text.size() < 12'000) all += text + "\n";
      }
    }
  }
  fs::create_directories(kCorpus);
  for (const auto& [name, input] : inputs) std::ofstream(kCorpus + "/" + name, std::ios::binary) << input;
}

}  // namespace

TEST_SUITE_BEGIN("topology fuzz");

// MILLRACE_WRITE_CORPUS=1 makes the inputs anew from the golden scenarios; those that a fuzzer found stay.
TEST_CASE("every input of the corpus, and each of them with bytes changed, is taken or refused") {
  if (std::getenv("MILLRACE_WRITE_CORPUS")) write_corpus();  // NOLINT(concurrency-mt-unsafe)
  std::size_t inputs = 0;
  for (const auto& entry : fs::directory_iterator(kCorpus)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::string input{std::istreambuf_iterator<char>(in), {}};
    ++inputs;
    const auto run = [&] { decoder_fuzz(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()); };
    run();
    if (entry.path().filename().string().find("-story-") != std::string::npos) continue;
    for (std::size_t i = 1; i < std::min<std::size_t>(input.size(), 1500); i += 11)
      for (const char change : {'\x01', '\x80'}) {
        input[i] = static_cast<char>(input[i] ^ change);
        run();
        input[i] = static_cast<char>(input[i] ^ change);
      }
  }
  CHECK(inputs >= 40);
}

TEST_SUITE_END();

}  // namespace millrace::fuzz

#endif
