// The reviews of proposed policies, kept over tables: from operator.policy_proposed to the record that makes the policy
// live. The rules are policy_change.h; what happens to a review is an entry of the audit ledger.
//
// PR-1  A policy that does not load is never proposed (bad_field:toml): what is approved can become live.
// PR-2  One proposal of a text is open at a time; when it is closed, the text may be proposed anew.
// PR-3  When a policy becomes live every open review closes: its base is the live policy no more.
// Tests: tests/unit/control_test.cpp
#pragma once

#include <string>

#include "state/table.h"
#include "topology/control/policy.h"
#include "topology/events/operator.h"
#include "topology/ledger.h"

namespace millrace::control {

class PolicyReviews {
 public:
  PolicyReviews(state::TableSpace& tables, Ledger& ledger) : rows_(tables, "policy_review"), ledger_(ledger) {}

  // `live`: hash of the live policy. A dead letter only for a text that does not load.
  Verdict proposed(const PolicyProposed& e, std::string_view live_sha256, const ChangePolicy& rules, Step& step);
  // operator.approve and operator.reject of a review "pol_…". The last approval emits control.policy_changed to topic
  // control.
  void answered(const Approval& e, bool approved, const ChangePolicy& rules, Step& step);
  // A policy became live.
  void became_live(std::string_view toml, Step& step);
  // The timer of a review.
  void due(std::string_view review_id, Step& step);

  static constexpr std::string_view kTimer = "policy_review";

 private:
  struct Row {
    std::string base_sha256, toml;
    std::int64_t due_ms = 0;
    PolicyReview review;
    RawJson whatif;
    static constexpr auto fields() {
      return FieldList{field("base_sha256", &Row::base_sha256), field("due_ms", &Row::due_ms), field("review", &Row::review),
                       field("toml", &Row::toml), field("whatif", &Row::whatif)};
    }
  };
  // Open ones stand under "open/", so that what closes them all reads no others.
  static std::string open_key(std::string_view review_id) { return "open/" + std::string(review_id); }
  static std::string closed_key(std::string_view review_id) { return "closed/" + std::string(review_id); }
  void write(std::string_view review_id, const Row& row, std::string_view actor, Step& step);
  // Writes the change; when it closed the review, moves it away from the open ones.
  void changed(std::string_view review_id, Row row, std::string_view actor, Step& step);

  state::Table<Row> rows_;
  Ledger& ledger_;
};

}  // namespace millrace::control
