// The fold of stage score, as its parts share it: facts.cpp takes what is told of a lead, deal_facts.cpp its deals,
// merging.cpp its merges and its end, control.cpp models and sweeps; turn.cpp does what all of them have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/events/control.h"
#include "topology/events/crm_events.h"
#include "topology/events/leads_harvested.h"
#include "topology/events/operator.h"
#include "topology/score/deals.h"
#include "topology/score/fold.h"
#include "topology/score/rating.h"
#include "topology/score/settings.h"
#include "topology/score/tables.h"

namespace millrace::score {

// One lead in one step: what was touched, and so what has to be taken anew at its end.
struct Turn {
  Step& step;
  std::string key;  // tenant/lead_id
  std::string lead_id;
  LeadRow& row;
  bool facts_changed = false, engagement_changed = false;
  bool is_final = false;  // a snapshot with final enrichment
  bool is_sweep = false;
};

// Who asked for a transition, when a person did.
struct Request {
  std::string_view request_id, actor;
};

class ScoreFold final : public wire::StageFold {
 public:
  explicit ScoreFold(const wire::StageContext& context);
  void fire(const Timer& timer, Step& step) override;

 private:
  // facts.cpp
  Verdict snapshot(const LeadSnapshot& e, Step& step);
  Verdict opened_or_clicked(const EngagementFact& e, Step& step, EngagementKind kind);
  Verdict bounced(const EngagementFact& e, Step& step);
  Verdict opted_out(const EngagementFact& e, Step& step, Trigger trigger);
  Verdict sent(const DeliveryFact& e, Step& step);
  Verdict replied(const ReplyClassified& e, Step& step);
  Verdict triggered(const std::string& lead_id, Step& step, Trigger trigger);
  Verdict reviewed(const ReviewDecided& e, Step& step);
  Verdict status_asked(const LeadStatusRequest& e, Step& step);
  Verdict reopened(const LeadReopened& e, Step& step);
  Verdict packet(const PacketDraft& e, Step& step);
  // Answers an operator who names a lead that was never told of; a request makes no lead.
  bool rejects_unknown(const std::string& lead_id, std::string_view request_id, Step& step);

  // deal_facts.cpp
  Verdict stage_changed(const StageChanged& e, Step& step);
  Verdict deal_updated(const DealUpdated& e, Step& step);
  std::vector<Deal> deals_of(const std::string& lead_key);
  void take_deals(Turn& turn, const std::vector<Deal>& deals);
  static std::string deal_key(const std::string& lead_key, const std::string& deal_id);

  // merging.cpp
  Verdict merged(const LeadMerged& e, Step& step);
  Verdict handed_off(const LeadHandoff& e, Step& step);
  Verdict erased(const LeadErased& e, Step& step);
  LeadHandoff handoff_of(const Turn& turn);
  void forget(Turn& turn);

  // control.cpp
  Verdict model_activated(const ModelActivated& e, Step& step);
  Verdict clone_promoted(const ClonePromoted& e, Step& step);
  Verdict swept(const Sweep& e, Step& step);
  const ModelRow* model_of(const std::string& tenant);

  // turn.cpp
  Turn turn_of(Step& step, const std::string& lead_id);
  // Moves the status if the table allows it; else the ledger, or the operator, is told. `reason` overrides the
  // trigger's name in status_reason.
  bool take(Turn& turn, Trigger trigger, std::string_view reason = {}, const Request* request = nullptr);
  // Sets a status that no trigger led to (a merge), and tells it.
  void move_to(Turn& turn, Status to, std::string_view reason, std::string_view trigger);
  void tell_outcome(Turn& turn);
  // Rates anew what was touched, qualifies, publishes what changed and sets the timers.
  void finish(Turn& turn);
  void rate(Turn& turn);
  // Nothing has changed since the lead was rated last, but for what the fact at hand says: finish() would do nothing.
  bool is_rated(const LeadRow& row, const Step& step);
  void qualify_if_due(Turn& turn, std::optional<std::int64_t> score_before);
  void set_timers(Turn& turn);
  void set_due(Turn& turn, TimeMs& due, std::string_view kind, TimeMs wanted);
  std::vector<std::string> email_hits_of(const Turn& turn);

  // publish.cpp
  void publish(Turn& turn);

  const Settings& settings(const Step& step) const { return policy().of<Settings>(step.tenant); }

  state::Table<LeadRow> leads_;
  state::Table<EngagementLog> engagement_;
  state::Table<DealRow> deals_;
  state::Table<ModelRow> models_;
};

inline constexpr std::string_view kModelName = "lead_score";
inline constexpr std::string_view kEngagementTimer = "engagement";
inline constexpr std::string_view kEnrichmentTimer = "enrichment";
inline constexpr std::string_view kSilentTimer = "silent";

// "tenant/lead_id" -> its parts; the lead is empty when there is no slash.
struct KeyParts {
  std::string_view tenant, lead_id;
};
KeyParts parts_of(std::string_view key);
// The row ended by a merge or an erasure: facts about it change nothing more.
inline bool is_gone(const LeadRow& row) { return row.status == Status::MERGED || row.status == Status::ERASED; }

}  // namespace millrace::score
