// A subject that becomes another: everything it holds goes there, and so does whatever still comes.
#include <algorithm>
#include <map>
#include <utility>

#include "topology/attribution/attribution_fold.h"

namespace millrace::attribution {

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
  const std::string prefix = under(subject);
  for (const std::string& key : keys_under(subject_keys_, prefix)) {
    if (first.keys.size() == kKeysMoved) {
      emit_moved(to, first, step);
      first.keys.clear();
    }
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
    const bool coming = deals_.find(key)->coming.value_or(false);
    MovedDeal moved = take_out(key);
    if (coming) {  // what went ahead of it goes on ahead of it
      emit_deal(to, from, std::move(moved), false, step);
      continue;
    }
    const auto named = std::find_if(left.begin(), left.end(), [&](const DealRev& each) { return each.deal_id == moved.deal.deal_id; });
    if (named != left.end()) {
      moved.deal.subject_rev = std::max(moved.deal.subject_rev, named->subject_rev);
      left.erase(named);
    }
    pass(subject, moved);
    moved.held = take_held(subject, moved.deal.deal_id);
    emit_deal(to, from, std::move(moved), false, step);
  }
  for (const DealRev& each : left) {
    // Its journey is still under way to here: it will go on with this subject_rev.
    PassedRow& passed = passed_.edit(deal_key(subject, each.deal_id));
    if (each.subject_rev > 1 && passed.rev < each.subject_rev - 1) {
      passed.promised = std::max(passed.promised, each.subject_rev);
      continue;
    }
    // It went on already, or never brought a conversion: the new subject must not wait for more.
    passed.rev = std::max(passed.rev, each.subject_rev);
    MovedDeal empty;
    empty.deal.deal_id = each.deal_id;
    empty.deal.subject_rev = each.subject_rev;
    empty.held = take_held(subject, each.deal_id);
    emit_deal(to, from, std::move(empty), false, step);
  }
  row.held = 0;
  // Facts that were held here for a journey on its way go ahead of it.
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

MovedDeal AttributionFold::take_out(const std::string& key) {
  MovedDeal moved;
  DealRow& row = deals_.edit(key);
  moved.deal.events = events_.take(key, row.events);
  static_cast<DealRow&>(moved.deal) = row;
  moved.deal.coming.reset();
  const std::string below_deal = below(key, "");
  const auto send = [&](const std::string& event_id, const CreditsRow& credits) {  // by names of models
    std::map<std::string_view, const ModelCredits*> models;
    for (const ModelCredits& each : credits.models) models.emplace(name_of(each.model), &each);
    for (const auto& [name, each] : models)
      moved.parts.push_back({event_id, std::string(name), {parts_in(credits, each->model), each->shares_version}});
  };
  if (const CreditsRow* standing = standing_.find(key)) send("", *standing);
  standing_.erase(key);
  std::vector<std::string> events = keys_under(credits_, below_deal);
  std::sort(events.begin(), events.end(), [](const std::string& a, const std::string& b) { return a + "#" < b + "#"; });
  for (const std::string& at : events) {
    send(at.substr(below_deal.size()), *credits_.find(at));
    credits_.erase(at);
  }
  for (const std::string& at : keys_under(seen_, below_deal)) {
    moved.seen.push_back(at.substr(below_deal.size()));
    seen_.erase(at);
  }
  deals_.erase(key);
  return moved;
}

void AttributionFold::pass(const std::string& subject, MovedDeal& moved) {
  if (moved.goes_ahead()) return;
  PassedRow& passed = passed_.edit(deal_key(subject, moved.deal.deal_id));
  moved.deal.subject_rev = std::max(moved.deal.subject_rev, passed.promised);
  passed.rev = std::max(passed.rev, moved.deal.subject_rev);
}

void AttributionFold::orphan(const std::string& subject, MovedDeal moved, Step& step) {
  const std::string deal_id = moved.deal.deal_id;
  if (!moved.goes_ahead()) {
    pass(subject, moved);
    moved.deal.lead_id.reset();
    ++moved.deal.subject_rev;  // as harvest counts it
    for (HeldRow& fact : take_held(subject, deal_id)) moved.held.push_back(std::move(fact));
  }
  for (HeldRow& fact : moved.held) (fact.conversion ? fact.conversion->lead_id : fact.update->lead_id).reset();
  emit_deal("subj:deal:" + deal_id, std::string(without_tenant(subject)), std::move(moved), true, step);
}

void AttributionFold::orphan_deals(const std::string& subject, Step& step) {
  for (const std::string& key : keys_under(deals_, under(subject))) orphan(subject, take_out(key), step);
  SubjectRow& row = subjects_.edit(subject);
  row.deals = row.open_deals = 0;
  row.close_waits = false;
}

bool AttributionFold::sent_after(const std::string& subject, const HeldRow& fact, Step& step) {
  const SubjectRow* row = subjects_.find(subject);
  if (!row || (row->moved_to.empty() && !row->erased)) return false;
  const PassedRow* passed = passed_.find(deal_key(subject, fact.deal_id()));
  std::string to = row->moved_to;
  if (row->erased) {
    // Behind the deal, which went home with the next subject_rev.
    if (fact.subject_rev() > (passed ? passed->rev : -1) + 1) {
      hold(subject, fact);
      return true;
    }
    to = "subj:deal:" + fact.deal_id();
  } else if (passed && fact.subject_rev() > std::max(passed->rev, passed->promised)) {
    hold(subject, fact);  // said for the time after its deal has come back here
    return true;
  }
  const bool nobodys = row->erased;
  const std::string key = step.tenant + "/" + to;
  const auto send = [&](auto e) {
    if (nobodys) e.lead_id.reset();
    step.emit({.topic = topics::attribution_touches, .key = key}, e);
  };
  if (fact.conversion) send(*fact.conversion);
  else send(*fact.update);
  return true;
}

std::vector<HeldRow> AttributionFold::take_held(const std::string& subject, std::string_view deal_id) {
  std::vector<HeldRow> facts;
  const SubjectRow* row = subjects_.find(subject);
  if (!row || row->held == 0) return facts;
  for (const std::string& key : keys_under(held_, below(deal_key(subject, deal_id), ""))) {
    facts.push_back(*held_.find(key));
    held_.erase(key);
    --subjects_.edit(subject).held;
  }
  return facts;
}

// What does not fit into one record goes ahead in others: events, credits, ids of events, facts that wait. The last one brings the
// deal, and so lets go what is held.
void AttributionFold::emit_deal(const std::string& to, const std::string& from, MovedDeal moved, bool home, Step& step) {
  JourneyMoved record;
  record.from = from;
  if (home) record.home = true;
  const auto ahead = [&](auto& list, std::size_t at_once) {
    for (std::size_t i = 0; list.size() - i > at_once; i += at_once) {
      record.deals.assign(1, MovedDeal{});
      record.deals[0].deal.deal_id = moved.deal.deal_id;
      const auto first = list.begin() + static_cast<std::ptrdiff_t>(i);
      const auto part = std::vector(first, first + static_cast<std::ptrdiff_t>(at_once));
      if constexpr (std::is_same_v<decltype(part), const std::vector<HeldRow>>) record.deals[0].held = part;
      else if constexpr (std::is_same_v<decltype(part), const std::vector<CreditedEvent>>) record.deals[0].deal.events = part;
      else record.deals[0].seen = part;
      emit_moved(to, record, step);
    }
    if (list.size() > at_once)
      list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>((list.size() - 1) % at_once + 1));
  };
  std::vector<ModelParts> parts;
  std::size_t parts_at_once = 0;
  for (ModelParts& each : moved.parts) {
    if (!parts.empty() && parts_at_once + each.row.parts.size() > kPartsMoved) {
      record.deals.assign(1, MovedDeal{});
      record.deals[0].deal.deal_id = moved.deal.deal_id;
      record.deals[0].parts = std::exchange(parts, {});
      parts_at_once = 0;
      emit_moved(to, record, step);
    }
    parts_at_once += each.row.parts.size();
    parts.push_back(std::move(each));
  }
  moved.parts = std::move(parts);
  ahead(moved.deal.events, kEventsMoved);
  ahead(moved.seen, kSeenMoved);
  ahead(moved.held, kHeldMoved);
  record.deals.clear();
  record.deals.push_back(std::move(moved));
  emit_moved(to, record, step);
}

void AttributionFold::emit_moved(const std::string& to, const JourneyMoved& moved, Step& step) {
  step.emit({.topic = topics::attribution_touches, .key = step.tenant + "/" + to}, moved);
}

Verdict AttributionFold::arrived(const JourneyMoved& e, Step& step) {
  const std::string key(step.raw_key);
  if (SubjectRow* back = subjects_.edit_if(key); back && !back->moved_to.empty()) {
    // What returns from where it went (by no detour: DE-1 of harvest), or lost its lead, is at home, unless sent on since.
    const bool sent_on = std::any_of(e.deals.begin(), e.deals.end(), [&](const MovedDeal& each) {
      const PassedRow* passed = passed_.find(deal_key(key, each.deal.deal_id));
      return passed && passed->promised > passed->rev;
    });
    const bool ahead = !e.deals.empty() && std::all_of(e.deals.begin(), e.deals.end(), [](const MovedDeal& each) { return each.goes_ahead(); });
    if (e.home.value_or(false) && !sent_on && ahead) {
      for (const MovedDeal& each : e.deals) take_deal(key, each, step);
      return Verdict::handled();
    }
    if ((e.home.value_or(false) && !sent_on) || back->moved_to == e.from) back->moved_to.clear();
  }
  if (const SubjectRow* here = subjects_.find(key); here && !here->moved_to.empty()) {
    JourneyMoved on = e;
    for (MovedDeal& each : on.deals) pass(key, each);
    step.emit({.topic = topics::attribution_touches, .key = step.tenant + "/" + here->moved_to}, on);
    return Verdict::handled();
  }
  SubjectRow& subject = subjects_.edit(key);
  remember_keys(key, e.keys, step);
  if (subject.erased) {
    forget_keys(key, true, step);
    for (const MovedDeal& each : e.deals) orphan(key, each, step);
    return Verdict::handled();
  }
  for (const JourneyTouch& each : e.touches) add_touch(subject, each, step);
  if (!e.touches.empty()) set_close_timer(subject, key, step);
  for (const MovedDeal& each : e.deals) take_deal(key, each, step);
  return Verdict::handled();
}

void AttributionFold::take_deal(const std::string& subject_key, const MovedDeal& moved, Step& step) {
  for (const std::string& event : moved.seen)
    seen_.edit(below(deal_key(subject_key, moved.deal.deal_id), event)).at_ms = step.now_ms;
  for (const HeldRow& fact : moved.held) hold(subject_key, fact);
  if (moved.goes_ahead() && moved.seen.empty() && moved.parts.empty() && moved.deal.events.empty()) return;
  Deal deal = deal_at(subject_key, moved.deal.deal_id);
  const bool mine = !deal.row.stage.empty();
  if (!mine)
    for (const ModelParts& each : moved.parts) {
      CreditsRow& row = each.event_id.empty() ? standing_.edit(deal.key) : credits_.edit(below(deal.key, each.event_id));
      if (const auto model = enum_of<Model>(each.model)) set_parts(row, *model, each.row.parts, each.row.shares_version);
    }
  const auto take_events = [&] {
    for (const CreditedEvent& each : moved.deal.events) events_.add(deal.key, deal.row.events, each);
  };
  if (moved.goes_ahead()) {
    if (mine) return;
    take_events();
    deal.row.coming = true;
    return;
  }
  const std::int64_t rev = std::max(deal.row.subject_rev, moved.deal.subject_rev);
  deal.row.coming.reset();
  if (!mine && !moved.deal.stage.empty()) {
    const auto amount = deal.row.amount_cents;
    const EventNumbers ahead = deal.row.events;
    deal.row = static_cast<const DealRow&>(moved.deal);
    deal.row.events = ahead;
    take_events();
    if (amount) deal.row.amount_cents = amount;
    SubjectRow& subject = subjects_.edit(subject_key);
    subject.newest_event_ms = std::max(subject.newest_event_ms, deal.row.last_event_ms.value_or(INT64_MIN));
    const SyntheticTable& worth = table(step);
    if (!worth.is_won(deal.row.stage) && !worth.is_lost(deal.row.stage)) ++subject.open_deals;
  }
  deal.row.subject_rev = rev;
  release_held(subject_key, moved.deal.deal_id, step);
}

}  // namespace millrace::attribution
