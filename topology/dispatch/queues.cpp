#include "topology/dispatch/queues.h"

#include <algorithm>

namespace millrace::dispatch {

namespace {

std::string row_key(std::string_view prefix, std::string_view place) {
  std::string key;
  key.reserve(prefix.size() + place.size() + 1);
  return key.append(prefix).append(1, '\t').append(place);
}

}  // namespace

void Queues::put(TenantRow& tenant, std::string_view tenant_id, const std::string& queue, DeferredRow row,
                 TimeMs until_ms, TimeMs late_ms, MessageRow& message, Step& step) {
  const std::string key = key_of(tenant_id, queue);
  message.waits_in = queue;
  message.place = place_key({row.intent.priority, row.first_ms, row.intent.message_id});
  message.late_ms = -1;
  if (late_ms != kNever) {
    message.late_ms = late_ms;
    step.set_timer(late_ms, "late", key_of(tenant_id, row.intent.message_id));
  }
  deferred_.edit(row_key(key, message.place)) = std::move(row);
  QueueRow& q = queues_.edit(key);
  ++q.count;
  ++tenant.waiting;
  if (until_ms < q.until_ms) retime(q, key, until_ms, step);
}

DeferredRow Queues::take(TenantRow& tenant, std::string_view tenant_id, const std::string& message_id,
                         MessageRow& message, Step& step) {
  const std::string queue = std::exchange(message.waits_in, {}), place = std::exchange(message.place, {});
  const std::string key = key_of(tenant_id, queue), own = row_key(key, place);
  DeferredRow* held = deferred_.edit_if(own);
  QueueRow* q = queues_.edit_if(key);
  INVARIANT("QU-4", held && q, "a waiting message without its row or queue");
  DeferredRow row = std::move(*held);
  deferred_.erase(own);
  if (message.late_ms >= 0) step.cancel_timer(std::exchange(message.late_ms, -1), "late", key_of(tenant_id, message_id));
  --q->count;
  --tenant.waiting;
  if (q->ready == place) set_head(tenant, tenant_id, queue, *q, q->count > 0 ? first_place(key, place) : std::string());
  if (q->count == 0) {
    retime(*q, key, kNever, step);
    queues_.erase(key);
  }
  return row;
}

void Queues::release(std::string_view tenant_id, const std::string& queue, Step& step) {
  const std::string key = key_of(tenant_id, queue);
  const QueueRow* q = queues_.find(key);
  if (q && q->ready.empty() && q->until_ms > step.now_ms) retime(queues_.edit(key), key, step.now_ms, step);
}

void Queues::due(TenantRow& tenant, std::string_view tenant_id, const std::string& queue, Step& step) {
  const std::string key = key_of(tenant_id, queue);
  QueueRow* q = queues_.edit_if(key);
  if (!q || q->count == 0) return;
  q->until_ms = kNever;
  set_head(tenant, tenant_id, queue, *q, first_place(key, {}));
  step.set_timer(step.now_ms, "run", std::string(tenant_id));
}

std::optional<Queues::Head> Queues::next(TenantRow& tenant, std::string_view tenant_id) {
  std::optional<Head> head;
  const std::string prefix = row_key(tenant_id, {});
  ready_.scan(prefix, tenant.ran_to.empty() ? std::string() : prefix + tenant.ran_to,
              [&](std::string_view key, const ReadyRow& row) {
                head = Head{row.queue, std::string(key.substr(prefix.size()))};
                return false;
              });
  tenant.ran_to = head ? head->place : std::string();
  return head;
}

const DeferredRow* Queues::row(std::string_view tenant_id, const Head& head) {
  return deferred_.find(row_key(key_of(tenant_id, head.queue), head.place));
}

void Queues::stop(std::string_view tenant_id, const Head& head, TimeMs until_ms, Step& step) {
  const std::string key = key_of(tenant_id, head.queue);
  QueueRow& q = queues_.edit(key);
  ready_.erase(row_key(tenant_id, q.ready));
  q.ready.clear();
  retime(q, key, std::max(until_ms, step.now_ms + 1), step);
}

const DeferredRow* Queues::due_row(std::string_view tenant_id, const std::string& queue, TimeMs now) {
  const std::string key = key_of(tenant_id, queue);
  const QueueRow* q = queues_.find(key);
  if (!q || q->count == 0 || (q->ready.empty() && q->until_ms > now)) return nullptr;
  const std::string place = q->ready.empty() ? first_place(key, {}) : q->ready;
  return deferred_.find(row_key(key, place));
}

void Queues::retime(QueueRow& row, const std::string& key, TimeMs until_ms, Step& step) {
  if (row.until_ms == until_ms) return;
  if (row.until_ms != kNever) step.cancel_timer(row.until_ms, "queue", key);
  row.until_ms = until_ms;
  if (until_ms != kNever) step.set_timer(until_ms, "queue", key);
}

void Queues::set_head(TenantRow& tenant, std::string_view tenant_id, const std::string& queue, QueueRow& row,
                      const std::string& place) {
  if (!row.ready.empty()) ready_.erase(row_key(tenant_id, row.ready));
  row.ready = place;
  if (place.empty()) return;
  ready_.edit(row_key(tenant_id, place)).queue = queue;
  if (place <= tenant.ran_to) tenant.ran_to.clear();  // it has to be seen again from the start
}

std::string Queues::first_place(const std::string& queue_key, std::string_view place) {
  const std::string prefix = row_key(queue_key, {});
  std::string found;
  deferred_.scan(prefix, place.empty() ? std::string() : prefix + std::string(place),
                 [&](std::string_view key, const DeferredRow&) {
                   found = key.substr(prefix.size());
                   return false;
                 });
  return found;
}

}  // namespace millrace::dispatch
