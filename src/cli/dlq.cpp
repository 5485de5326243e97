// millrace dlq: the dead letters: what was refused, why, and another try after the cause is mended.
#include <unistd.h>

#include <cstdio>

#include "cli/app.h"
#include "cli/opened.h"
#include "cli/patience.h"
#include "cli/tail.h"
#include "core/json.h"
#include "core/time.h"
#include "node/reading.h"
#include "node/request.h"
#include "topology/wire/decode.h"

namespace millrace::cli {

namespace {

struct LetterData {
  std::string inbox, reason, detail, stage, record_id, tenant, type;
  static constexpr auto fields() {
    return FieldList{field("detail", &LetterData::detail), field("inbox", &LetterData::inbox),
                      field("reason", &LetterData::reason), field("record_id", &LetterData::record_id),
                      field("stage", &LetterData::stage),   field("tenant", &LetterData::tenant),
                      field("type", &LetterData::type)};
  }
};
struct Letter {
  LetterData data;
  std::string time;
  static constexpr auto fields() { return FieldList{field("data", &Letter::data), field("time", &Letter::time)}; }
};

// Calls `visit` for each dead letter of a topic (empty: of all).
Result<void> each_letter(const log::Reader& log, const std::string& only, const std::function<void(TopicPartition, const Record&)>& visit) {
  log::Batch batch;
  for (std::size_t i = 0; i < log.topics().size(); ++i) {
    const TopicId topic{static_cast<std::uint8_t>(i)};
    const std::string& name = log.topics()[topic].name;
    if (!name.ends_with(".dlq") || (!only.empty() && name != only)) continue;
    for (std::uint16_t p = 0; p < log.topics().partitions(topic); ++p) {
      const TopicPartition tp{topic, Partition{p}};
      for (Offset at = log.start(tp); at < log.end(tp); at = batch.next) {
        if (auto got = log.fetch(tp, at, 1000, 4 << 20, batch); !got) return got;
        for (const Record& record : batch.records) visit(tp, record);
      }
    }
  }
  return {};
}

// A dead letter as `dlq ls` gives it to a program: where it lies, which `dlq show` and `dlq retry` take, and what it says.
struct LetterLine {
  std::string detail, inbox, reason, record_id, stage, tenant, time, topic, type;
  std::int64_t offset = 0, partition = 0;
  static constexpr auto fields() {
    return FieldList{field("detail", &LetterLine::detail),       field("inbox", &LetterLine::inbox),
                      field("offset", &LetterLine::offset),       field("partition", &LetterLine::partition),
                      field("reason", &LetterLine::reason),       field("record_id", &LetterLine::record_id),
                      field("stage", &LetterLine::stage),         field("tenant", &LetterLine::tenant),
                      field("time", &LetterLine::time),           field("topic", &LetterLine::topic),
                      field("type", &LetterLine::type)};
  }
};

std::string json_line(const log::Reader& log, TopicPartition tp, const Record& record, const Letter& letter) {
  const LetterData& d = letter.data;
  return to_json(LetterLine{d.detail, d.inbox, d.reason, d.record_id, d.stage, d.tenant, letter.time, log.topics()[tp.topic].name, d.type,
                            record.at.offset.value, tp.partition.value});
}

Result<std::int64_t> list(const Globals& globals, const std::string& topic, const std::string& reason, std::size_t limit, bool json) {
  auto reading = node::Reading::open(globals.target());
  if (!reading) return reading.fault();
  const log::Reader& log = (*reading)->log();
  if (!topic.empty() && (!topic.ends_with(".dlq") || !log.topics().find(topic)))
    return fatal("unknown_topic", "there is no topic of dead letters " + topic + "; `millrace topology --topics` lists them: crm.events.dlq and its like");
  std::int64_t found = 0;
  auto done = each_letter(log, topic, [&](TopicPartition tp, const Record& record) {
    Letter letter;
    std::string problem;
    if (!wire::decode_text(record.value, letter, problem)) return;
    if (!reason.empty() && letter.data.reason != reason) return;
    if (++found > static_cast<std::int64_t>(limit)) return;
    if (json) {
      std::printf("%s\n", json_line(log, tp, record, letter).c_str());
      return;
    }
    std::printf("%s %u %lld  %s  %s  %s%s%s  %s\n", log.topics()[tp.topic].name.c_str(), tp.partition.value,
                static_cast<long long>(record.at.offset.value), letter.time.c_str(), letter.data.stage.c_str(),
                letter.data.reason.c_str(), letter.data.detail.empty() ? "" : ": ", letter.data.detail.c_str(),
                letter.data.record_id.c_str());
  });
  if (!done) return done.fault();
  if (found > static_cast<std::int64_t>(limit))
    std::fprintf(stderr, "%lld in all; --limit shows more\n", static_cast<long long>(found));
  return found;
}

void print_opened(const Globals& globals, std::string_view value, std::string_view tenant = {}) {
  constexpr std::size_t kShown = 65536;
  const OpenedRecord record = opened_record(globals, value, tenant);
  std::printf("%.*s\n", static_cast<int>(std::min(record.text.size(), kShown)), record.text.c_str());
  if (!record.why.empty()) std::printf("(what begins with s1. is sealed, and does not open here: %s)\n", record.why.c_str());
}

}  // namespace

void add_dlq(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("dlq", "Dead letters: what was refused, and why");
  command->require_subcommand(1);
  auto topic = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  auto limit = std::make_shared<std::size_t>(100);
  auto partition = std::make_shared<std::string>();
  auto offset = std::make_shared<std::string>();

  auto* ls = command->add_subcommand("ls", "List them: topic, partition, offset, time, stage, reason, record id (NDJSON in a pipe)");
  ls->add_option("topic", *topic, "Only of this topic, like crm.events.dlq");
  ls->add_option("--reason", *reason, "Only with this reason");
  ls->add_option("--limit", *limit)->capture_default_str();
  auto json = std::make_shared<bool>(false), pretty = std::make_shared<bool>(false);
  ls->add_flag("--json", *json, "NDJSON also on a terminal");
  ls->add_flag("--pretty", *pretty, "For people also in a pipe");
  ls->callback([&globals, &exit, topic, reason, limit, json, pretty] {
    const bool lines = !*pretty && (*json || !::isatty(STDOUT_FILENO));
    if (const auto done = list(globals, *topic, *reason, *limit, lines); !done) exit = cannot(done.fault());
  });

  auto* show = command->add_subcommand("show", "One dead letter, and the original that it is about, opened where it lies sealed (it takes a folder with the namespace's keys)");
  show->add_option("topic", *topic, "As `dlq ls` prints it: crm.events.dlq")->required();
  show->add_option("partition", *partition, "Its partition there")->required()->check(whole_number());
  show->add_option("offset", *offset, "Its offset there")->required()->check(whole_number());
  show->callback([&globals, &exit, topic, partition, offset] {
    auto reading = node::Reading::open(globals.target());
    if (!reading) {
      exit = cannot(reading.fault());
      return;
    }
    const log::Reader& log = (*reading)->log();
    const auto id = log.topics().find(*topic);
    const auto p = static_cast<std::uint16_t>(std::stoul(*partition));
    const Offset at{std::stoll(*offset)};
    if (!id || p >= log.topics().partitions(*id) || at < log.start({*id, Partition{p}}) || at >= log.end({*id, Partition{p}})) {
      exit = cannot(fatal("not_found", "there is no such dead letter; `millrace dlq ls` lists what there is"));
      return;
    }
    log::Batch batch;
    if (auto got = log.fetch({*id, Partition{p}}, at, 1, 1, batch); !got) {
      exit = cannot(got.fault());
      return;
    }
    std::printf("%s", pretty_lines(log.topics(), batch.records[0]).c_str());
    const std::string letter(batch.records[0].value);
    const Position cause = batch.records[0].headers.cause;
    if (auto got = log.fetch({cause.topic, cause.partition}, cause.offset, 1, 1, batch); !got || batch.records.empty() || batch.records[0].at != cause) {
      std::printf("the original has left the log; what the letter keeps of it:\n");
      print_opened(globals, letter, "_");
      return;
    }
    std::printf("the original, at %s/%u/%lld:\n", log.topics()[cause.topic].name.c_str(), cause.partition.value, static_cast<long long>(cause.offset.value));
    print_opened(globals, batch.records[0].value);
  });

  auto* retry = command->add_subcommand("retry", "Try one again, after what was wrong is mended");
  retry->add_option("topic", *topic, "As `dlq ls` prints it: crm.events.dlq")->required();
  retry->add_option("partition", *partition, "Its partition there")->required()->check(whole_number());
  retry->add_option("offset", *offset, "Its offset there")->required()->check(whole_number());
  retry->callback([&globals, &exit, topic, partition, offset] {
    auto writer = node::Writer::open(globals.target(), globals.open_options());
    if (!writer) {
      exit = cannot(writer.fault());
      return;
    }
    node::Request request;
    request.op = node::Request::Op::retry;
    request.args = {{"topic", *topic}, {"partition", *partition}, {"offset", *offset}};
    if (auto folded = writer->fold_control(); !folded) {
      exit = cannot(folded.fault());
      return;
    }
    const auto answer = send_patiently(*writer, request);
    if (!answer) {
      exit = cannot(answer.fault());
      return;
    }
    if (auto closed = writer->close(); !closed) exit = cannot(closed.fault());
    else std::printf("appended to its inbox again\n");
  });
}

}  // namespace millrace::cli
