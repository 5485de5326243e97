// journey.moved: what an old subject hands to the new one, in records of at most 50 touches or one deal
// (spec/attribution.md section 2). Attribution's own message: emitted and read here only.
//
// A deal has one subject at a time, which sends all records of it in one step, and passes on what still comes to it. So they reach
// any place by one way, in the order in which they were sent: those of two senders never lie between each other.
// Tests: tests/property/attribution_order_property_test.cpp
#pragma once

#include "topology/attribution/credit_rows.h"
#include "topology/attribution/tables.h"

namespace millrace::attribution {

struct PartsRow {
  Parts parts;
  std::int64_t shares_version = 0;  // of model markov
  static constexpr auto fields() {
    return FieldList{field("parts", &PartsRow::parts), field("shares_version", &PartsRow::shares_version)};
  }
};
struct ModelParts {
  std::string event_id, model;  // event_id empty: what stands
  PartsRow row;
  static constexpr auto fields() {
    return FieldList{field("event_id", &ModelParts::event_id), field("model", &ModelParts::model),
                      field("row", &ModelParts::row)};
  }
};

// A deal on its way, with its events.
struct DealSent : DealRow {
  std::vector<CreditedEvent> events;  // in order
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &DealSent::amount_cents), field("asking", &DealSent::asking),
                      field("cash_cents", &DealSent::cash_cents),     field("coming", &DealSent::coming),
                      field("deal_id", &DealSent::deal_id),
                      field("events", &DealSent::events),             field("last_event_ms", &DealSent::last_event_ms),
                      field("lead_id", &DealSent::lead_id),           field("match", &DealSent::match),
                      field("models", &DealSent::models),             field("stage", &DealSent::stage),
                      field("subject_rev", &DealSent::subject_rev),   field("value_cents", &DealSent::value_cents)};
  }
};

struct MovedDeal {
  DealSent deal;
  std::vector<ModelParts> parts;
  std::vector<std::string> seen;
  std::vector<HeldRow> held;  // facts that wait for the journey, or for a later one
  // Only events, credits, ids of events and facts that wait, which go ahead of the journey.
  bool goes_ahead() const { return deal.subject_rev == 0 && deal.stage.empty() && !deal.amount_cents; }
  static constexpr auto fields() {
    return FieldList{field("deal", &MovedDeal::deal), field("held", &MovedDeal::held), field("parts", &MovedDeal::parts),
                      field("seen", &MovedDeal::seen)};
  }
};

struct JourneyMoved {
  static constexpr std::string_view type = "journey.moved";
  std::string from;
  std::vector<JourneyTouch> touches;
  std::vector<std::string> keys;
  std::vector<MovedDeal> deals;
  std::int64_t closed_ms = -1;
  std::optional<bool> home;  // the deal's lead was erased: it is a subject of its own again
  static constexpr auto fields() {
    return FieldList{field("closed_ms", &JourneyMoved::closed_ms), field("deals", &JourneyMoved::deals),
                      required("from", &JourneyMoved::from),        field("home", &JourneyMoved::home),
                      field("keys", &JourneyMoved::keys),           field("touches", &JourneyMoved::touches)};
  }
};
inline constexpr std::size_t kTouchesMoved = 50, kKeysMoved = 200, kSeenMoved = 200, kHeldMoved = 50, kPartsMoved = 100, kEventsMoved = 100;  // of one record

}  // namespace millrace::attribution
