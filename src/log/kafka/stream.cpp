#include "log/kafka/stream.h"

#include <librdkafka/rdkafka.h>

#include <array>

namespace millrace::log::kafka {

static constexpr std::size_t kAtOnce = 512;

static void ring(rd_kafka_t*, void* opaque) {
  Bell& bell = *static_cast<Bell*>(opaque);
  std::lock_guard hold(bell.mutex);
  ++bell.rings;
  bell.rung.notify_all();
}

// A queue of its own for each stream: the library of Debian 12 can give messages of before a seek when batches are taken
// from a queue that lives on.
Stream::Stream(std::shared_ptr<Client> client, std::string topic, int partition, Offset from, Bell& bell)
    : client_(std::move(client)), topic_(std::move(topic)), partition_(partition), bell_(bell), clear_from_(from), position_(from) {
  queue_ = rd_kafka_queue_new(client_->get());
  rd_kafka_queue_cb_event_enable(queue_, &ring, &bell_);
  handle_ = rd_kafka_topic_new(client_->get(), topic_.c_str(), nullptr);
  if (!handle_ || rd_kafka_consume_start_queue(handle_, partition_, from.value, queue_) != 0)
    failed_ = said_of(rd_kafka_last_error());
}

Stream::~Stream() {
  if (handle_) rd_kafka_consume_stop(handle_, partition_);
  rd_kafka_queue_cb_event_enable(queue_, nullptr, nullptr);
  for (rd_kafka_message_t* m : ready_) rd_kafka_message_destroy(m);
  rd_kafka_queue_destroy(queue_);
  if (handle_) rd_kafka_topic_destroy(handle_);
}

bool Stream::has_more() const { return !ready_.empty() || rd_kafka_queue_length(queue_) > 0; }

Offset Stream::arrived() {
  if (ready_.empty() && !failed_) fill(0);
  return ready_.empty() ? position_ : Offset{ready_.back()->offset + 1};
}

rd_kafka_message_t* Stream::next(int wait_ms) {
  if (ready_.empty() && !failed_) fill(wait_ms);
  if (ready_.empty()) return nullptr;
  rd_kafka_message_t* message = ready_.front();
  ready_.pop_front();
  clear_from_ = position_ = Offset{message->offset + 1};
  return message;
}

void Stream::put_back(rd_kafka_message_t* message) {
  clear_from_ = position_ = Offset{message->offset};
  ready_.push_front(message);
}

// Waits for one message and takes what is there with it: a batch call with a time-out would wait to be full.
void Stream::fill(int wait_ms) {
  std::array<rd_kafka_message_t*, kAtOnce> taken;
  ssize_t count = rd_kafka_consume_batch_queue(queue_, 0, taken.data(), taken.size());
  if (count == 0 && wait_ms > 0) {
    look_ahead();
    count = rd_kafka_consume_batch_queue(queue_, wait_ms, taken.data(), 1);
    if (count == 1) {
      const ssize_t more = rd_kafka_consume_batch_queue(queue_, 0, taken.data() + 1, taken.size() - 1);
      if (more > 0) count += more;
    }
  }
  std::optional<Offset> end;
  for (ssize_t i = 0; i < count; ++i) {
    rd_kafka_message_t* m = taken[static_cast<std::size_t>(i)];
    if (!m->err) {
      ready_.push_back(m);
      continue;
    }
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) end = Offset{m->offset};
    // What the library mends by itself is only waited for; the rest ends the stream.
    else if (const Said said{m->err, rd_kafka_message_errstr(m)}; road_of(said, Call::read) == Road::fatal) failed_ = said;
    rd_kafka_message_destroy(m);
  }
  if (ready_.empty()) {
    if (end && *end > position_) position_ = *end;
    look_ahead();
  }
}

// Transaction markers are taken from the queue without being given: the library's own position tells.
void Stream::look_ahead() {
  const Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> list(
      rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* at = rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition_);
  if (rd_kafka_position(client_->get(), list.get()) == RD_KAFKA_RESP_ERR_NO_ERROR && at->offset > position_.value)
    position_ = Offset{at->offset};
}

}  // namespace millrace::log::kafka
