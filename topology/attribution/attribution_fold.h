// The fold of stage attribution; its handlers stand in clicks.cpp, journeys.cpp, conversions.cpp, matching.cpp,
// credits.cpp, moves.cpp and aggregate.cpp.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/attribution/credit.h"
#include "topology/attribution/credit_rows.h"
#include "topology/attribution/deal.h"
#include "topology/attribution/deal_events.h"
#include "topology/attribution/markov.h"
#include "topology/attribution/moved.h"
#include "topology/attribution/policy.h"
#include "topology/attribution/stored_clicks.h"
#include "topology/attribution/tables.h"
#include "topology/events/crm_events.h"
#include "topology/wire/stage_fold.h"

namespace millrace::attribution {

// A deal at hand during one step.
struct Deal {
  std::string subject;  // tenant/subj:…
  std::string key;      // <subject>#<deal_id>
  DealRow& row;
};

class AttributionFold final : public wire::StageFold {
 public:
  explicit AttributionFold(const wire::StageContext& context);
  void fire(const Timer& timer, Step& step) override;

 private:
  const AttributionPolicy& rules(const Step& step) { return policy().of<AttributionPolicy>(step.tenant); }
  const SyntheticTable& table(const Step& step) { return policy().of<SyntheticTable>(step.tenant); }

  // clicks.cpp: under a match key
  Verdict clicked(const AttributionClick& e, Step& step);
  Verdict requested(const MatchRequest& e, Step& step);
  Verdict forgotten(const ClickForget& e, Step& step);
  void prune_clicks(ClicksRow& row, const std::string& key, const Step& step);
  void set_click_timer(ClicksRow& row, const std::string& key, Step& step);
  void answer_match(const MatchRequest& e, const StoredClick* click, bool late, Step& step);

  // journeys.cpp: under a subject
  Verdict touched(const Touch& e, Step& step);
  Verdict erased(const LeadErased& e, Step& step);
  Verdict consented(const ConsentChanged& e, Step& step);
  bool add_touch(SubjectRow& subject, JourneyTouch touch, const Step& step);
  void remember_keys(std::string_view subject, std::span<const std::string> keys, Step& step);
  void forget_keys(std::string_view subject, bool clicks_too, Step& step);
  void set_close_timer(SubjectRow& subject, const std::string& key, Step& step);
  void close_journey(SubjectRow& subject, TimeMs upto_ms, std::string_view result, Step& step);
  void close_in_time(const std::string& key, Step& step);

  // conversions.cpp
  Verdict converted(const Conversion& e, Step& step);
  Verdict deal_updated(const AttributionDealUpdated& e, Step& step);
  bool is_held(const std::string& subject, const HeldRow& fact);
  void hold(const std::string& subject, const HeldRow& fact);
  void release_held(const std::string& subject, std::string_view deal_id, Step& step);
  void count_conversion(const std::string& subject, const Conversion& e, Step& step);
  void count_update(const std::string& subject, const AttributionDealUpdated& e, Step& step);
  Deal deal_at(const std::string& subject, std::string_view deal_id);
  void drop_old_events(Deal& deal, const Step& step);

  // matching.cpp: model matched
  Verdict match_found(const MatchResult& e, Step& step);
  void go_on_matching(Deal& deal, Step& step);
  void take_late_match(Deal& deal, const MatchResult& e, Step& step);

  // credits.cpp
  struct Change {
    const Part* part;
    bool reversal;
    std::int64_t rev;
    std::string restates;
  };
  Parts parts_of(const Deal& deal, const CreditedEvent& event, Model model, const CreditsRow& standing,
                 std::int64_t& shares_version, const Step& step);
  void credit_event(Deal& deal, const CreditedEvent& event, std::span<const Model> models, Step& step);
  // Computes the events from number `from` on again under these models.
  void restate(Deal& deal, std::int64_t from, std::span<const Model> models, Step& step);
  void emit_changes(const Deal& deal, const CreditedEvent& event, Model model, std::span<const Change> changes,
                    std::int64_t shares_version, Step& step);
  void emit_revenue(const Deal& deal, const CreditedEvent& event, std::span<const Change> changes, Step& step);
  void restate_late_touch(const std::string& subject, TimeMs ts_ms, Step& step);
  std::vector<Model> models_of(const DealRow& deal) const;

  // moves.cpp
  Verdict rekeyed(const JourneyRekey& e, Step& step);
  Verdict merged(const LeadMerged& e, Step& step);
  Verdict arrived(const JourneyMoved& e, Step& step);
  void move_subject(const std::string& subject, const std::string& to, const std::vector<DealRev>& deals, Step& step);
  void emit_moved(const std::string& to, const JourneyMoved& moved, Step& step);
  void emit_deal(const std::string& to, const std::string& from, MovedDeal moved, bool home, Step& step);
  // Notes that the journey leaves the subject, with the subject_rev that harvest promised for it.
  void pass(const std::string& subject, MovedDeal& moved);
  // A fact of a deal at a subject that is not its own any more: sends it after the deal, or keeps it until the deal has
  // passed; false when it is to be counted here.
  bool sent_after(const std::string& subject, const HeldRow& fact, Step& step);
  std::vector<HeldRow> take_held(const std::string& subject, std::string_view deal_id);
  void take_deal(const std::string& subject, const MovedDeal& moved, Step& step);
  // Takes the deal with all its rows out of the tables. Needs: it is there.
  MovedDeal take_out(const std::string& key);
  // A deal of an erased lead becomes a subject of its own, as harvest names it from now on.
  void orphan(const std::string& subject, MovedDeal moved, Step& step);
  void orphan_deals(const std::string& subject, Step& step);
  // Sends the record on when this subject moved; true when it did.
  template <class Event>
  bool forward(const Event& e, Step& step);

  // aggregate.cpp: under tenant/agg
  Verdict journey_closed(const JourneyClosed& e, Step& step);
  Verdict match_counted(const MatchCounted& e, Step& step);
  Verdict shares_came(const MarkovShares& e, Step& step);
  void recompute(const std::string& currency, AggRow& agg, bool daily, Step& step);
  void set_day_timer(Step& step);
  void end_day(Step& step);
  void tell_metric(std::string_view name, std::string_view day, std::int64_t part, std::int64_t whole, Step& step);

  // Keys of a table under a prefix.
  template <class Row>
  static std::vector<std::string> keys_under(state::Table<Row>& table, const std::string& prefix) {
    std::vector<std::string> keys;
    table.scan(prefix, "", [&](std::string_view key, const Row&) {
      keys.emplace_back(key);
      return true;
    });
    return keys;
  }

  template <class Row>
  using Table = state::Table<Row>;
  Table<SubjectRow> subjects_;
  Table<SeenRow> subject_keys_;
  Table<DealRow> deals_;
  DealEvents events_;
  Table<SeenRow> seen_;
  Table<CreditsRow> credits_, standing_;
  Table<HeldRow> held_;
  Table<PassedRow> passed_;
  Table<ClicksRow> clicks_;
  StoredClicks stored_;
  Table<AggRow> aggs_;
  Table<TransitionRow> transitions_;
  Table<DayRow> days_;
  Table<DayTimerRow> day_timers_;
  Table<SharesRow> shares_;
};

inline std::string below(std::string_view key, std::string_view name) {
  return std::string(key).append(1, '#').append(name);
}
// Row keys nest at '#', which ids of deals, and so names of subjects, may hold ("csv:1001#2"): there it is escaped.
std::string escaped(std::string_view name);
inline std::string under(std::string_view subject) { return escaped(subject).append(1, '#'); }
inline std::string deal_key(std::string_view subject, std::string_view deal_id) { return under(subject).append(escaped(deal_id)); }
inline std::string agg_key(std::string_view tenant) { return std::string(tenant).append("/agg"); }
// "tenant/subj:ld_1" -> "subj:ld_1"
inline std::string_view without_tenant(std::string_view key) {
  const auto slash = key.find('/');
  return slash == std::string_view::npos ? key : key.substr(slash + 1);
}

// Kinds of timers.
inline constexpr std::string_view kClicksTimer = "clicks", kJourneyTimer = "journey", kDayTimer = "day";

template <class Event>
bool AttributionFold::forward(const Event& e, Step& step) {
  const SubjectRow* subject = subjects_.find(step.raw_key);
  if (!subject || subject->moved_to.empty()) return false;
  const std::string to = step.tenant + "/" + subject->moved_to;
  step.emit({.topic = topics::attribution_touches, .key = to}, e);
  return true;
}

}  // namespace millrace::attribution
