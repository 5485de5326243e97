// The messages of one topic partition from an offset on, in order, fetched ahead in the background. Internal to this
// folder: the reader keeps one for each partition that is being read.
//
// ST-1  Offsets rise; what is committed is not skipped, what was aborted or is a transaction's marker never comes.
// ST-2  position() moves past offsets that hold no record as soon as the library has seen them.
// Threads: one at a time.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/ids.h"
#include "log/kafka/client.h"

struct rd_kafka_message_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_s;

namespace millrace::log::kafka {

// Rings when a queue that was empty has something.
struct Bell {
  std::mutex mutex;
  std::condition_variable rung;
  std::uint64_t rings = 0;
};

class Stream {
 public:
  // Begins to fetch at `from`. `bell` must outlive the stream.
  Stream(std::shared_ptr<Client> client, std::string topic, int partition, Offset from, Bell& bell);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // The next message if there is one within `wait_ms`, else null; the caller destroys it. When null, failed() or
  // position() may tell more.
  rd_kafka_message_s* next(int wait_ms);
  // Gives a message back, which next() gives again. Needs: it was the last that next() gave.
  void put_back(rd_kafka_message_s* message);

  // True when reading can go on at `from` without a seek: between the last message given and position().
  bool goes_on_at(Offset from) const { return from >= clear_from_ && from <= position_; }
  Offset position() const { return position_; }
  // What ended this stream; it gives no message any more.
  const std::optional<Said>& failed() const { return failed_; }
  // Something may be there without waiting.
  bool has_more() const;
  // How far it has come: behind the last message that is there to be given.
  Offset arrived();

 private:
  void fill(int wait_ms);
  void look_ahead();

  std::shared_ptr<Client> client_;
  const std::string topic_;
  const int partition_;
  Bell& bell_;
  rd_kafka_topic_s* handle_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;
  std::deque<rd_kafka_message_s*> ready_;
  Offset clear_from_, position_;
  std::optional<Said> failed_;
};

}  // namespace millrace::log::kafka
