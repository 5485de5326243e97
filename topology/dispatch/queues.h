// Messages that wait: rows by what they wait for, one timer a queue, and the order in which they run again.
//
// A queue is named "<reason>/<key>": "limit:channel_hour/email", "warm_up/email:s1", "kill_switch/".
//
// Keys    queue     tenant/<queue>
//         deferred  tenant/<queue> TAB place        place: topology/dispatch/order.h
//         ready     tenant TAB place                heads of the queues that are running
//
// QU-1  All rows of a queue share its until_ms, the earliest that any of them was given: who cannot pass before it
//       finds out in its turn. It is the due time of the queue's one timer.
// QU-2  On a tick the due queues become ready, then their rows run in the order of their places over all queues.
// QU-3  A row that is deferred again for the same stops its queue, which takes the row's until_ms.
// QU-4  No moment passes at which a queue has rows but is neither ready nor timed, unless it waits for an operator.
//                                                      Tests: tests/unit/dispatch_queue_test.cpp
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fold.h"
#include "state/table.h"
#include "topology/dispatch/tables.h"

namespace millrace::dispatch {

inline constexpr TimeMs kNever = std::numeric_limits<TimeMs>::max();

struct DeferredRow {
  Intent intent;
  std::string reason;
  std::int64_t first_ms = 0;   // of its first deferral
  std::int64_t since_ms = 0;   // when it was deferred for `reason`
  std::int64_t waited_ms = 0;  // before that, for reasons that count
  static constexpr auto fields() {
    return FieldList{field("first_ms", &DeferredRow::first_ms), field("intent", &DeferredRow::intent),
                      field("reason", &DeferredRow::reason), field("since_ms", &DeferredRow::since_ms),
                      field("waited_ms", &DeferredRow::waited_ms)};
  }
  // Of reasons that count, up to now.
  DurationMs waited(TimeMs now) const {
    return waited_ms + (counts_as_waiting(reason) ? now - since_ms : 0);
  }
};

class Queues {
 public:
  explicit Queues(state::TableSpace& space);

  // The message waits in `queue` until until_ms (kNever: until release()). `late_ms` (kNever: none) is the due time of
  // its timer "late". Needs: it does not wait yet.
  void put(TenantRow& tenant, std::string_view tenant_id, const std::string& queue, DeferredRow row, TimeMs until_ms,
           TimeMs late_ms, MessageRow& message, Step& step);
  // Takes it out of the queue it waits in. Needs: it waits.
  DeferredRow take(TenantRow& tenant, std::string_view tenant_id, const std::string& message_id, MessageRow& message,
                   Step& step);
  // All rows of the queue run on the next tick.
  void release(std::string_view tenant_id, const std::string& queue, Step& step);

  // The queue's timer fired: it becomes ready and the timer "run" of its tenant is set.
  void due(TenantRow& tenant, std::string_view tenant_id, const std::string& queue, Step& step);
  struct Head {
    std::string queue, place;
  };
  // The row that runs next; nullopt when no queue is ready.
  std::optional<Head> next(TenantRow& tenant, std::string_view tenant_id);
  const DeferredRow* row(std::string_view tenant_id, const Head& head);
  void stop(std::string_view tenant_id, const Head& head, TimeMs until_ms, Step& step);

  // The first row of the queue if it is due but has not run yet.
  const DeferredRow* due_row(std::string_view tenant_id, const std::string& queue, TimeMs now);

 private:
  struct QueueRow {
    std::string ready;  // place of its head in `ready`; empty: it is not running
    std::int64_t count = 0, until_ms = kNever;
    static constexpr auto fields() {
      return FieldList{field("count", &QueueRow::count), field("ready", &QueueRow::ready),
                        field("until_ms", &QueueRow::until_ms)};
    }
  };
  struct ReadyRow {
    std::string queue;
    static constexpr auto fields() { return FieldList{field("queue", &ReadyRow::queue)}; }
  };
  void retime(QueueRow& row, const std::string& key, TimeMs until_ms, Step& step);
  void set_head(TenantRow& tenant, std::string_view tenant_id, const std::string& queue, QueueRow& row,
                const std::string& place);
  // The place of the first row after `place` (empty: of the first one); empty: there is none.
  std::string first_place(const std::string& queue_key, std::string_view place);

  state::Table<QueueRow> queues_;
  state::Table<DeferredRow> deferred_;
  state::Table<ReadyRow> ready_;
};

}  // namespace millrace::dispatch
