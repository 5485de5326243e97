// The checks between an intent and a command, in their order (spec/dispatch.md section 1, rule dispatch.pipeline).
//
// Takes   Checks: answers to one question each, asked only when all before it passed.
// Gives   COMMAND with a mode, BLOCK or DEFER with a reason, or DROP.
//
// PI-1  The first check that applies is the answer; nothing else lets a message out.
// PI-2  Consent is the stricter of the intent's and dispatch's own: DNC > UNKNOWN > CONSENTED.
// Tests: tests/unit/dispatch_pipeline_test.cpp, tests/conformance/dispatch.cpp
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/fields.h"

namespace millrace::dispatch {

enum class Consent : std::uint8_t { consented, unknown, dnc };
constexpr std::array<std::string_view, 3> enum_names(Consent) { return {"CONSENTED", "UNKNOWN", "DNC"}; }
constexpr Consent stricter(Consent a, std::optional<Consent> b) { return b && *b > a ? *b : a; }

// In the order in which they are told.
enum class SuppressReason : std::uint8_t { legal_hold, dnc_list, complaint, bounce_hard, user_request, competitor };
inline constexpr std::size_t kSuppressReasons = 6;
constexpr std::array<std::string_view, kSuppressReasons> enum_names(SuppressReason) {
  return {"legal_hold", "dnc_list", "complaint", "bounce_hard", "user_request", "competitor"};
}

enum class CampaignIs : std::uint8_t { active, unknown, completed, paused };
constexpr std::array<std::string_view, 4> enum_names(CampaignIs) { return {"active", "unknown", "completed", "paused"}; }

enum class SenderIs : std::uint8_t { ready, down, full };

class Checks {
 public:
  virtual ~Checks() = default;
  virtual bool seen() = 0;                               // 1: the send key was decided
  virtual bool kill_switch() = 0;                        // 2
  virtual CampaignIs campaign() = 0;                     // 3
  virtual bool channel_enabled() = 0;                    // 4: and has a sender and a provider where it needs one
  virtual Consent consent() = 0;                         // 5: the stricter one
  virtual bool opt_in_country() = 0;                     // 5
  virtual std::optional<SuppressReason> suppressed() = 0;  // 6: the first in order
  virtual bool block_listed() = 0;                       // 7
  virtual bool tagged_do_not_contact() = 0;              // 8
  virtual bool needs_review() = 0;                       // 9: held and not approved
  virtual std::string_view full_limit() = 0;             // 10: the scope; empty: none is full
  virtual SenderIs sender() = 0;                         // 11
  virtual bool window_open() = 0;                        // 12
  virtual std::string render() = 0;                      // 13: the reason that blocks; empty: rendered
  virtual bool live() = 0;                               // 14: armed, and the intent is not dry_run
};

struct Decision {
  enum class Result : std::uint8_t { command, block, defer, drop };
  Result result = Result::command;
  std::string reason{};
  bool live = false;  // of COMMAND
};
constexpr std::array<std::string_view, 4> enum_names(Decision::Result) { return {"COMMAND", "BLOCK", "DEFER", "DROP"}; }

Decision decide(Checks& checks);

// The reason that outreach gets for a BLOCK (rule dispatch.skip_reason): one of spec/outreach.md section 6. `kind` is
// that of the suppression: address, domain or identity.
std::string_view skip_reason(std::string_view reason, std::string_view kind);

}  // namespace millrace::dispatch
