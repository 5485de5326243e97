#include "log/embedded/journal.h"

#include "log_contract.h"
#include "temp_folder.h"

namespace millrace::log::contract {
namespace {

std::unique_ptr<EmbeddedLog> must_open(Result<std::unique_ptr<EmbeddedLog>> opened) {
  REQUIRE_MESSAGE(opened, (opened ? "" : opened.fault().message));
  return *std::move(opened);
}

template <Durability durability, std::size_t segment_bytes>
struct EmbeddedRig {
  TempFolder folder;
  EmbeddedOptions options{durability, segment_bytes};
  std::unique_ptr<EmbeddedLog> open =
      must_open(EmbeddedLog::create(folder / "log", {.id = "test", .topics = contract_topics()}, options));
  Log& log() { return *open; }
  void reopen() {
    open.reset();
    open = must_open(EmbeddedLog::open(folder / "log", options));
    CHECK(open->notes().empty());
  }
};
using OneSegment = EmbeddedRig<Durability::fsync, std::size_t{64} << 20>;
using SmallSegments = EmbeddedRig<Durability::fsync, 4096>;
using NoSync = EmbeddedRig<Durability::os, 8192>;

}  // namespace

TEST_SUITE_BEGIN("log/embedded");

TEST_CASE_TEMPLATE_INVOKE(log_contract, OneSegment, SmallSegments, NoSync);

TEST_SUITE_END();

}  // namespace millrace::log::contract
