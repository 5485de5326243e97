// What a dead owner left open, ended by its name.
//
// A transaction that was open when its producer died keeps its records' partitions from being read past it until the
// broker ends it, 15 to 25 s later. Who takes partitions over knows from the metadata of the committed offsets who had
// them, and may end that producer's transaction: init_transactions() under its name aborts it. A producer that lives is
// hurt little by it: it finds itself fenced, looks at what it committed, and goes on under its own name.
//
//   takeover.suspect("crm/3f…/0");
//   takeover.turn();                  // on each poll; mostly does nothing
//
// TO-1  Nobody is fenced whose partitions move on: only when a last stable offset has stood still for kStuckMs below the
//       high watermark are the suspects ended, and then no more.
//
// Threads: one.      Tests: tests/kafka/chaos.sh, tests/kafka/torn.sh
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/record.h"
#include "core/result.h"
#include "log/kafka/admin.h"
#include "log/kafka/settings.h"

namespace millrace::log::kafka {

class Takeover {
 public:
  Takeover(const KafkaSettings& settings, const TopicTable& topics);

  // The transactional id of who had partitions that are ours now.
  void suspect(const std::string& transactional_id);
  // Looks, when it is time to. A cluster that is away is looked at again later. Fails: fatal ones.
  Result<void> turn();
  // Ends what this producer has open, now. Fails: the cluster is away (retry), fatal ones.
  static Result<void> end(const KafkaSettings& settings, const TopicTable& topics, const std::string& transactional_id);

 private:
  using Clock = std::chrono::steady_clock;
  Result<std::vector<KafkaAdmin::Watermarks>> look();

  const KafkaSettings settings_;
  const TopicTable& topics_;
  std::unique_ptr<KafkaAdmin> admin_;
  std::set<std::string> suspects_;
  std::vector<KafkaAdmin::Watermarks> before_;  // the first look; empty: none yet
  Clock::time_point next_look_{};
};

}  // namespace millrace::log::kafka
