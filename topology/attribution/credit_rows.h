// Credits as rows keep them, those of all models together, and as they are worked with, those of one model: its parts. Eight models
// credit the same touches, so a row tells each touch once.
//
// CW-1  parts_in() gives what set_parts() was given, in its order.
// CW-2  A row's earners stand in credit order, each once, and each is named by a credit.
//                                                                        Tests: tests/property/attribution_rows_property_test.cpp
#pragma once

#include <vector>

#include "topology/attribution/tables.h"

namespace millrace::attribution {

struct Part : Earner, Amounts {
  static constexpr auto fields() {
    return FieldList{field("ad_account", &Part::ad_account), field("ad_id", &Part::ad_id),
                      field("amount_cents", &Part::amount_cents), field("campaign_id", &Part::campaign_id),
                      field("cash_cents", &Part::cash_cents), field("channel", &Part::channel),
                      field("confidence_bp", &Part::confidence_bp), field("layer", &Part::layer),
                      field("method", &Part::method),         field("ref", &Part::ref),
                      field("rev", &Part::rev),               field("ts_ms", &Part::ts_ms),
                      field("window_ms", &Part::window_ms)};
  }
};
using Parts = std::vector<Part>;

// nullptr where the row has never had credits of this model.
const ModelCredits* find_model(const CreditsRow& row, Model model);
// Made when absent.
ModelCredits& model_in(CreditsRow& row, Model model);

const Earner& earner_of(const CreditsRow& row, const Credit& credit);
Part part_of(const CreditsRow& row, const Credit& credit);
Parts parts_in(const CreditsRow& row, Model model);
// In the place of what the row had of this model, which stays there, also with nothing.
void set_parts(CreditsRow& row, Model model, const Parts& parts, std::int64_t shares_version);

// The first earner that does not come before this time and ref in credit order.
std::size_t earner_from(const CreditsRow& row, TimeMs ts_ms, std::string_view ref);
// The place of an earner, which it has from now on. Places of others behind it change, in the credits that name them too.
std::int64_t place_of(CreditsRow& row, const Earner& earner);
// Restores CW-2 after credits were taken out.
void drop_unnamed(CreditsRow& row);

}  // namespace millrace::attribution
