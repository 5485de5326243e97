#include "cli/ledger_check.h"

#include <map>

#include "log/dropped.h"
#include "topology/ledger_chain.h"
#include "topology/topics.h"
#include "topology/wire/decode.h"

namespace millrace::cli {

namespace {

struct LedgerRecord {
  LedgerEntry data;
  std::string type;
  static constexpr auto fields() { return FieldList{required("data", &LedgerRecord::data), required("type", &LedgerRecord::type)}; }
};
struct LedgerHead {
  std::string hash;
  std::int64_t seq = -1;
  static constexpr auto fields() { return FieldList{field("hash", &LedgerHead::hash), field("seq", &LedgerHead::seq)}; }
};

class LedgerWalk {
 public:
  explicit LedgerWalk(std::vector<std::string>& problems) : problems_(problems) {}

  // `trimmed`: entries before the first may have left the log.
  void take(const Record& record, bool trimmed) {
    LedgerRecord read;
    std::string problem;
    const bool whole = wire::decode_text(record.value, read, problem);
    if (whole && read.type != LedgerEntry::type) return;  // an answer to a refused request
    State& chain = chains_[std::string(record.key)];
    if (chain.broken) return;
    chain.partition = record.at.partition.value;
    if (trimmed && whole && chain.walked.length() == 0) chain.walked.begin_at(read.data);
    ++entries_;
    if (const auto reason = whole ? chain.walked.check(read.data) : std::string_view("bad_hash"); !reason.empty())
      tell(record.key, chain, reason);
  }
  // The head that a stage keeps; `row` as its table prints it.
  void meet(std::string_view name, std::string_view row) {
    LedgerHead head;
    std::string problem;
    State& chain = chains_[std::string(name)];
    if (chain.broken || !wire::decode_text(row, head, problem)) return;
    if (trimmed_ && chain.walked.length() == 0) return;  // none of its entries is left
    if (chain.walked.length() != head.seq + 1 || chain.walked.head() != head.hash) tell(name, chain, "truncated");
  }
  std::uint64_t entries() const { return entries_; }
  void note_trimmed() { trimmed_ = true; }
  // Some entries of a partition left the log before they were walked: its chains go on with what is left.
  void skip(std::uint16_t partition) {
    trimmed_ = true;
    for (auto& [key, chain] : chains_)
      if (chain.partition == partition) chain.walked = {};
  }

 private:
  struct State {
    LedgerChain walked;
    std::uint16_t partition = 0;
    bool broken = false;
  };
  void tell(std::string_view name, State& chain, std::string_view reason) {
    chain.broken = true;
    problems_.push_back("ledger " + std::string(name) + ": " + std::string(reason) + " at entry " + std::to_string(chain.walked.length()));
  }

  std::vector<std::string>& problems_;
  std::map<std::string, State> chains_;
  std::uint64_t entries_ = 0;
  bool trimmed_ = false;
};

}  // namespace

Result<std::uint64_t> check_ledgers(const log::Reader& log, const std::vector<engine::Task*>& tasks, std::vector<std::string>& problems) {
  LedgerWalk walk(problems);
  log::Batch batch;
  for (std::uint16_t p = 0; p < log.topics().partitions(topics::audit_ledger); ++p) {
    const TopicPartition tp{topics::audit_ledger, Partition{p}};
    if (log.start(tp) > Offset{0}) walk.note_trimmed();
    for (Offset at = log.start(tp); at < log.end(tp); at = batch.next) {
      if (auto got = log.fetch(tp, at, 1000, 4 << 20, batch); !got) {
        const auto start = log::dropped_before(log, tp, at, got.fault());
        if (!start) return got.fault();
        walk.skip(p);
        batch.records.clear();
        batch.next = *start;
      }
      for (const Record& record : batch.records) walk.take(record, log.start(tp) > Offset{0});
    }
  }
  for (engine::Task* task : tasks) {
    state::TableBase* table = task->space().table("ledger");
    const auto row = table ? table->print("head") : std::nullopt;
    if (row) walk.meet(task->stage().name + "/" + std::to_string(task->inbox().partition.value), *row);
  }
  return walk.entries();
}

}  // namespace millrace::cli
