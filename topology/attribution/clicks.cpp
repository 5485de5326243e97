// Under a match key: the clicks stored there, and the requests that wait for one.
#include <algorithm>

#include "topology/attribution/attribution_fold.h"
#include "topology/attribution/channel.h"
#include "topology/attribution/match.h"

namespace millrace::attribution {

namespace {

constexpr DurationMs kClockSkew = 300'000;  // a click may lie this far in the future

StoredClick click_of(const AttributionClick& e, const AttributionPolicy& rules) {
  StoredClick click;
  click.click_id = e.click_id;
  click.clicked_ms = e.clicked_ms;
  click.ad_id = e.ad_id;
  click.campaign_id = e.campaign_id;
  click.ad_account = e.ad_account;
  click.lead_id = e.lead_id;
  click.platform = e.platform;
  const std::string_view platform = e.platform ? std::string_view(*e.platform) : std::string_view();
  click.channel = channel_of({"ad_click", platform, &e.ids}, rules);
  return click;
}

}  // namespace

Verdict AttributionFold::clicked(const AttributionClick& e, Step& step) {
  if (e.clicked_ms > step.now_ms + kClockSkew) return Verdict::dead("bad_field:clicked_ms");
  const std::string key(step.raw_key);
  const auto kind = kind_of_key(without_tenant(key));
  if (!kind) return Verdict::dead("bad_field:key", "a click lies under click:, fp: or ipua:");
  ClicksRow& row = clicks_.edit(key);
  prune_clicks(row, key, step);
  const std::int64_t number = stored_.add(key, row, click_of(e, rules(step)));
  if (row.clicks.size() > kClicksKept) stored_.drop_oldest(key, row, 1);
  set_click_timer(row, key, step);
  for (const MatchRequest& request : row.waiting) {
    const KeyMatch found = stored_.match(key, row, *kind, request.t_ms, rules(step));
    if (!found.best) continue;
    const ClickMark& best = row.clicks[*found.best];
    if (best.number == number) answer_match(request, &stored_.at(key, best), true, step);
  }
  return Verdict::handled();
}

Verdict AttributionFold::requested(const MatchRequest& e, Step& step) {
  const std::string key(step.raw_key);
  const auto kind = kind_of_key(without_tenant(key));
  if (!kind) return Verdict::dead("bad_field:key");
  ClicksRow& row = clicks_.edit(key);
  prune_clicks(row, key, step);
  const KeyMatch found = stored_.match(key, row, *kind, e.t_ms, rules(step));
  if (found.best) {
    answer_match(e, &stored_.at(key, row.clicks[*found.best]), false, step);
    return Verdict::handled();
  }
  row.waiting.push_back(e);
  row.waiting.back().keys.clear();
  if (row.waiting.size() > kWaitingKept) row.waiting.erase(row.waiting.begin());
  set_click_timer(row, key, step);
  MatchRequest next = e;
  if (found.ambiguous) next.ambiguous.emplace_back(name_of(*kind));
  if (next.keys.empty()) {
    answer_match(next, nullptr, false, step);
    return Verdict::handled();
  }
  // Requests and answers do not grow the hop: a request goes to each of its keys once, and ends.
  next.key = next.keys.front();
  next.keys.erase(next.keys.begin());
  step.emit({.topic = topics::attribution_touches, .key = step.tenant + "/" + next.key, .same_hop = true}, next);
  return Verdict::handled();
}

void AttributionFold::answer_match(const MatchRequest& e, const StoredClick* click, bool late, Step& step) {
  MatchResult result;
  result.subject = e.subject;
  result.deal_id = e.deal_id;
  result.event_id = e.event_id;
  result.ambiguous = e.ambiguous;
  if (late) result.late = true;
  Layer layer = kUnattributed;
  if (click) {
    layer = layer_of(*kind_of_key(without_tenant(step.raw_key)), rules(step));
    result.click_id = click->click_id;
    result.clicked_ms = click->clicked_ms;
    result.window_ms = e.t_ms - click->clicked_ms;
    result.ad_id = click->ad_id;
    result.campaign_id = click->campaign_id;
    result.ad_account = click->ad_account;
    result.channel = click->channel;
    result.platform = click->platform;
  }
  result.layer = layer.layer;
  result.method = layer.method;
  result.confidence_bp = layer.confidence_bp;
  step.emit({.topic = topics::attribution_touches, .key = step.tenant + "/" + e.subject, .same_hop = true}, result);
}

Verdict AttributionFold::forgotten(const ClickForget& e, Step& step) {
  ClicksRow* row = clicks_.edit_if(step.raw_key);
  if (!row) return Verdict::handled();
  stored_.erase_if(step.raw_key, *row, [&](const StoredClick& each) {
    return each.lead_id == e.lead_id ||
           std::find(e.click_ids.begin(), e.click_ids.end(), each.click_id) != e.click_ids.end();
  });
  std::erase_if(row->waiting, [&](const MatchRequest& each) {
    return each.lead_id == e.lead_id || each.subject == "subj:" + e.lead_id;
  });
  return Verdict::handled();
}

void AttributionFold::prune_clicks(ClicksRow& row, const std::string& key, const Step& step) {
  const AttributionPolicy& rule = rules(step);
  const auto kept = std::find_if(row.clicks.begin(), row.clicks.end(),
                                 [&](const ClickMark& each) { return step.now_ms - each.clicked_ms <= rule.keep_ms; });
  if (kept != row.clicks.begin()) stored_.drop_oldest(key, row, static_cast<std::size_t>(kept - row.clicks.begin()));
  std::erase_if(row.waiting, [&](const MatchRequest& each) { return step.now_ms - each.asked_ms > rule.late_ms; });
}

void AttributionFold::set_click_timer(ClicksRow& row, const std::string& key, Step& step) {
  const AttributionPolicy& rule = rules(step);
  TimeMs due = INT64_MAX;
  if (!row.clicks.empty()) due = std::min(due, row.clicks.front().clicked_ms + rule.keep_ms + 1);
  for (const MatchRequest& each : row.waiting) due = std::min(due, each.asked_ms + rule.late_ms + 1);
  if (due == INT64_MAX || (row.timer_ms != 0 && row.timer_ms <= due)) return;
  if (row.timer_ms != 0) step.cancel_timer(row.timer_ms, kClicksTimer, key);
  row.timer_ms = due;
  step.set_timer(due, std::string(kClicksTimer), key);
}

}  // namespace millrace::attribution
