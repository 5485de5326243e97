#include "log/kafka/sole_appender.h"

namespace millrace::log::kafka {

static constexpr int kSoleTries = 5;  // each but the last was ended by another process, or not answered

SoleAppender::SoleAppender(const KafkaSettings& settings, const TopicTable& topics, KafkaAdmin& admin, const std::string& name)
    : settings_(settings), topics_(topics), admin_(admin),
      id_((settings.name_space.empty() ? std::string("millrace") : settings.name_space) + "/" + name) {}

Result<bool> SoleAppender::append_unless(const NewRecord& record, const std::function<Result<bool>()>& is_there) {
  for (int tries = 0; tries < kSoleTries; ++tries) {
    if (!producer_) {
      auto made = Transactions::open(settings_, id_, topics_, {});
      if (!made) return made.fault();
      producer_ = *std::move(made);
    } else if (auto fenced = producer_->fence(); !fenced) {  // not by the first record, behind the look
      return fenced.fault();
    }
    const auto ends = admin_.settled_ends({{topics_[record.to.topic].name, record.to.partition.value}});
    if (!ends) return ends.fault();
    const auto there = is_there();
    if (!there) return there;
    if (*there) return tries > 0;  // ours, of which nobody told
    if (auto sent = producer_->send(record); !sent) {
      producer_.reset();
      if (sent.fault().kind == Fault::Kind::fatal) return sent.fault();
      continue;
    }
    const auto end = producer_->commit(nullptr, nullptr);
    if (!end) {
      producer_.reset();
      return end.fault();
    }
    if (*end == Ended::committed) return true;
  }
  return retryable("timed_out", "a record for " + settings_.prefixed(topics_[record.to.topic].name) + " at " + settings_.brokers +
                                    " could not be committed in several tries, or other processes do the same all the while; try again");
}

}  // namespace millrace::log::kafka
