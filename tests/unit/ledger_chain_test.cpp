#include "topology/ledger_chain.h"

#include <doctest/doctest.h>

#include "core/hash.h"

using namespace millrace;

namespace {

std::vector<LedgerEntry> chain_of(int n) {
  std::vector<LedgerEntry> entries;
  std::string head(kNoEntry);
  for (int i = 0; i < n; ++i) {
    LedgerEntry e;
    e.stage = "route";
    e.kind = "decision";
    e.subject = "ld_" + std::to_string(i);
    e.seq = i;
    e.ts_ms = 1000 * i;
    e.body.text = R"({"n":)" + std::to_string(i) + "}";
    e.body_sha256 = sha256_hex(e.body.text);
    e.prev_hash = head;
    head = e.hash = ledger_hash(e);
    entries.push_back(e);
  }
  return entries;
}

// Where and why a chain breaks: "2 bad_hash"; "good" when it does not.
std::string first_break(const std::vector<LedgerEntry>& entries) {
  LedgerChain chain;
  for (const LedgerEntry& entry : entries)
    if (const auto reason = chain.check(entry); !reason.empty()) return std::to_string(chain.length()) + " " + std::string(reason);
  return "good";
}

}  // namespace

TEST_SUITE("topology/ledger") {
  TEST_CASE("LC-2: an edited entry, one taken out, two swapped and one put in twice are found where they stand") {
    CHECK(first_break(chain_of(4)) == "good");
    auto edited = chain_of(4);
    edited[2].subject = "ld_9";
    CHECK(first_break(edited) == "2 bad_hash");
    auto dropped = chain_of(4);
    dropped.erase(dropped.begin() + 1);
    CHECK(first_break(dropped) == "1 broken_link");
    auto swapped = chain_of(4);
    std::swap(swapped[1], swapped[2]);
    CHECK(first_break(swapped) == "1 broken_link");
    auto seq = chain_of(2);
    seq[1].seq = 5;
    seq[1].hash = ledger_hash(seq[1]);
    CHECK(first_break(seq) == "1 bad_seq");
  }

  TEST_CASE("LC-1: a body may be gone, but not be another") {
    auto erased = chain_of(3);
    erased[1].body.text.clear();
    CHECK(first_break(erased) == "good");
    auto other = chain_of(3);
    other[1].body.text = R"({"n":7})";
    CHECK(first_break(other) == "1 bad_hash");
  }

  TEST_CASE("time never goes back along a chain") {
    auto back = chain_of(3);
    back[2].ts_ms = 1;
    back[2].hash = ledger_hash(back[2]);
    CHECK(first_break(back) == "2 bad_seq");
  }
}
