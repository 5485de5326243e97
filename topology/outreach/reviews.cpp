// Replies that may be a bounce or a complaint, but do not say so for sure: a person decides before an address is given up
// (spec/outreach.md section 7; states as in spec/route.md section 10).
#include "core/hash.h"
#include "topology/outreach/fold.h"

namespace millrace::outreach {

namespace {

// The item as it stands in the ledger.
struct ReviewItem {
  std::string actor, lead_id, message_id, reason, review_id, state;
  std::string type = "REPLY";
  std::int64_t due_ms = 0, opened_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("actor", &ReviewItem::actor),         field("due_ms", &ReviewItem::due_ms),
                      field("lead_id", &ReviewItem::lead_id),     field("message_id", &ReviewItem::message_id),
                      field("opened_ms", &ReviewItem::opened_ms), field("reason", &ReviewItem::reason),
                      field("review_id", &ReviewItem::review_id), field("state", &ReviewItem::state),
                      field("type", &ReviewItem::type)};
  }
};

}  // namespace

void OutreachFold::write_review(const Lead& lead, std::string_view review_id, const ReplyReviewRow& row,
                                std::string_view actor, Step& step) {
  ReviewItem item;
  item.actor = actor;
  item.lead_id = lead.id;
  item.message_id = row.message_id;
  item.reason = row.class_;
  item.review_id = review_id;
  item.state = row.state;
  item.due_ms = row.due_ms;
  item.opened_ms = row.opened_ms;
  ledger().append(step, "approval", actor, review_id, to_json(item));
}

void OutreachFold::open_review(Lead& lead, const Heard& heard, std::string_view provider, std::string_view uid, Step& step) {
  // A reply without a provider's id is told apart by its record.
  const std::string review_id =
      hid("rp_", 12, {lead.tenant, lead.id, provider, uid.empty() ? std::string_view(step.cause_id) : uid});
  const std::string key = key_of(lead.tenant, lead.id, review_id);
  if (reviews_.contains(key)) return;
  ReplyReviewRow& row = reviews_.edit(key);
  row.class_ = name_of(heard.kind);
  row.message_id = heard.message_id;
  row.reason = heard.reason;
  row.confidence_bp = heard.confidence_bp;
  row.channel = heard.channel;
  row.campaign_id = heard.campaign_id;
  row.state = "open";
  row.replied_ms = heard.at_ms;
  row.opened_ms = step.now_ms;
  row.due_ms = step.now_ms + settings(lead.tenant).review_ttl_ms;
  step.set_timer(row.due_ms, "review", key);
  write_review(lead, review_id, row, {}, step);
  alert(lead.tenant, "reply_review", "warning", lead.id, heard.message_id, step);
}

Verdict OutreachFold::judged(const Approval& e, bool approve, Step& step) {
  if (!e.review_id.starts_with("rp_")) return Verdict::ignored();
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  auto lead = known_lead(*e.lead_id, step);
  const std::string key = key_of(step.tenant, *e.lead_id, e.review_id);
  ReplyReviewRow* row = lead ? reviews_.edit_if(key) : nullptr;
  if (!row || row->state != "open") {
    ledger().reject(step, e.request_id, "not_open");
    return Verdict::handled();
  }
  row->state = approve ? "approved" : "rejected";
  row->actor = e.actor;
  row->at_ms = step.now_ms;
  step.cancel_timer(row->due_ms, "review", key);
  write_review(*lead, e.review_id, *row, e.actor, step);

  Heard heard{.kind = ReplyKind::neutral,
              .message_id = row->message_id,
              .channel = row->channel,
              .campaign_id = row->campaign_id,
              .at_ms = row->replied_ms};
  if (approve) {
    heard.kind = row->class_ == "BOUNCE" ? ReplyKind::bounce : ReplyKind::complaint;
    heard.confidence_bp = row->confidence_bp;
    heard.reason = row->reason;
  }
  act_on_reply(*lead, heard, step);
  return Verdict::handled();
}

void OutreachFold::review_due(Lead& lead, std::string_view review_id, Step& step) {
  ReplyReviewRow* row = reviews_.edit_if(key_of(lead.tenant, lead.id, review_id));
  if (!row || row->state != "open") return;
  row->state = "expired";
  row->at_ms = step.now_ms;
  write_review(lead, review_id, *row, {}, step);
  alert(lead.tenant, "review_expired", "warning", lead.id, row->message_id, step);
}

}  // namespace millrace::outreach
