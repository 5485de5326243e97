// A subject that becomes another: everything it holds goes there, and so does whatever still comes.
#include <algorithm>

#include "topology/attribution/attribution_fold.h"

namespace millrace::attribution {

namespace {
constexpr std::size_t kSeenMoved = 200;
}

Verdict AttributionFold::rekeyed(const JourneyRekey& e, Step& step) {
  if (e.to.empty() || e.to == without_tenant(step.raw_key)) return Verdict::handled();
  move_subject(std::string(step.raw_key), e.to, e.deals, step);
  return Verdict::handled();
}

Verdict AttributionFold::merged(const LeadMerged& e, Step& step) {
  const std::string_view name = without_tenant(step.raw_key);
  const bool absorbed = std::any_of(e.absorbed.begin(), e.absorbed.end(),
                                    [&](const std::string& lead) { return name == "subj:" + lead; });
  if (absorbed && !e.survivor.empty()) move_subject(std::string(step.raw_key), "subj:" + e.survivor, {}, step);
  return Verdict::handled();
}

void AttributionFold::move_subject(const std::string& subject, const std::string& to, const std::vector<DealRev>& revs,
                                   Step& step) {
  SubjectRow& row = subjects_.edit(subject);
  const std::string from(without_tenant(subject));
  JourneyMoved first;
  first.from = from;
  first.closed_ms = row.closed_ms;
  const std::string prefix = below(subject, "");
  for (const std::string& key : keys_under(subject_keys_, prefix)) {
    first.keys.push_back(key.substr(prefix.size()));
    subject_keys_.erase(key);
  }
  for (std::size_t i = 0; i < row.touches.size() || i == 0; i += kTouchesMoved) {
    const std::size_t end = std::min(row.touches.size(), i + kTouchesMoved);
    first.touches.assign(row.touches.begin() + static_cast<std::ptrdiff_t>(i), row.touches.begin() + static_cast<std::ptrdiff_t>(end));
    emit_moved(to, first, step);
    first.keys.clear();
  }
  std::vector<DealRev> left = revs;
  for (const std::string& key : keys_under(deals_, prefix)) {
    MovedDeal moved;
    moved.deal = *deals_.find(key);
    const auto named = std::find_if(left.begin(), left.end(), [&](const DealRev& each) { return each.deal_id == moved.deal.deal_id; });
    if (named != left.end()) {
      moved.deal.subject_rev = std::max(moved.deal.subject_rev, named->subject_rev);
      left.erase(named);
    }
    const std::string below_deal = below(key, "");
    for (const std::string& at : keys_under(standing_, below_deal)) {
      moved.parts.push_back({"", at.substr(below_deal.size()), *standing_.find(at)});
      standing_.erase(at);
    }
    for (const std::string& at : keys_under(parts_, below_deal)) {
      const std::string rest = at.substr(below_deal.size());
      const auto hash = rest.rfind('#');
      moved.parts.push_back({rest.substr(0, hash), rest.substr(hash + 1), *parts_.find(at)});
      parts_.erase(at);
    }
    for (const std::string& at : keys_under(seen_, below_deal)) {
      if (moved.seen.size() < kSeenMoved) moved.seen.push_back(at.substr(below_deal.size()));
      seen_.erase(at);
    }
    deals_.erase(key);
    JourneyMoved each;
    each.from = from;
    each.deals.push_back(std::move(moved));
    emit_moved(to, each, step);
  }
  // Deals that harvest knows here and that brought no conversion yet: the new subject must not wait for more.
  for (const DealRev& each : left) {
    JourneyMoved empty;
    empty.from = from;
    empty.deals.emplace_back();
    empty.deals.back().deal.deal_id = each.deal_id;
    empty.deals.back().deal.subject_rev = each.subject_rev;
    emit_moved(to, empty, step);
  }
  row.held = 0;
  // Facts that were held here for a journey on its way go after it.
  for (const std::string& key : keys_under(held_, prefix)) {
    const HeldRow fact = *held_.find(key);
    held_.erase(key);
    const std::string to_key = step.tenant + "/" + to;
    if (fact.conversion) step.emit({.topic = topics::attribution_touches, .key = to_key}, *fact.conversion);
    else step.emit({.topic = topics::attribution_touches, .key = to_key}, *fact.update);
  }
  if (row.close_timer_ms) step.cancel_timer(row.close_timer_ms, kJourneyTimer, subject);
  row = {};
  row.moved_to = to;
}

void AttributionFold::emit_moved(const std::string& to, const JourneyMoved& moved, Step& step) {
  step.emit({.topic = topics::attribution_touches, .key = step.tenant + "/" + to}, moved);
}

Verdict AttributionFold::arrived(const JourneyMoved& e, Step& step) {
  // What once went there comes back: this is its place again.
  if (SubjectRow* back = subjects_.edit_if(step.raw_key); back && back->moved_to == e.from) back->moved_to.clear();
  if (forward(e, step)) return Verdict::handled();
  const std::string key(step.raw_key);
  SubjectRow& subject = subjects_.edit(key);
  remember_keys(key, e.keys, step);
  for (const JourneyTouch& each : e.touches) add_touch(subject, each, step);
  if (!e.touches.empty()) set_close_timer(subject, key, step);
  for (const MovedDeal& each : e.deals) take_deal(key, each, step);
  return Verdict::handled();
}

void AttributionFold::take_deal(const std::string& subject_key, const MovedDeal& moved, Step& step) {
  const DealRow* known = deals_.find(below(subject_key, moved.deal.deal_id));
  const bool mine = known && !known->stage.empty();
  Deal deal = deal_at(subject_key, moved.deal.deal_id);
  const std::int64_t rev = std::max(deal.row.subject_rev, moved.deal.subject_rev);
  if (!mine && !moved.deal.stage.empty()) {
    const auto amount = deal.row.amount_cents;
    deal.row = moved.deal;
    if (amount) deal.row.amount_cents = amount;
    for (const ModelParts& each : moved.parts) {
      if (each.event_id.empty()) standing_.edit(below(deal.key, each.model)) = each.row;
      else parts_.edit(below(below(deal.key, each.event_id), each.model)) = each.row;
    }
    for (const std::string& event : moved.seen) seen_.edit(below(deal.key, event)).at_ms = step.now_ms;
    const SyntheticTable& worth = table(step);
    if (!worth.is_won(deal.row.stage) && !worth.is_lost(deal.row.stage)) ++subjects_.edit(subject_key).open_deals;
  }
  deal.row.subject_rev = rev;
  release_held(subject_key, moved.deal.deal_id, step);
}

}  // namespace millrace::attribution
