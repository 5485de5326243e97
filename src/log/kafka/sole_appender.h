// Appends a record unless it is on the log, while other processes may be about to append the same.
//
//   SoleAppender sole(settings, topics, admin, "retry");
//   auto mine = sole.append_unless(record, [&] { return is_on_the_log(); });   // false: it was there
//
// SA-1  The producers of all processes have one name, and look before each record: who is made later ends what an earlier one has
//       open, and sees what that had committed; the earlier one can commit nothing any more, and looks again under a new handle.
// SA-2  When it is asked, `is_there` finds all that was written to the record's partition before: no transaction hides any of it.
//
// Threads: one at a time.      Tests: tests/kafka/retry.sh
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "log/kafka/admin.h"
#include "log/kafka/transactions.h"

namespace millrace::log::kafka {

class SoleAppender {
 public:
  // `topics` and `admin` must outlive it. `name` stands behind the namespace in the producers' name.
  SoleAppender(const KafkaSettings& settings, const TopicTable& topics, KafkaAdmin& admin, const std::string& name);

  // Fails: as `is_there`; unreachable, timed_out (retry: asked again it does not append twice), and as the cluster refuses.
  Result<bool> append_unless(const NewRecord& record, const std::function<Result<bool>()>& is_there);

 private:
  const KafkaSettings settings_;
  const TopicTable& topics_;
  KafkaAdmin& admin_;
  const std::string id_;
  std::unique_ptr<Transactions> producer_;  // from the first record on
};

}  // namespace millrace::log::kafka
