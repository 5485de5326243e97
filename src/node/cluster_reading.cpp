#include "node/cluster.h"
#include "node/cluster_topics.h"
#include "topology/topics.h"

namespace millrace::node {

namespace kafka = log::kafka;

namespace {

class ClusterReading final : public Reading {
 public:
  ClusterReading(kafka::KafkaSettings settings, std::uint16_t partitions)
      : settings_(std::move(settings)), table_(topics::make_table(partitions)) {}
  Result<void> open() {
    auto reader = kafka::KafkaReader::open(settings_, table_);
    if (!reader) return reader.fault();
    reader_ = *std::move(reader);
    return {};
  }
  const log::Reader& log() const override { return *reader_; }
  Result<std::vector<log::TaskPosition>> positions() override { return positions_on(settings_, table_); }
  Result<bool> wait(int ms) override { return reader_->follow(ms); }

 private:
  const kafka::KafkaSettings settings_;
  const TopicTable table_;
  std::unique_ptr<kafka::KafkaReader> reader_;
};

}  // namespace

Result<std::unique_ptr<Reading>> open_cluster_reading(const Target& target) {
  auto settings = kafka::KafkaSettings::from(target.kafka);
  if (!settings) return settings.fault();
  auto admin = kafka::KafkaAdmin::open(*settings);
  if (!admin) return admin.fault();
  const auto partitions = partitions_on(**admin, *settings);
  if (!partitions) return partitions.fault();
  if (*partitions == 0) return no_namespace(*settings, target.data);
  auto reading = std::make_unique<ClusterReading>(*std::move(settings), *partitions);
  if (auto up = reading->open(); !up) return up.fault();
  return std::unique_ptr<Reading>(std::move(reading));
}

}  // namespace millrace::node
