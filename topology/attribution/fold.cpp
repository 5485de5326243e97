#include "topology/attribution/fold.h"

#include "topology/attribution/attribution_fold.h"

namespace millrace::attribution {

AttributionFold::AttributionFold(const wire::StageContext& c)
    : StageFold("attribution", c),
      subjects_(c.tables, "subject"),
      subject_keys_(c.tables, "subject_key"),
      deals_(c.tables, "deal"),
      events_(c.tables),
      seen_(c.tables, "seen"),
      credits_(c.tables, "credits"),
      standing_(c.tables, "standing"),
      held_(c.tables, "held"),
      passed_(c.tables, "passed"),
      clicks_(c.tables, "clicks"),
      stored_(c.tables),
      aggs_(c.tables, "agg"),
      transitions_(c.tables, "transition"),
      days_(c.tables, "day"),
      day_timers_(c.tables, "day_timer"),
      shares_(c.tables, "shares") {
  on<AttributionClick>(AttributionClick::type, [this](const AttributionClick& e, Step& s) { return clicked(e, s); });
  on<Touch>(Touch::type, [this](const Touch& e, Step& s) { return touched(e, s); });
  on<Conversion>(Conversion::type, [this](const Conversion& e, Step& s) { return converted(e, s); });
  on<AttributionDealUpdated>(AttributionDealUpdated::type,
                             [this](const AttributionDealUpdated& e, Step& s) { return deal_updated(e, s); });
  on<JourneyRekey>(JourneyRekey::type, [this](const JourneyRekey& e, Step& s) { return rekeyed(e, s); });
  on<LeadMerged>(LeadMerged::type, [this](const LeadMerged& e, Step& s) { return merged(e, s); });
  on<LeadErased>(LeadErased::type, [this](const LeadErased& e, Step& s) { return erased(e, s); });
  on<ConsentChanged>(ConsentChanged::type, [this](const ConsentChanged& e, Step& s) { return consented(e, s); });
  on<MatchRequest>(MatchRequest::type, [this](const MatchRequest& e, Step& s) { return requested(e, s); });
  on<MatchResult>(MatchResult::type, [this](const MatchResult& e, Step& s) { return match_found(e, s); });
  on<JourneyMoved>(JourneyMoved::type, [this](const JourneyMoved& e, Step& s) { return arrived(e, s); });
  on<JourneyClosed>(JourneyClosed::type, [this](const JourneyClosed& e, Step& s) { return journey_closed(e, s); });
  on<MatchCounted>(MatchCounted::type, [this](const MatchCounted& e, Step& s) { return match_counted(e, s); });
  on<MarkovShares>(MarkovShares::type, [this](const MarkovShares& e, Step& s) { return shares_came(e, s); });
  on<ClickForget>(ClickForget::type, [this](const ClickForget& e, Step& s) { return forgotten(e, s); });
}

void AttributionFold::fire(const Timer& timer, Step& step) {
  step.tenant = timer.key.substr(0, timer.key.find('/'));
  if (timer.kind == kJourneyTimer) return close_in_time(timer.key, step);
  if (timer.kind == kDayTimer) return end_day(step);
  if (timer.kind != kClicksTimer) return;
  ClicksRow* row = clicks_.edit_if(timer.key);
  if (!row) return;
  row->timer_ms = 0;
  prune_clicks(*row, timer.key, step);
  if (row->clicks.empty() && row->waiting.empty()) clicks_.erase(timer.key);
  else set_click_timer(*row, timer.key, step);
}

std::string escaped(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (const char c : name) {
    if (c == '#') out.append("%23");
    else if (c == '%') out.append("%25");
    else out.push_back(c);
  }
  return out;
}

std::unique_ptr<Fold> make_fold(const wire::StageContext& context) { return std::make_unique<AttributionFold>(context); }

}  // namespace millrace::attribution
