// The fold's own header: one class whose parts stand in fold_*.cpp, by subject.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/id_window.h"
#include "topology/events/alerts.h"
#include "topology/events/attribution_touches.h"
#include "topology/events/crm_events.h"
#include "topology/events/operator.h"
#include "topology/events/outreach_intents.h"
#include "topology/events/routing_decisions.h"
#include "topology/harvest/capture.h"
#include "topology/harvest/deals.h"
#include "topology/harvest/envelope.h"
#include "topology/harvest/fold.h"
#include "topology/harvest/parking.h"
#include "topology/harvest/policy.h"
#include "topology/harvest/sources.h"
#include "topology/harvest/tables.h"
#include "topology/policy/synthetic.h"

namespace millrace::harvest {

class HarvestFold final : public wire::StageFold {
 public:
  explicit HarvestFold(const wire::StageContext& context);

  Verdict step(const Record& record, Step& step) override;
  void fire(const Timer& timer, Step& step) override;
  std::string id_of(const Record& record) const override;
  About about(std::string_view bytes, const Headers& headers) const override;

 private:
  struct Ref {
    std::string lead_id;     // empty: not known
    std::string message_id;  // that the fact names, itself or by its provider's id
    std::string waits_for;   // not known: the reference that would name the lead; empty: the fact names none
    std::string email;       // not known: token of the address that the fact names
  };

  // --- fold.cpp: the door
  Verdict admit(std::string_view record_id, Step& step);  // checks 11 and after
  Verdict deliver_data(std::string_view type, std::string_view data, Step& step);
  // The record's data, with what was sealed in it laid open for the facts that need it.
  std::string_view opened_data(Step& step);
  void resume_ready(Step& step);
  void policy_changed() override;
  const HarvestPolicy& rules(std::string_view tenant) { return *rules_of(tenant).harvest; }
  const TouchPolicy& touch_rules(std::string_view tenant) { return *rules_of(tenant).touch; }
  const SyntheticTable& stages(std::string_view tenant) { return *rules_of(tenant).stages; }
  Reading reading(const Step& step);
  IdentityLimits limits(std::string_view tenant);

  // --- fold_leads.cpp
  Verdict captured(const LeadCaptured& fact, Step& step);
  Verdict enriched(const LeadEnriched& fact, Step& step);
  Verdict updated(const LeadUpdated& fact, Step& step);
  Verdict consent_changed(const ConsentChanged& fact, Step& step);
  Verdict connection_changed(const ConnectionChanged& fact, Step& step);
  void ask_enrichment(LeadEdit& lead, Step& step);
  void note_candidate(const CaptureOutcome& outcome, const ReadLead& read, Step& step);
  // The lead's last consent.changed wins over what a fact says of measuring.
  static bool may_measure(const LeadRow* lead, const std::optional<bool>& of_fact);

  // --- fold_lead_ends.cpp
  Verdict lead_split(const LeadSplit& fact, Step& step);
  Verdict erase_requested(const EraseRequested& fact, Step& step);
  void erasure_late(std::string_view key, Step& step);

  // --- fold_lead_out.cpp: what other stages are told of a lead
  void tell_merged(std::string_view survivor, const std::vector<std::string>& absorbed, Step& step);
  void tell_rekeys(std::string_view survivor, const std::vector<std::string>& absorbed, Step& step);
  void tell_lead(LeadEdit& lead, std::string_view origin, bool final, Step& step);  // snapshot and profile
  void tell_snapshot(LeadEdit& lead, std::string_view origin, bool final, Step& step);
  void tell_profile(LeadEdit& lead, Step& step);
  // The sealed text of `clear` as it will stand in the next record emitted.
  std::string seal_next(const LeadRow& lead, std::string_view lead_id, std::string_view type, std::string_view clear, Step& step);

  // --- fold_deals.cpp
  Verdict stage_changed(const CrmStageChanged& fact, Step& step);
  Verdict deal_linked(const CrmDealLinked& fact, Step& step);
  Verdict deal_updated(const CrmDealUpdated& fact, Step& step);
  Verdict ad_click(const AdClick& fact, Step& step);
  void wait_for_lead(std::string_view deal_id, const Deals::Taken& taken, const Ref& ref, Step& step);
  void link_waiting(std::string_view deal_id, std::string_view lead_id, Step& step);
  void tell_stage(std::string_view deal_id, const DealRow& deal, std::string_view stage_to, std::string_view stage_from, TimeMs event_ms,
                  std::optional<TimeMs> occurred_ms, Step& step);
  void tell_rekey(const Rekey& rekey, Step& step);
  void count_won(std::string_view lead_id, std::string_view stage_to, Step& step);
  std::string currency_of(const DealRow& deal, const Step& step);
  // The key of the lead's journey, "tenant/subj:…".
  std::string subject_key(std::string_view subject, const Step& step);

  // --- fold_messages.cpp
  Verdict delivery(std::string_view type, const DeliveryFact& fact, Step& step);
  // Indexes a message and its provider's id; makes what waits for them ready.
  MessageRow& index_message(std::string_view message_id, const DeliveryFact& fact, std::string_view lead_id, Step& step);
  Verdict engagement(std::string_view type, const EngagementFact& fact, Step& step);
  void tell_engagement(std::string_view type, const EngagementFact& fact, const Ref& ref, Step& step);
  void tell_touch(std::string_view kind, std::string_view lead_id, std::string_view message_id, TimeMs event_ms, std::string_view record_id,
                  Step& step);
  void hold(const EngagementFact& fact, const Ref& ref, Step& step);
  void decide_clicks_of(std::string_view message_key, Step& step);

  // --- fold_refs.cpp: references and what waits for them
  // What a fact says of its lead.
  struct RefParts {
    const std::optional<std::string>&lead_id, &message_id, &provider_message_id, &external_id, &email;
    const std::vector<std::string>& external_ids;
    const RawJson& tokens;
  };
  Ref resolve_parts(const RefParts& parts, Step& step);
  template <class Fact>
  Ref resolve(const Fact& f, Step& step) {
    return resolve_parts({f.lead_id, f.message_id, f.provider_message_id, f.external_id, f.email, f.external_ids, f.tokens}, step);
  }
  // The lead that a waited-for reference names; empty: still none.
  std::string lead_of_ref(std::string_view ref, const Step& step);
  // Parks the fact now being judged; a dead letter when too many wait.
  Verdict park(std::string_view type, std::string_view waits_for, Step& step);
  // What becomes of a fact whose lead is not known.
  Verdict unresolved(std::string_view type, const Ref& ref, Consent consent, Step& step);
  void expire_parked(std::string_view key, Step& step);
  void dead_letter_parked(const ParkedRow& fact, std::string_view reason, Step& step);
  void note_indexed(const CaptureOutcome& outcome, const Step& step);

  // --- fold_operator.cpp
  void register_operator();
  Verdict route_operator(std::string_view type, const RawJson& data, Step& step);
  Verdict take_operator_key(const OperatorKey& record);

  Identity identity_;
  Sources sources_;
  state::Table<DealRow> deal_rows_;
  state::Table<LeadDealRow> lead_deals_;
  Deals deals_;
  Parking parking_;
  state::IdWindow seen_;
  state::Table<MessageRow> messages_;
  state::Table<ProviderRow> providers_;
  state::Table<HeldClickRow> held_clicks_;
  state::Table<CandidateRow> candidates_;
  state::Table<PullRow> pulls_;
  state::Table<OperatorKey> keys_;
  state::Table<CloneRow> clones_;
  state::Table<ErasureRow> erasures_;

  // Of the record being judged.
  wire::StrictJson json_;
  Envelope envelope_;
  std::string whole_;              // the bytes of a record that came sealed as a whole
  std::string opened_;             // data with its sealed part
  std::string_view current_data_;  // of the fact now delivered: the record's, or a parked one's
  std::string current_record_id_;
  std::vector<std::string> ready_;  // references that became known

  // Read from the tables once, kept beside them.
  std::vector<OperatorKey> known_keys_;
  std::vector<std::string> clone_tenants_;
  // The policy's sections, looked up once for each tenant that follows another.
  struct Rules {
    std::string tenant;
    const HarvestPolicy* harvest = nullptr;
    const TouchPolicy* touch = nullptr;
    const SyntheticTable* stages = nullptr;
  };
  const Rules& rules_of(std::string_view tenant);
  Rules rules_;
  const HarvestPolicy* door_rules_ = nullptr;
  std::size_t max_bytes_ = 65'536;
  DurationMs longest_dedupe_ms_ = 0;  // of all tenants: ids seen longer ago are forgotten
};

}  // namespace millrace::harvest
