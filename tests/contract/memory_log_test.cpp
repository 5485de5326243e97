#include "log/memory/memory_log.h"

#include "reading_contract.h"

namespace millrace::log::contract {
namespace {

struct MemoryRig {
  static constexpr Holds holds{};
  MemoryLog memory{contract_topics()};
  Log& log() { return memory; }
  void reopen() { memory.crash(); }

  void cut(const Frame& frame) {
    must_append(log(), frame);
    reopen();
  }

  const Reader& reader() { return memory; }
  std::vector<Offset> put(const std::vector<NewRecord>& records) {
    auto offsets = must_append(memory, {{}, records, ""});
    must_flush(memory);
    return offsets;
  }
};

}  // namespace

TEST_SUITE_BEGIN("log/memory");

TEST_CASE_TEMPLATE_INVOKE(log_contract, MemoryRig);
TEST_CASE_TEMPLATE_INVOKE(reading_contract, MemoryRig);

TEST_CASE("ML-1: a refused append leaves nothing, a refused flush leaves the frame pending, a crash takes it") {
  MemoryLog log(contract_topics());
  log.refuse_append(retryable("disk_full", "test"));
  const Frame frame{{{events0, 1}}, {record(events0, 1, "k", "v")}, "env"};
  CHECK_FALSE(log.append(frame));
  CHECK(log.end(events0) == Offset{0});
  log.allow_append();
  must_append(log, frame);
  log.refuse_flush(retryable("disk_full", "test"));
  CHECK(fault_code(log.flush()) == "disk_full");
  CHECK(log.end(events0) == Offset{1});
  log.crash();
  CHECK(log.end(events0) == Offset{0});
  CHECK_FALSE(log.committed(events0).has_value());
  CHECK(log.frames() == 0);
}

TEST_SUITE_END();

}  // namespace millrace::log::contract
