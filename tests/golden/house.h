// A whole namespace in memory for golden scenarios: the real topology over the memory log, with the history clock and
// seeded keys, two partitions an inbox. What comes in goes through the doors of src/node, as `produce`, `import`,
// `policy apply` and `dlq retry` send it.
//
// Lines of in.jsonl:
//   {"specversion":"1.0","type":…}             a fact or an operator's record (signed here); goes through history.in
//   {"policy":"toml"}                          a policy that becomes the live one
//   {"put":{"topic","partition","key","at_ms"},"record":{…}}  a record appended as it is, by a foreign client
//   {"retry":{"topic","partition","offset"}}   dlq retry
//   {"include":"file"}                         the lines of a file beside the folders; what it puts out is not shown
// Each line is folded before the next comes in.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/loader.h"
#include "engine/proof.h"
#include "keys/derived_keyring.h"
#include "keys/operator_signer.h"
#include "log/memory/memory_log.h"
#include "tests/golden/front_watch.h"
#include "topology/environment.h"

namespace millrace::test {

inline constexpr std::uint16_t kGoldenPartitions = 2;
Environment golden_environment();

// Every record of a log from `from` on (the start, where a partition is not named), as lines of out.jsonl: topics in their
// order, partitions, offsets. Ticks are left out, and of copies for all partitions all but the first; so is history.in, which is
// the input.
std::vector<std::string> lines_out(const TopicTable& topics, const log::Reader& log, const std::map<TopicPartition, Offset>& from);

class GoldenHouse {
 public:
  // `together`: facts are not folded one by one but wait for the next line that is none, so that the writers of one inbox
  // take other turns.
  explicit GoldenHouse(bool together, std::size_t threads = 1);

  void line(const nlohmann::json& line, const std::string& folder);
  // Folds all that waits.
  void settle();

  // Every record put out since the last include.
  std::vector<std::string> out() const { return lines_out(topology_.topics, log_, shown_from_); }
  // What came in at the front, in order, and how much of it before the end of the last include.
  const std::vector<Front>& fronts() const { return watched_.fronts(); }
  DerivedKeyring& keys() { return keys_; }
  std::size_t fronts_included() const { return fronts_included_; }
  engine::Proof prove();
  // Records that tasks have folded, by what became of them, equal what was delivered (law 7).
  bool conserved() const;

 private:
  void fact(const nlohmann::json& line);
  void put(TopicId topic, Partition partition, std::string_view key, TimeMs at, std::string_view value);

  Environment environment_;
  engine::Topology topology_;
  log::MemoryLog log_;
  FrontWatch watched_{log_};
  std::size_t fronts_included_ = 0;
  DerivedKeyring keys_;
  OperatorSigner signer_;
  bool together_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::Loader> loader_;
  std::map<TopicPartition, Offset> shown_from_;
};

}  // namespace millrace::test
