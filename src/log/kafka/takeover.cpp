#include "log/kafka/takeover.h"

#include "log/kafka/transactions.h"

namespace millrace::log::kafka {

namespace {

constexpr auto kStuckMs = std::chrono::milliseconds(1'000);  // many times the time of a transaction (kafka.commit_ms)

}  // namespace

Takeover::Takeover(const KafkaSettings& settings, const TopicTable& topics) : settings_(settings), topics_(topics) {}

void Takeover::suspect(const std::string& transactional_id) {
  suspects_.insert(transactional_id);
  before_.clear();
  next_look_ = Clock::now();
}

Result<std::vector<KafkaAdmin::Watermarks>> Takeover::look() {
  if (!admin_) {
    auto admin = KafkaAdmin::open(settings_, kStuckMs.count());
    if (!admin) return admin.fault();
    admin_ = *std::move(admin);
  }
  std::vector<KafkaAdmin::Part> parts;
  for (std::size_t t = 0; t < topics_.size(); ++t)
    for (std::uint16_t p = 0; p < topics_.partitions(TopicId{static_cast<std::uint8_t>(t)}); ++p)
      parts.push_back({topics_[TopicId{static_cast<std::uint8_t>(t)}].name, p});
  return admin_->watermarks(parts);
}

Result<void> Takeover::turn() {
  if (suspects_.empty() || Clock::now() < next_look_) return {};
  next_look_ = Clock::now() + kStuckMs;
  auto now = look();
  if (!now) {
    if (now.fault().kind == Fault::Kind::fatal) return now.fault();
    before_.clear();
    return {};
  }
  if (before_.empty()) {
    before_ = *std::move(now);
    return {};
  }
  bool stuck = false;
  for (std::size_t i = 0; i < now->size(); ++i)
    stuck = stuck || ((*now)[i].stable == before_[i].stable && before_[i].stable < before_[i].high);
  if (stuck)
    for (const std::string& id : suspects_)
      if (auto ended = end(settings_, topics_, id); !ended) {
        if (ended.fault().kind == Fault::Kind::fatal) return ended;
        return {};  // again at the next look
      }
  suspects_.clear();
  before_.clear();
  admin_.reset();
  return {};
}

Result<void> Takeover::end(const KafkaSettings& settings, const TopicTable& topics, const std::string& transactional_id) {
  const auto ended = Transactions::open(settings, transactional_id, topics, {});
  return ended ? Result<void>() : Result<void>(ended.fault());
}

}  // namespace millrace::log::kafka
