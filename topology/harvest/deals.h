// Deals and whom they belong to (spec/harvest.md section 8): the one place that names a deal's subject.
//
// Takes   facts of the CRM about a deal, with the lead that they name if it is known.
// Gives   the deal as it then stands, and a Rekey for each change of its subject.
//
// DE-1  A deal gets its lead once, from the first fact that names a known one; after that only merges move it.
// DE-2  subject_rev counts the changes of the subject from 0; a lead named by the deal's first fact is no change.
// DE-3  Amount and currency are those of the fact with the latest event time.
// Tables: deal (tenant/deal_id), lead_deal (tenant/lead_id\ndeal_id: the deals of a lead, a family of rows).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"
#include "state/table.h"

namespace millrace::harvest {

struct DealRow {
  std::optional<std::int64_t> amount_cents;
  std::optional<TimeMs> amount_ms;
  std::optional<std::string> currency;
  std::optional<TimeMs> currency_ms;
  std::string lead_id;  // empty: not known
  std::optional<TimeMs> occurred_ms;
  std::optional<TimeMs> stage_ms;  // event time of the last stage
  std::string stage_from, stage_to;
  std::int64_t subject_rev = 0;
  std::string waits_for;  // the reference that would name its lead
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &DealRow::amount_cents), field("amount_ms", &DealRow::amount_ms),
                      field("currency", &DealRow::currency),         field("currency_ms", &DealRow::currency_ms),
                      field("lead_id", &DealRow::lead_id),           field("occurred_ms", &DealRow::occurred_ms),
                      field("stage_from", &DealRow::stage_from),     field("stage_ms", &DealRow::stage_ms),
                      field("stage_to", &DealRow::stage_to),         field("subject_rev", &DealRow::subject_rev),
                      field("waits_for", &DealRow::waits_for)};
  }
};

struct LeadDealRow {
  static constexpr auto fields() { return FieldList{}; }
};

// Of a deal as facts go on with it.
std::string subject_of(std::string_view lead_id, std::string_view deal_id);

struct Rekey {
  std::string from, to;  // subjects
  struct Deal {
    std::string deal_id;
    std::int64_t subject_rev = 0;
  };
  std::vector<Deal> deals;
};
inline constexpr std::size_t kRekeyDeals = 200;  // of one record

class Deals {
 public:
  Deals(state::Table<DealRow>& deals, state::Table<LeadDealRow>& by_lead) : deals_(deals), by_lead_(by_lead) {}

  const DealRow* find(std::string_view tenant, std::string_view deal_id);
  // What a fact says of the deal's lead and money. `lead_id`: empty when it names none that is known.
  struct Taken {
    DealRow* deal = nullptr;
    bool got_lead = false;        // with this fact
    bool other_lead = false;      // the fact names another lead than the deal's: counted deal_has_lead
    std::optional<Rekey> rekey;
    std::string waited_for;       // the reference that the deal needs to wait for no longer
  };
  Taken take(std::string_view tenant, std::string_view deal_id, std::string_view lead_id,
             const std::optional<std::int64_t>& amount_cents, const std::optional<std::string>& currency, TimeMs event_ms);
  // The absorbed lead's deals go to the survivor: one Rekey or more; that of a lead without deals has none, and moves
  // its journey all the same.
  std::vector<Rekey> absorb(std::string_view tenant, std::string_view absorbed, std::string_view survivor);
  // The deals of an erased lead are nobody's from now on.
  void forget(std::string_view tenant, std::string_view lead_id);

 private:
  std::vector<std::string> deals_of(std::string_view tenant, std::string_view lead_id);

  state::Table<DealRow>& deals_;
  state::Table<LeadDealRow>& by_lead_;
};

}  // namespace millrace::harvest
