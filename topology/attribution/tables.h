// What attribution remembers. Keys: a subject is "tenant/subj:…", a deal of it "<subject>#<deal_id>" ('#' and '%' of
// either escaped), a match key "tenant/click:<name>=<value>", "tenant/fp:…" or "tenant/ipua:…", sums per tenant "tenant/agg".
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "topology/attribution/credit.h"
#include "topology/attribution/touches.h"
#include "topology/events/attribution_touches.h"

namespace millrace::attribution {

// subject: the journey of a lead, or of a deal without a lead.
struct SubjectRow {
  std::string moved_to;               // "subj:…" that took everything over; empty: it is here
  std::vector<JourneyTouch> touches;  // by (ts, id), the newest kTouchesKept
  std::int64_t deals = 0, open_deals = 0, held = 0;  // held: facts that wait for a journey
  std::int64_t newest_event_ms = INT64_MIN;  // no event of a deal here is newer
  std::int64_t closed_ms = -1;        // touches up to here belong to journeys that are over
  std::int64_t close_timer_ms = 0;    // when the journey ends as null; 0: not set
  bool close_waits = false;           // that time came while a deal was open
  bool erased = false;                // its lead was: what still arrives does not stay here
  static constexpr auto fields() {
    return FieldList{field("close_timer_ms", &SubjectRow::close_timer_ms),
                      field("close_waits", &SubjectRow::close_waits),
                      field("closed_ms", &SubjectRow::closed_ms),
                      field("deals", &SubjectRow::deals),
                      field("erased", &SubjectRow::erased),
                      field("held", &SubjectRow::held),
                      field("moved_to", &SubjectRow::moved_to),
                      field("newest_event_ms", &SubjectRow::newest_event_ms),
                      field("open_deals", &SubjectRow::open_deals),
                      field("touches", &SubjectRow::touches)};
  }
};
inline constexpr std::size_t kTouchesKept = 200;

// The click that a deal was matched to; layer 0: nothing was found.
struct Matched {
  std::int64_t layer = 0, confidence_bp = 0;
  std::string method = "unattributed", channel;
  std::optional<std::string> click_id, ad_id, campaign_id, ad_account;
  std::optional<std::int64_t> clicked_ms, window_ms;
  static constexpr auto fields() {
    return FieldList{field("ad_account", &Matched::ad_account), field("ad_id", &Matched::ad_id),
                      field("campaign_id", &Matched::campaign_id), field("channel", &Matched::channel),
                      field("click_id", &Matched::click_id),     field("clicked_ms", &Matched::clicked_ms),
                      field("confidence_bp", &Matched::confidence_bp), field("layer", &Matched::layer),
                      field("method", &Matched::method),         field("window_ms", &Matched::window_ms)};
  }
};

// A touch or click that earned something.
struct Earner {
  std::string ref, channel;
  std::int64_t ts_ms = 0;
  std::optional<std::string> ad_id, campaign_id, ad_account, method;
  std::optional<std::int64_t> layer, window_ms;
  friend bool operator==(const Earner&, const Earner&) = default;
  static constexpr auto fields() {
    return FieldList{field("ad_account", &Earner::ad_account), field("ad_id", &Earner::ad_id),
                      field("campaign_id", &Earner::campaign_id), field("channel", &Earner::channel),
                      field("layer", &Earner::layer),             field("method", &Earner::method),
                      field("ref", &Earner::ref),                 field("ts_ms", &Earner::ts_ms),
                      field("window_ms", &Earner::window_ms)};
  }
};
// What it earned of one event under one model; also what stands of that over all events (then rev is not used).
struct Amounts {
  std::int64_t amount_cents = 0, cash_cents = 0, rev = 0, confidence_bp = 0;
};
struct Credit : Amounts {
  std::int64_t earner = 0;  // its place in the row's earners
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &Credit::amount_cents), field("cash_cents", &Credit::cash_cents),
                      field("confidence_bp", &Credit::confidence_bp), field("earner", &Credit::earner),
                      field("rev", &Credit::rev)};
  }
};
struct ModelCredits {
  Model model = Model::matched;
  std::int64_t shares_version = 0;  // of model markov
  std::vector<Credit> credits;
  static constexpr auto fields() {
    return FieldList{field("credits", &ModelCredits::credits), field("model", &ModelCredits::model),
                      field("shares_version", &ModelCredits::shares_version)};
  }
};
// Credits of all models, each touch or click told once (credit_rows.h).
// credits: of an event, key <deal>#<event_id>.   standing: of all events of a deal, the deal's key.
struct CreditsRow {
  std::vector<Earner> earners;
  std::vector<ModelCredits> models;
  static constexpr auto fields() {
    return FieldList{field("earners", &CreditsRow::earners), field("models", &CreditsRow::models)};
  }
};

// An event that counted: what it added, and what may still be restated.
struct CreditedEvent {
  std::string event_id, stage;
  std::int64_t event_ms = 0, value_cents = 0, cash_cents = 0, confidence_bp = 0;  // the increments
  std::int64_t credited_ms = 0, matched_ms = -1;  // when; -1: model matched waits
  std::int64_t t_ms = 0;                          // what clicks are compared with
  std::vector<std::string> keys;                  // match keys to ask, until they were asked
  bool asked = false;
  std::map<std::string, std::int64_t> revs;       // by model, when it was restated
  static constexpr auto fields() {
    return FieldList{field("asked", &CreditedEvent::asked),
                      field("cash_cents", &CreditedEvent::cash_cents),
                      field("confidence_bp", &CreditedEvent::confidence_bp),
                      field("credited_ms", &CreditedEvent::credited_ms),
                      field("event_id", &CreditedEvent::event_id),
                      field("event_ms", &CreditedEvent::event_ms),
                      field("keys", &CreditedEvent::keys),
                      field("matched_ms", &CreditedEvent::matched_ms),
                      field("revs", &CreditedEvent::revs),
                      field("stage", &CreditedEvent::stage),
                      field("t_ms", &CreditedEvent::t_ms),
                      field("value_cents", &CreditedEvent::value_cents)};
  }
};

// Which of a deal's events are kept, and from which on they wait for their match (deal_events.h).
struct EventNumbers {
  std::int64_t first = 0, waiting = 0, next = 0;
  static constexpr auto fields() {
    return FieldList{field("first", &EventNumbers::first), field("next", &EventNumbers::next), field("waiting", &EventNumbers::waiting)};
  }
};

// deal: key <subject>#<deal_id>. Its events are rows of their own; older ones than late_ms go when the next comes.
struct DealRow {
  std::string deal_id, stage;
  std::optional<std::string> lead_id;
  std::int64_t value_cents = 0, cash_cents = 0, subject_rev = 0;
  std::optional<std::int64_t> last_event_ms, amount_cents;
  std::optional<Matched> match;
  std::vector<std::string> models;    // of its first credit
  EventNumbers events;
  bool asking = false;                // the first event that waits has asked its keys
  std::optional<bool> coming;         // not here yet: only credits and ids of its events that went ahead of it
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &DealRow::amount_cents), field("asking", &DealRow::asking),
                      field("cash_cents", &DealRow::cash_cents),     field("coming", &DealRow::coming),
                      field("deal_id", &DealRow::deal_id),
                      field("events", &DealRow::events),             field("last_event_ms", &DealRow::last_event_ms),
                      field("lead_id", &DealRow::lead_id),           field("match", &DealRow::match),
                      field("models", &DealRow::models),             field("stage", &DealRow::stage),
                      field("subject_rev", &DealRow::subject_rev),   field("value_cents", &DealRow::value_cents)};
  }
};

// seen: key <deal>#<event_id>.   subject_key: key <subject>#<match key>, with the time of its last use.
struct SeenRow {
  std::int64_t at_ms = 0;
  static constexpr auto fields() { return FieldList{field("at_ms", &SeenRow::at_ms)}; }
};

// passed: a deal at a subject that it left, or will leave when its journey comes. Key <subject>#<deal_id>.
struct PassedRow {
  std::int64_t rev = -1;      // highest subject_rev with which its journey left; -1: it has not come yet
  std::int64_t promised = 0;  // the one that it has to leave with; 0: none
  static constexpr auto fields() {
    return FieldList{field("promised", &PassedRow::promised), field("rev", &PassedRow::rev)};
  }
};

// held: facts of a deal that came before the journey they belong to. Key <deal>#<subject_rev>#<number>, 16 digits each.
struct HeldRow {
  std::optional<Conversion> conversion;
  std::optional<AttributionDealUpdated> update;
  const std::string& deal_id() const { return conversion ? conversion->deal_id : update->deal_id; }
  std::int64_t subject_rev() const { return std::max<std::int64_t>(0, conversion ? conversion->subject_rev : update->subject_rev); }
  static constexpr auto fields() {
    return FieldList{field("conversion", &HeldRow::conversion), field("update", &HeldRow::update)};
  }
};

// click: one of a match key's. clicks: what the key knows, its clicks the newest last.
struct StoredClick {
  std::string click_id, channel;
  std::int64_t clicked_ms = 0;
  std::optional<std::string> ad_id, campaign_id, ad_account, lead_id, platform;
  static constexpr auto fields() {
    return FieldList{field("ad_account", &StoredClick::ad_account), field("ad_id", &StoredClick::ad_id),
                      field("campaign_id", &StoredClick::campaign_id), field("channel", &StoredClick::channel),
                      field("click_id", &StoredClick::click_id),     field("clicked_ms", &StoredClick::clicked_ms),
                      field("lead_id", &StoredClick::lead_id),
                      field("platform", &StoredClick::platform)};
  }
};
// Where a click of a match key stands (stored_clicks.h): its number, and some bits of a hash of its id.
struct ClickMark {
  std::int64_t clicked_ms = 0, number = 0, sign = 0;
  static constexpr auto fields() {
    return FieldList{field("clicked_ms", &ClickMark::clicked_ms), field("number", &ClickMark::number), field("sign", &ClickMark::sign)};
  }
};
struct ClicksRow {
  std::vector<ClickMark> clicks;
  std::vector<MatchRequest> waiting;
  std::int64_t next = 0;      // the next click's number
  std::int64_t timer_ms = 0;  // when the oldest of them goes; 0: not set
  static constexpr auto fields() {
    return FieldList{field("clicks", &ClicksRow::clicks), field("next", &ClicksRow::next), field("timer_ms", &ClicksRow::timer_ms),
                      field("waiting", &ClicksRow::waiting)};
  }
};
inline constexpr std::size_t kClicksKept = 200, kWaitingKept = 200;

// agg: per tenant and currency, key tenant/agg#<currency>.   transition: key tenant/agg#<currency>#<from>.
struct AggRow {
  std::vector<std::string> ad_channels;  // in order of first count
  std::int64_t journeys = 0, since = 0, latest = 0;  // latest: version of the last shares
  static constexpr auto fields() {
    return FieldList{field("ad_channels", &AggRow::ad_channels), field("journeys", &AggRow::journeys),
                      field("since", &AggRow::since), field("version", &AggRow::latest)};
  }
};
struct TransitionRow {
  std::map<std::string, std::int64_t> to;
  static constexpr auto fields() { return FieldList{field("to", &TransitionRow::to)}; }
};
// day: key tenant/agg#<day>.
struct DayRow {
  std::int64_t conversions = 0, matched = 0, closed = 0, converted = 0;
  static constexpr auto fields() {
    return FieldList{field("closed", &DayRow::closed), field("conversions", &DayRow::conversions),
                      field("converted", &DayRow::converted), field("matched", &DayRow::matched)};
  }
};
// day_timer: key tenant/agg.
struct DayTimerRow {
  std::int64_t due_ms = 0;
  static constexpr auto fields() { return FieldList{field("due_ms", &DayTimerRow::due_ms)}; }
};

// shares: the newest held, key tenant/<currency>.
struct SharesRow {
  std::map<std::string, std::int64_t> share_bp;
  std::int64_t latest = 0;
  static constexpr auto fields() {
    return FieldList{field("share_bp", &SharesRow::share_bp), field("version", &SharesRow::latest)};
  }
};

}  // namespace millrace::attribution
