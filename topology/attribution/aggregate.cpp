// Under tenant/agg: closed journeys, what channels contribute to them, and the figures of each day.
#include <algorithm>

#include "core/arith.h"
#include "core/time.h"
#include "topology/attribution/attribution_fold.h"
#include "topology/events/attribution_credits.h"

namespace millrace::attribution {

namespace {

constexpr std::size_t kAdChannels = 32;
constexpr std::int64_t kCountedAtOnce = 1'000'000;

// The channel as it is counted: after the first 32 ad channels, others are ad:other.
std::string counted_channel(AggRow& agg, const std::string& channel) {
  if (!channel.starts_with("ad:")) return channel;
  if (std::find(agg.ad_channels.begin(), agg.ad_channels.end(), channel) != agg.ad_channels.end()) return channel;
  if (agg.ad_channels.size() >= kAdChannels) return "ad:other";
  agg.ad_channels.push_back(channel);
  return channel;
}

}  // namespace

Verdict AttributionFold::journey_closed(const JourneyClosed& e, Step& step) {
  if (e.channels.empty()) return Verdict::handled();
  const bool converted = e.result == "conv";
  const std::string key = below(agg_key(step.tenant), e.currency);
  AggRow& agg = aggs_.edit(key);
  std::string from(kStart);
  for (const std::string& each : e.channels) {
    std::string channel = counted_channel(agg, each);
    ++transitions_.edit(below(key, from)).to[channel];
    from = std::move(channel);
  }
  ++transitions_.edit(below(key, from)).to[std::string(converted ? kConverted : kNull)];
  ++agg.journeys;
  ++agg.since;
  DayRow& day = days_.edit(below(agg_key(step.tenant), e.day));
  ++day.closed;
  day.converted += converted;
  set_day_timer(step);
  if (agg.since >= rules(step).markov_every) recompute(e.currency, agg, false, step);
  return Verdict::handled();
}

Verdict AttributionFold::match_counted(const MatchCounted& e, Step& step) {
  if (e.conversions < 0 || e.conversions > kCountedAtOnce) return Verdict::dead("bad_field:conversions");
  if (e.matched < 0 || e.matched > e.conversions) return Verdict::dead("bad_field:matched");
  DayRow& day = days_.edit(below(agg_key(step.tenant), e.day));
  day.conversions += e.conversions;
  day.matched += e.matched;
  set_day_timer(step);
  return Verdict::handled();
}

void AttributionFold::recompute(const std::string& currency, AggRow& agg, bool daily, Step& step) {
  const std::string prefix = below(below(agg_key(step.tenant), currency), "");
  Transitions graph;
  transitions_.scan(prefix, "", [&](std::string_view key, const TransitionRow& row) {
    graph.emplace(key.substr(prefix.size()), row.to);
    return true;
  });
  const MarkovResult result = markov(graph);
  agg.since = 0;
  ++agg.latest;
  const std::string key = agg_key(step.tenant);
  MarkovShares shares;
  shares.tenant = step.tenant;
  shares.currency = currency;
  shares.share_bp = result.share_bp;
  shares.version = agg.latest;
  step.emit_to_all({.topic = topics::attribution_touches, .key = key}, MarkovShares::type, shares);
  if (!daily) return;
  AttributionModel model;
  model.currency = currency;
  model.version = agg.latest;
  model.conversion_bp = result.conversion_bp;
  model.removal_effect_bp = result.removal_effect_bp;
  model.share_bp = result.share_bp;
  model.journeys = agg.journeys;
  step.emit({.topic = topics::attribution_credits, .key = step.tenant}, model);
}

Verdict AttributionFold::shares_came(const MarkovShares& e, Step&) {
  for (const auto& [channel, bp] : e.share_bp)
    if (bp < 0 || bp > 10000) return Verdict::dead("bad_field:share_bp");
  SharesRow& held = shares_.edit(e.tenant + "/" + e.currency);
  if (e.version <= held.latest) return Verdict::handled();
  held.latest = e.version;
  held.share_bp = e.share_bp;
  return Verdict::handled();
}

void AttributionFold::set_day_timer(Step& step) {
  const std::string key = agg_key(step.tenant);
  DayTimerRow& timer = day_timers_.edit(key);
  if (timer.due_ms) return;
  timer.due_ms = (utc_day(step.now_ms) + 1) * kDayMs;
  step.set_timer(timer.due_ms, std::string(kDayTimer), key);
}

void AttributionFold::end_day(Step& step) {
  const std::string prefix = below(agg_key(step.tenant), "");
  day_timers_.edit(agg_key(step.tenant)).due_ms = 0;
  bool more = false;  // once a tenant has journeys, each day has its model
  for (const std::string& key : keys_under(aggs_, prefix)) {
    recompute(key.substr(prefix.size()), aggs_.edit(key), true, step);
    more = true;
  }
  const std::string today = utc_date(step.now_ms);
  for (const std::string& key : keys_under(days_, prefix)) {
    const std::string day = key.substr(prefix.size());
    if (day >= today) {
      more = true;
      continue;
    }
    const DayRow row = *days_.find(key);
    tell_metric("attribution_recovery", day, row.matched, row.conversions, step);
    tell_metric("journey_conversion", day, row.converted, row.closed, step);
    days_.erase(key);
  }
  if (more) set_day_timer(step);
}

void AttributionFold::tell_metric(std::string_view name, std::string_view day, std::int64_t part, std::int64_t whole,
                                  Step& step) {
  if (whole == 0) return;
  const std::string key = step.tenant + "/metric:" + std::string(name);
  step.emit({.topic = topics::learning_outcomes, .key = key},
            OutcomeMetric{std::string(name), std::string(day), rdiv(Int128{10000} * part, whole)});
}

}  // namespace millrace::attribution
