#include "cli/live_policy.h"

#include "node/reading.h"
#include "topology/events/control.h"
#include "topology/topics.h"
#include "topology/wire/decode.h"

namespace millrace::cli {

Result<std::string> live_policy(const Globals& globals) {
  auto reading = node::Reading::open(globals.target());
  if (!reading) return reading.fault();
  const log::Reader& log = (*reading)->log();
  const TopicPartition tp{topics::control, Partition{0}};
  std::string toml;
  log::Batch batch;
  struct Envelope {
    PolicyChanged data;
    std::string type;
    static constexpr auto fields() { return FieldList{field("data", &Envelope::data), field("type", &Envelope::type)}; }
  };
  for (Offset at = log.start(tp); at < log.end(tp); at = batch.next) {
    if (auto got = log.fetch(tp, at, 1000, 4 << 20, batch); !got) return got.fault();
    for (const Record& record : batch.records) {
      if (record.value.find("control.policy_changed") == std::string_view::npos) continue;
      Envelope envelope;
      std::string problem;
      if (wire::decode_text(record.value, envelope, problem)) toml = envelope.data.toml;
    }
  }
  return toml;
}

}  // namespace millrace::cli
