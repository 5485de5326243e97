#include "topology/control/reviews.h"

#include "core/hash.h"
#include "core/json.h"
#include "topology/events/control.h"
#include "topology/topics.h"

namespace millrace::control {

namespace {

constexpr std::size_t kOpenMax = 100;

// A review as the ledger tells it; the text itself stands in the record that proposed it.
struct ReviewBody {
  std::vector<std::string> approvers;
  std::string actor, author, base_sha256, policy_sha256, review_id, state, type = "POLICY";
  std::int64_t due_ms = 0, opened_ms = 0;
  RawJson whatif;
  static constexpr auto fields() {
    using B = ReviewBody;
    return FieldList{field("actor", &B::actor),
                     field("approvers", &B::approvers),
                     field("author", &B::author),
                     field("base_sha256", &B::base_sha256),
                     field("due_ms", &B::due_ms),
                     field("opened_ms", &B::opened_ms),
                     field("policy_sha256", &B::policy_sha256),
                     field("review_id", &B::review_id),
                     field("state", &B::state),
                     field("type", &B::type),
                     field("whatif", &B::whatif)};
  }
};

}  // namespace

void PolicyReviews::write(std::string_view review_id, const Row& row, std::string_view actor, Step& step) {
  ReviewBody body;
  body.approvers = row.review.approvers;
  body.actor = actor;
  body.author = row.review.author;
  body.base_sha256 = row.base_sha256;
  body.policy_sha256 = sha256_hex(row.toml, 16);
  body.review_id = review_id;
  body.state = name_of(row.review.state);
  body.due_ms = row.due_ms;
  body.opened_ms = row.review.opened_ms;
  body.whatif = row.whatif;
  ledger_.append(step, "approval", actor, review_id, to_json(body));
}

void PolicyReviews::changed(std::string_view review_id, Row row, std::string_view actor, Step& step) {
  write(review_id, row, actor, step);
  if (row.review.state == ReviewState::open) {
    rows_.edit(open_key(review_id)) = std::move(row);
    return;
  }
  step.cancel_timer(row.due_ms, kTimer, review_id);
  rows_.erase(open_key(review_id));
  row.toml.clear();  // it stands in the log
  rows_.edit(closed_key(review_id)) = std::move(row);
}

Verdict PolicyReviews::proposed(const PolicyProposed& e, std::string_view live_sha256, const ChangePolicy& rules, Step& step) {
  Policy policy;
  if (const auto problems = Policy::parse(e.toml, policy); !problems.empty())
    return Verdict::dead("bad_field:toml", problems.front());
  const bool has_whatif = !e.whatif.text.empty() && e.whatif.text != "null" && e.whatif.text != "{}";
  const ReviewCode code = may_open(has_whatif, e.base_sha256, live_sha256);
  if (code != ReviewCode::ok) {
    ledger_.reject(step, e.request_id, name_of(code));
    return Verdict::handled();
  }
  const std::string id = review_id(e.toml);
  std::size_t open = 0;
  rows_.scan("open/", {}, [&](std::string_view, const Row&) { return ++open < kOpenMax; });
  if (rows_.contains(open_key(id)) || open >= kOpenMax) {
    ledger_.reject(step, e.request_id, open >= kOpenMax ? "too_many_open" : "already_open");
    return Verdict::handled();
  }
  Row row;
  row.base_sha256 = e.base_sha256;
  row.toml = e.toml;
  row.whatif = e.whatif;
  row.review.author = e.actor;
  row.review.opened_ms = step.now_ms;
  row.due_ms = step.now_ms + rules.ttl_ms;
  rows_.erase(closed_key(id));
  step.set_timer(row.due_ms, std::string(kTimer), id);
  changed(id, std::move(row), e.actor, step);
  return Verdict::handled();
}

void PolicyReviews::answered(const Approval& e, bool approved, const ChangePolicy& rules, Step& step) {
  const Row* found = rows_.find(open_key(e.review_id));
  if (!found) {
    ledger_.reject(step, e.request_id, rows_.contains(closed_key(e.review_id)) ? "not_open" : "unknown_review");
    return;
  }
  Row row = *found;
  const ReviewCode code = approved ? approve(row.review, e.actor, rules.approvals) : reject(row.review);
  if (code != ReviewCode::ok) {
    ledger_.reject(step, e.request_id, name_of(code));
    return;
  }
  PolicyChanged change;
  change.policy_sha256 = sha256_hex(row.toml, 16);
  change.toml = row.toml;
  const bool effective = row.review.state == ReviewState::effective;
  changed(e.review_id, std::move(row), e.actor, step);
  if (effective) step.emit({.topic = topics::control, .key = {}}, change);
}

void PolicyReviews::became_live(std::string_view toml, Step& step) {
  std::vector<std::pair<std::string, Row>> open;
  rows_.scan("open/", {}, [&](std::string_view key, const Row& row) {
    if (row.toml != toml) open.emplace_back(key.substr(5), row);
    return true;
  });
  for (auto& [id, row] : open) {
    other_became_live(row.review);
    changed(id, std::move(row), "control", step);
  }
}

void PolicyReviews::due(std::string_view review_id, Step& step) {
  const Row* found = rows_.find(open_key(review_id));
  if (!found) return;
  Row row = *found;
  tick(row.review, step.now_ms, row.due_ms - row.review.opened_ms);
  changed(review_id, std::move(row), "control", step);
}

}  // namespace millrace::control
