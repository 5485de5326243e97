// Under a subject: its touches, the keys it was seen with, and the end of its journey.
#include <algorithm>

#include "core/time.h"
#include "topology/attribution/attribution_fold.h"
#include "topology/attribution/channel.h"
#include "topology/attribution/touches.h"

namespace millrace::attribution {

namespace {

std::string_view view(const std::optional<std::string>& text) { return text ? std::string_view(*text) : std::string_view(); }

std::string_view in(const std::map<std::string, std::string>& map, const char* name) {
  const auto found = map.find(name);
  return found == map.end() ? std::string_view() : std::string_view(found->second);
}

constexpr std::size_t kClicksForgotten = 200;  // of one record

// The id that harvest gave a click which is known by this key alone: "click:click_id=C" -> "C", "click:gclid=G" ->
// "gclid=G". Empty for other keys.
std::string_view click_id_in(std::string_view match_key) {
  if (!match_key.starts_with("click:")) return {};
  match_key.remove_prefix(6);
  return match_key.starts_with("click_id=") ? match_key.substr(9) : match_key;
}

}  // namespace

Verdict AttributionFold::touched(const Touch& e, Step& step) {
  if (forward(e, step)) return Verdict::handled();
  const AttributionPolicy& rule = rules(step);
  if (!is_touch(e.kind, view(e.class_), rule.count_opens)) return Verdict::handled();
  const std::string key(step.raw_key);
  JourneyTouch touch;
  touch.id = touch_id(key, e.click_ids, view(e.message_id), e.kind, e.record_id ? view(e.record_id) : step.cause_id);
  touch.ts_ms = e.ts_ms;
  touch.ad_id = e.ad_id;
  touch.campaign_id = e.campaign_id;
  touch.channel = channel_of({e.kind, view(e.platform), &e.click_ids, in(e.utm, "medium"), in(e.utm, "source"), view(e.channel)}, rule);
  SubjectRow& subject = subjects_.edit(key);
  remember_keys(key, e.keys, step);
  if (!add_touch(subject, std::move(touch), step)) return Verdict::handled();
  set_close_timer(subject, key, step);
  if (e.ts_ms <= subject.newest_event_ms) restate_late_touch(key, e.ts_ms, step);
  return Verdict::handled();
}

// False when nothing changed: a touch known at this time or earlier.
bool AttributionFold::add_touch(SubjectRow& subject, JourneyTouch touch, const Step& step) {
  const auto same = std::find_if(subject.touches.begin(), subject.touches.end(),
                                 [&](const JourneyTouch& each) { return each.id == touch.id; });
  if (same != subject.touches.end()) {
    if (same->ts_ms <= touch.ts_ms) return false;
    subject.touches.erase(same);
  }
  touch.closed = touch.closed || touch.ts_ms <= subject.closed_ms;
  subject.touches.insert(std::upper_bound(subject.touches.begin(), subject.touches.end(), touch), touch);
  const AttributionPolicy& rule = rules(step);
  const TimeMs useful = step.now_ms - rule.lookback_ms - rule.late_ms;
  if (subject.open_deals == 0)
    std::erase_if(subject.touches, [&](const JourneyTouch& each) { return each.closed && each.ts_ms < useful; });
  if (subject.touches.size() > kTouchesKept) subject.touches.erase(subject.touches.begin());
  return true;
}

void AttributionFold::remember_keys(std::string_view subject, std::span<const std::string> keys, Step& step) {
  for (const std::string& key : keys) subject_keys_.put(under(subject).append(key), {step.now_ms});
}

void AttributionFold::forget_keys(std::string_view subject, bool clicks_too, Step& step) {
  const std::string_view name = without_tenant(subject);
  if (!name.starts_with("subj:") || name.starts_with("subj:deal:")) return;
  const std::string prefix = under(subject);
  const std::vector<std::string> keys = keys_under(subject_keys_, prefix);
  // Clicks that were made before the lead was known carry no lead_id: their ids tell them.
  std::vector<std::string> ids;
  for (const std::string& key : keys_under(deals_, prefix))
    if (const DealRow* deal = deals_.find(key); deal && deal->match && deal->match->click_id)
      ids.push_back(*deal->match->click_id);
  for (const std::string& key : keys)
    if (const std::string_view id = click_id_in(std::string_view(key).substr(prefix.size())); !id.empty()) ids.emplace_back(id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());

  const TimeMs oldest = step.now_ms - rules(step).keep_ms;
  for (const std::string& key : keys) {
    const std::string match_key = key.substr(prefix.size());
    const bool of_click = match_key.starts_with("click:");
    if (!clicks_too && of_click) continue;
    if (subject_keys_.find(key)->at_ms >= oldest) {
      ClickForget forget;
      forget.lead_id = name.substr(5);
      const std::string to = step.tenant + "/" + match_key;
      std::size_t i = 0;
      do {  // in records of so many ids
        const std::size_t end = std::min(ids.size(), i + kClicksForgotten);
        forget.click_ids.assign(ids.begin() + static_cast<std::ptrdiff_t>(i), ids.begin() + static_cast<std::ptrdiff_t>(end));
        step.emit({.topic = topics::attribution_touches, .key = to}, forget);
        i = end;
      } while (i < ids.size());
    }
    subject_keys_.erase(key);
  }
}

Verdict AttributionFold::erased(const LeadErased&, Step& step) {
  // Harvest tells the survivor itself, behind all that it said to it before; an absorbed lead's word would overtake that.
  if (const SubjectRow* known = subjects_.find(step.raw_key); known && !known->moved_to.empty()) return Verdict::handled();
  const std::string key(step.raw_key);
  SubjectRow& subject = subjects_.edit(key);  // also one that is not known: a journey may be on its way to it
  forget_keys(key, true, step);
  subject.erased = true;
  subject.touches.clear();
  if (subject.close_timer_ms) step.cancel_timer(subject.close_timer_ms, kJourneyTimer, key);
  subject.close_timer_ms = 0;
  orphan_deals(key, step);
  return Verdict::handled();
}

Verdict AttributionFold::consented(const ConsentChanged& e, Step& step) {
  if (forward(e, step)) return Verdict::handled();
  if (e.measure_consent == false) forget_keys(step.raw_key, false, step);
  return Verdict::handled();
}

void AttributionFold::set_close_timer(SubjectRow& subject, const std::string& key, Step& step) {
  const auto last = std::find_if(subject.touches.rbegin(), subject.touches.rend(),
                                 [](const JourneyTouch& each) { return !each.closed; });
  if (last == subject.touches.rend()) return;
  const TimeMs due = last->ts_ms + rules(step).lookback_ms + 1;
  if (due == subject.close_timer_ms) return;
  if (subject.close_timer_ms) step.cancel_timer(subject.close_timer_ms, kJourneyTimer, key);
  subject.close_timer_ms = due;
  subject.close_waits = false;
  step.set_timer(due, std::string(kJourneyTimer), key);
}

void AttributionFold::close_in_time(const std::string& key, Step& step) {
  SubjectRow* subject = subjects_.edit_if(key);
  if (!subject) return;
  subject->close_timer_ms = 0;
  if (subject->open_deals > 0) subject->close_waits = true;
  else close_journey(*subject, step.now_ms, kNull, step);
}

void AttributionFold::close_journey(SubjectRow& subject, TimeMs upto_ms, std::string_view result, Step& step) {
  JourneyClosed closed;
  for (JourneyTouch& each : subject.touches) {
    if (each.closed || each.ts_ms > upto_ms) continue;
    each.closed = true;
    closed.channels.push_back(each.channel);
  }
  subject.closed_ms = std::max(subject.closed_ms, upto_ms);
  subject.close_waits = false;
  if (closed.channels.empty()) return;
  closed.currency = table(step).currency;
  closed.result = result == kConverted ? "conv" : "null";
  closed.day = utc_date(step.now_ms);
  step.emit({.topic = topics::attribution_touches, .key = agg_key(step.tenant)}, closed);
}

}  // namespace millrace::attribution
