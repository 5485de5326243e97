#include "log/kafka/chain.h"

namespace millrace::log::kafka {

std::vector<TopicPartition> Chain::ours() const {
  std::vector<TopicPartition> all;
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    if (lanes_[i].owned_) all.push_back(index_.at(i));
  return all;
}

void Chain::disown_all() {
  for (Lane& lane : lanes_) lane = {};
  wrote_.clear();
}

void Chain::wrote(TopicPartition inbox, std::int64_t offset, std::size_t which) {
  Lane& lane = lanes_[index_[inbox]];
  if (!lane.owned_) return;
  if (!lane.wrote_) wrote_.push_back(index_[inbox]);
  lane.wrote_ = true;
  lane.written_ = offset < 0 ? Lane::kNone : offset;
  if (offset >= 0 && lane.next_ >= 0) lane.waiting_.push_back({offset, which});
}

void Chain::take(std::vector<Ready>& out) {
  for (const std::size_t i : wrote_) {
    Lane& lane = lanes_[i];
    for (; !lane.waiting_.empty() && lane.follows(lane.waiting_.front().offset); lane.waiting_.pop_front()) {
      const Lane::Waiting& one = lane.waiting_.front();
      out.push_back({index_.at(i), one.offset, one.which});
      lane.next_ = one.offset + 1;
    }
  }
}

void Chain::ended(bool committed) {
  for (const std::size_t i : wrote_) {
    Lane& lane = lanes_[i];
    lane.ours_ = committed ? lane.written_ : Lane::kNone;
    lane.written_ = Lane::kNone;
    lane.wrote_ = false;
    lane.waiting_.clear();
  }
  wrote_.clear();
}

}  // namespace millrace::log::kafka
