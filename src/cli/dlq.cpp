// millrace dlq: the dead letters: what was refused, why, and another try after the cause is mended.
#include <cstdio>

#include "cli/app.h"
#include "cli/tail.h"
#include "core/json.h"
#include "core/time.h"
#include "node/reading.h"
#include "node/request.h"
#include "topology/wire/decode.h"

namespace millrace::cli {

namespace {

struct LetterData {
  std::string inbox, reason, detail, stage, record_id, tenant;
  static constexpr auto fields() {
    return FieldList{field("detail", &LetterData::detail), field("inbox", &LetterData::inbox),
                      field("reason", &LetterData::reason), field("record_id", &LetterData::record_id),
                      field("stage", &LetterData::stage),   field("tenant", &LetterData::tenant)};
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

Result<std::int64_t> list(const Globals& globals, const std::string& topic, const std::string& reason, std::size_t limit) {
  auto reading = node::Reading::open(globals.target());
  if (!reading) return reading.fault();
  const log::Reader& log = (*reading)->log();
  std::int64_t found = 0;
  auto done = each_letter(log, topic, [&](TopicPartition tp, const Record& record) {
    Letter letter;
    std::string problem;
    if (!wire::decode_text(record.value, letter, problem)) return;
    if (!reason.empty() && letter.data.reason != reason) return;
    if (++found > static_cast<std::int64_t>(limit)) return;
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

}  // namespace

void add_dlq(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("dlq", "Dead letters: what was refused, and why");
  command->require_subcommand(1);
  auto topic = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  auto limit = std::make_shared<std::size_t>(100);
  auto partition = std::make_shared<std::string>();
  auto offset = std::make_shared<std::string>();

  auto* ls = command->add_subcommand("ls", "List them: topic, partition, offset, time, stage, reason, record id");
  ls->add_option("topic", *topic, "Only of this topic, like crm.events.dlq");
  ls->add_option("--reason", *reason, "Only with this reason");
  ls->add_option("--limit", *limit)->capture_default_str();
  ls->callback([&globals, &exit, topic, reason, limit] {
    if (const auto done = list(globals, *topic, *reason, *limit); !done) exit = cannot(done.fault());
  });

  auto* show = command->add_subcommand("show", "One dead letter, and the original that it is about");
  show->add_option("topic", *topic, "As `dlq ls` prints it: crm.events.dlq")->required();
  show->add_option("partition", *partition, "Its partition there")->required()->check(CLI::NonNegativeNumber);
  show->add_option("offset", *offset, "Its offset there")->required()->check(CLI::NonNegativeNumber);
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
    const Position cause = batch.records[0].headers.cause;
    if (auto got = log.fetch({cause.topic, cause.partition}, cause.offset, 1, 1, batch); !got || batch.records.empty()) {
      std::printf("the original has left the log\n");
      return;
    }
    std::printf("the original, at %s/%u/%lld:\n%.*s\n", log.topics()[cause.topic].name.c_str(), cause.partition.value,
                static_cast<long long>(cause.offset.value), static_cast<int>(std::min<std::size_t>(batch.records[0].value.size(), 65536)),
                batch.records[0].value.data());
  });

  auto* retry = command->add_subcommand("retry", "Try one again, after what was wrong is mended");
  retry->add_option("topic", *topic, "As `dlq ls` prints it: crm.events.dlq")->required();
  retry->add_option("partition", *partition, "Its partition there")->required()->check(CLI::NonNegativeNumber);
  retry->add_option("offset", *offset, "Its offset there")->required()->check(CLI::NonNegativeNumber);
  retry->callback([&globals, &exit, topic, partition, offset] {
    auto writer = node::Writer::open(globals.target(), globals.open_options());
    if (!writer) {
      exit = cannot(writer.fault());
      return;
    }
    node::Request request;
    request.op = node::Request::Op::retry;
    request.args = {{"topic", *topic}, {"partition", *partition}, {"offset", *offset}};
    const auto answer = writer->send(request);
    if (!answer || !answer->code.empty()) {
      exit = cannot(!answer ? answer.fault() : fatal(answer->code, answer->message));
      return;
    }
    if (auto closed = writer->close(); !closed) exit = cannot(closed.fault());
    else std::printf("appended to its inbox again\n");
  });
}

}  // namespace millrace::cli
