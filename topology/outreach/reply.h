// What a reply means (spec/outreach.md section 7): rule outreach.reply. Phrases of six classes in a fixed order, after
// headers that say it for sure; no statistics, so that an operator can see why.
//
// RP-1  Phrases match whole words, longest first, and what matched is consumed; hits = distinct phrases.
// RP-2  The subject of a reply ("Re: unsubscribe options") is not the writer's own and counts for no opinion.
// Tests: tests/unit/outreach_reply_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "topology/outreach/quotation.h"

namespace millrace::outreach {

enum class ReplyKind : std::uint8_t { ignored, bounce, complaint, unsub, ooo, automatic, negative, positive, neutral };
constexpr auto enum_names(ReplyKind) {
  return std::array<std::string_view, 9>{"IGNORED", "BOUNCE",   "COMPLAINT", "UNSUB",  "OOO",
                                         "AUTO",    "NEGATIVE", "POSITIVE",  "NEUTRAL"};
}

// The phrases that policy [reply.phrases.<class>] may add to, and the marks of quotations.
struct ReplyRules {
  std::vector<std::string> bounce, complaint, unsub, ooo, automatic, negative, referral, positive;
  QuoteMarkers markers;
  ReplyRules();
  static constexpr auto keys() { return std::tuple{}; }
  void load(const Policy& policy, std::string_view tenant);
};

struct Reply {
  std::string_view subject, body;
  std::string_view auto_submitted, report_type;  // headers, empty: absent
  std::string_view dsn_status, dsn_action;
  std::string_view original;  // outreach's rendering of the message replied to
};

struct Classified {
  ReplyKind kind = ReplyKind::neutral;
  std::int64_t confidence_bp = 0;
  std::string_view reason;  // of BOUNCE
  bool referral = false;    // NEGATIVE that names another person
  bool by_header = false;
};

Classified classify(const Reply& reply, const ReplyRules& rules);

}  // namespace millrace::outreach
