// The timers of a task: an ordered table keyed (due_ms, kind, key), with the earliest due time at hand.
//
// TI-1  pop_due() gives due timers in the order (due_ms, kind, key), each once.
// TI-2  Without a due timer, asking costs a comparison.
#pragma once

#include "core/fold.h"
#include "state/table.h"

namespace millrace::state {

class Timers final : public TimerPort {
 public:
  explicit Timers(TableSpace& space);

  void set(const Timer& timer) override;
  void cancel(TimeMs due_ms, std::string_view kind, std::string_view key) override;
  // Takes the first timer with due_ms <= now_ms out of the table; false when there is none.
  bool pop_due(TimeMs now_ms, Timer& timer);
  // Due time of the earliest timer, or INT64_MAX.
  TimeMs earliest();

  struct Row {
    std::int64_t root_offset = -1, set_offset = -1;
    std::uint16_t root_partition = 0, set_partition = 0;
    std::uint8_t root_topic = 0, set_topic = 0;
    static constexpr auto fields() {
      return std::tuple{field("root_offset", &Row::root_offset),       field("root_partition", &Row::root_partition),
                        field("root_topic", &Row::root_topic),         field("set_offset", &Row::set_offset),
                        field("set_partition", &Row::set_partition),   field("set_topic", &Row::set_topic)};
    }
  };

 private:
  Table<Row> table_;
  TimeMs earliest_ = -1;  // -1: not known
};

}  // namespace millrace::state
