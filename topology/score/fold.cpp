#include "topology/score/fold.h"

#include "topology/score/follow_up.h"
#include "topology/score/score_fold.h"

namespace millrace::score {

ScoreFold::ScoreFold(const wire::StageContext& context)
    : StageFold("score", context),
      leads_(context.tables, "lead"),
      engagement_(context.tables, "engagement"),
      deals_(context.tables, "deal"),
      models_(context.tables, "model") {
  on<LeadSnapshot>("lead.snapshot", [this](const auto& e, Step& s) { return snapshot(e, s); });
  on<EngagementFact>("engagement.opened",
                     [this](const auto& e, Step& s) { return opened_or_clicked(e, s, EngagementKind::opened); });
  on<EngagementFact>("engagement.clicked",
                     [this](const auto& e, Step& s) { return opened_or_clicked(e, s, EngagementKind::clicked); });
  on<EngagementFact>("engagement.bounced", [this](const auto& e, Step& s) { return bounced(e, s); });
  on<EngagementFact>("engagement.complained",
                     [this](const auto& e, Step& s) { return opted_out(e, s, Trigger::complained); });
  on<EngagementFact>("engagement.unsubscribed",
                     [this](const auto& e, Step& s) { return opted_out(e, s, Trigger::unsubscribed); });
  on<DeliveryFact>("delivery.sent", [this](const auto& e, Step& s) { return sent(e, s); });
  on<ReplyClassified>("reply.classified", [this](const auto& e, Step& s) { return replied(e, s); });
  on<StageChanged>("crm.stage_changed", [this](const auto& e, Step& s) { return stage_changed(e, s); });
  on<DealUpdated>("crm.deal_updated", [this](const auto& e, Step& s) { return deal_updated(e, s); });
  on<LeadRouted>("lead.routed", [this](const auto& e, Step& s) { return triggered(e.lead_id, s, Trigger::routed); });
  on<SequenceExhausted>("lead.sequence_exhausted", [this](const auto& e, Step& s) {
    return triggered(e.lead_id, s, Trigger::sequence_exhausted);
  });
  on<Unreachable>("lead.unreachable",
                  [this](const auto& e, Step& s) { return triggered(e.lead_id, s, Trigger::unreachable); });
  on<ReviewDecided>("review.decided", [this](const auto& e, Step& s) { return reviewed(e, s); });
  on<LeadStatusRequest>("operator.lead_status", [this](const auto& e, Step& s) { return status_asked(e, s); });
  on<LeadReopened>("operator.lead_reopened", [this](const auto& e, Step& s) { return reopened(e, s); });
  on<PacketDraft>("packet.draft", [this](const auto& e, Step& s) { return packet(e, s); });
  on<LeadMerged>("lead.merged", [this](const auto& e, Step& s) { return merged(e, s); });
  on<LeadHandoff>("lead.handoff", [this](const auto& e, Step& s) { return handed_off(e, s); });
  on<LeadErased>("lead.erased", [this](const auto& e, Step& s) { return erased(e, s); });
  on<ModelActivated>("control.model_activated", [this](const auto& e, Step& s) { return model_activated(e, s); });
  on<ClonePromoted>("control.clone_promoted", [this](const auto& e, Step& s) { return clone_promoted(e, s); });
  on<Sweep>("control.sweep", [this](const auto& e, Step& s) { return swept(e, s); });
}

void ScoreFold::fire(const Timer& timer, Step& step) {
  const KeyParts parts = parts_of(timer.key);
  LeadRow* row = leads_.edit_if(timer.key);
  if (!row || is_gone(*row)) return;
  step.tenant = parts.tenant;
  Turn turn{step, timer.key, std::string(parts.lead_id), *row};
  if (timer.kind == kEngagementTimer) {
    row->due.engagement = 0;
    turn.engagement_changed = true;
  } else if (timer.kind == kEnrichmentTimer) {
    row->due.enrichment = 0;
    if (row->status == Status::NEW && !row->facts.enriched)
      take(turn, Trigger::enrichment_timeout, "enrichment_missing");
  } else if (timer.kind == kSilentTimer) {
    row->due.silent = 0;
    const FollowUp lead{row->status, row->facts.dnc, row->last_contacted_ms, row->deals.progressed};
    if (row->status == Status::CONTACTED && stop_follow_up(lead, step.now_ms, settings(step).policy.silent_ms) == "silent")
      take(turn, Trigger::silent_timeout, "silent");
  }
  finish(turn);
}

std::unique_ptr<Fold> make_fold(const wire::StageContext& context) { return std::make_unique<ScoreFold>(context); }

}  // namespace millrace::score
