#include "topology/dispatch/senders.h"

namespace millrace::dispatch {

void SenderDays::add(std::int64_t day) {
  if (days_.empty() || days_.back().day < day) {
    if (days_.size() >= kKeep) {
      if (days_.front().counted > 0) {
        base_n_ = day_number(base_n_ > 0 ? std::optional(SendingDay{base_day_, base_n_}) : std::nullopt, days_.front().day);
        base_day_ = days_.front().day;
      }
      days_.erase(days_.begin());
    }
    days_.push_back({0, day, 0});
  }
  ++days_.back().sends;
  ++days_.back().counted;
}

void SenderDays::give_back(std::int64_t day) {
  for (auto it = days_.begin(); it != days_.end(); ++it) {
    if (it->day != day) continue;
    --it->sends;
    if (it->counted > 0) --it->counted;
    if (it->sends <= 0) days_.erase(it);
    return;
  }
}

void SenderDays::reset() {
  base_n_ = 0;
  for (Day& day : days_) day.counted = 0;
}

std::int64_t SenderDays::number(std::int64_t today) const {
  std::optional<SendingDay> last;
  if (base_n_ > 0) last = SendingDay{base_day_, base_n_};
  for (const Day& day : days_)
    if (day.counted > 0) last = SendingDay{day.day, day_number(last, day.day)};
  return day_number(last, today);
}

std::int64_t SenderDays::sent(std::int64_t day) const {
  for (const Day& each : days_)
    if (each.day == day) return each.sends;
  return 0;
}

}  // namespace millrace::dispatch
