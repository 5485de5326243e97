// The stage outreach: a routing decision becomes timed messages to one lead, and what comes back decides what follows
// (spec/outreach.md). Whether, when and by which sender a message goes is dispatch's alone.
//
// Inbox   routing.decisions, key tenant/lead_id; definitions and control records as copies on every partition.
// Gives   message.intent and withdrawals (outreach.intents), outcomes, touches, feedback to score, alerts.
//
// OR-1  One step of a lead at a time: none starts while an earlier one waits for dispatch, a retry or a connection.
// OR-2  A stopped sequence never resumes; a new ROUTE is a new run with new messages.
// OR-3  Decisions on failures use the reason code alone.
// OR-4  A dry run moves a sequence like a live one; it never ends a lead, and it is forgotten when a connector is armed.
// Knows no limit, sender, window or suppression list: those are dispatch's.
// Tests: tests/unit/outreach_*_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "topology/events/alerts.h"
#include "topology/events/control.h"
#include "topology/events/crm_events.h"
#include "topology/events/leads_harvested.h"
#include "topology/events/operator.h"
#include "topology/events/outreach_intents.h"
#include "topology/events/routing_decisions.h"
#include "topology/outreach/definitions.h"
#include "topology/outreach/experiment.h"
#include "topology/outreach/failure.h"
#include "topology/outreach/reply.h"
#include "topology/outreach/reply_effect.h"
#include "topology/outreach/tables.h"
#include "topology/wire/stage_fold.h"

namespace millrace::outreach {

std::unique_ptr<Fold> make_fold(const wire::StageContext& context);

class OutreachFold final : public wire::StageFold {
 public:
  explicit OutreachFold(const wire::StageContext& context);
  void fire(const Timer& timer, Step& step) override;

 private:
  // A lead at hand while a step runs.
  struct Lead {
    std::string tenant, id, key;
    LeadRow& row;
    SequenceRow& sequence() { return *row.sequence; }
    bool running() const { return row.sequence && row.sequence->running(); }
  };
  struct Message {
    std::string id, key;
    MessageRow& row;
  };

  // --- fold.cpp: finding rows
  Lead make_lead(std::string_view lead_id, Step& step);
  std::optional<Lead> known_lead(std::string_view lead_id, Step& step);
  std::optional<Message> message_of(const Lead& lead, const std::string& message_id);
  const OutreachPolicy& settings(std::string_view tenant) const { return policy().of<OutreachPolicy>(tenant); }
  void register_definitions();
  void register_facts();

  // --- profile.cpp: who the lead is
  Verdict profile(const LeadProfile& e, Step& step);
  Verdict status_changed(const StatusChanged& e, Step& step);
  Verdict stage_changed(const StageChanged& e, Step& step);
  Verdict merged(const LeadMerged& e, Step& step);
  Verdict erased(const LeadErased& e, Step& step);
  Verdict handoff(const SequenceHandoff& e, Step& step);

  // --- steps.cpp: the course of a sequence
  Verdict routed(const RouteDecided& e, Step& step);
  void advance(Lead& lead, Step& step);
  void start_step(Lead& lead, std::int64_t n, TimeMs due_ms, Step& step);
  void try_channel(Lead& lead, std::int64_t n, std::string channel, bool fallback, Step& step);
  void end_step(Lead& lead, std::int64_t n, Step& step);
  void schedule_next(Lead& lead, Step& step);
  void set_step_timer(Lead& lead, TimeMs due_ms, Step& step);
  void set_exhaust_timer(Lead& lead, TimeMs due_ms, Step& step);
  void step_due(Lead& lead, Step& step);
  void exhaust_due(Lead& lead, Step& step);
  void stop(Lead& lead, std::string_view reason, Step& step);
  void withdraw(Message& message, Step& step);
  std::vector<std::string> channels_of(const Lead& lead);
  HasAddress has_address_of(const Lead& lead);
  std::string sequence_name(const Lead& lead) const;
  static std::string campaign_of(const Lead& lead);

  // --- intents.cpp: a message on its way to dispatch
  Message new_message(Lead& lead, MessageKind kind, std::string_view sequence, std::string_view step_name,
                      std::string_view channel);
  // False when the lead's address cannot be read any more.
  bool emit_intent(Lead& lead, Message& message, Step& step);

  // --- results.cpp: what dispatch and the workers answer
  Verdict result(const IntentResult& e, Step& step);
  Verdict sent(const DeliveryFact& e, Step& step);
  Verdict delivered(const DeliveryFact& e, Step& step);
  Verdict failed(const DeliveryFact& e, Step& step);
  Verdict unknown(const DeliveryFact& e, Step& step);
  Verdict bounced(const EngagementFact& e, Step& step);
  void commanded(Lead& lead, Message& message, Step& step);
  bool is_current(const Lead& lead, const Message& message) const;
  void fail(Lead& lead, Message& message, const ReasonRow& reason, bool retry,
            std::optional<DurationMs> retry_after_ms, Step& step);
  void side_effect(Lead& lead, Message& message, const ReasonRow& reason, Step& step);
  void fail_step(Lead& lead, const FailureAction& action, const ReasonRow& reason, Step& step);
  void give_up_address(Lead& lead, const std::string& token, bool suppress, Step& step);
  void retry_due(Lead& lead, std::string_view message_id, Step& step);
  bool move(MessageRow& message, dispatch::StatusEvent event);

  // --- replies.cpp
  Verdict replied(const EngagementFact& e, Step& step);
  Verdict out_of_office(const EngagementFact& e, Step& step);
  Verdict opted_out(const EngagementFact& e, std::string_view reason, Step& step);
  Verdict opened(const EngagementFact& e, Step& step);
  Verdict clicked(const EngagementFact& e, Step& step);
  struct Heard {
    ReplyKind kind;
    std::int64_t confidence_bp = 0;
    std::string reason;
    bool referral = false;
    std::string message_id, channel, campaign_id;
    TimeMs at_ms = 0;  // when it was written
  };
  void act_on_reply(Lead& lead, const Heard& heard, Step& step);
  void tell_reply(Lead& lead, const Heard& heard, Step& step);
  void hold(Lead& lead, TimeMs until_ms, Step& step);
  std::string original_of(const Lead& lead, const std::string& message_id, Step& step);
  void suppress_all(Lead& lead, std::string_view reason, Step& step);

  // --- reviews.cpp
  void open_review(Lead& lead, const Heard& heard, std::string_view provider, std::string_view uid, Step& step);
  Verdict judged(const Approval& e, bool approve, Step& step);
  void review_due(Lead& lead, std::string_view review_id, Step& step);
  void write_review(const Lead& lead, std::string_view review_id, const ReplyReviewRow& row, std::string_view actor,
                    Step& step);

  // --- outcomes.cpp: experiments and scripts
  void expose(Lead& lead, const MessageRow& message, Step& step);
  void note_success(Lead& lead, const MetricFact& fact, Step& step);
  Verdict packet(const PacketDraft& e, Step& step);

  // --- tasks.cpp: what people send and do
  Verdict send_message(const SendMessage& e, Step& step);
  Verdict escalated(const LeadEscalated& e, Step& step);
  void open_phone_task(Lead& lead, Step& step);
  void phone_task_ended(Lead& lead, bool done, Step& step);
  void unreachable(Lead& lead, Step& step);

  // --- arming.cpp
  Verdict connector_armed(const ConnectorArmed& e, Step& step);
  void arm_due(const std::string& tenant, Step& step);
  void disarm_due(const std::string& tenant, const std::string& connector, TimeMs due_ms);
  Verdict sweep(const Sweep& e, Step& step);
  bool armed(const std::string& tenant, TimeMs now_ms);
  void catch_up_arming(Lead& lead, Step& step);
  void restart(Lead& lead, Step& step);

  // `template_id`: the template that is to blame.
  void alert(std::string_view tenant, std::string_view reason, std::string_view severity, std::string_view lead_id,
             std::string_view message_id, Step& step, std::string_view template_id = {});
  Verdict answer(const std::string& request_id, Ruling ruling, Step& step);

  Definitions definitions_;
  state::Table<LeadRow> leads_;
  state::Table<MessageRow> messages_;
  state::Table<ExposureRow> exposures_;
  state::Table<ReplyReviewRow> reviews_;
  state::Table<SeenRow> replies_;
  state::Table<ArmedRow> armed_;
};

}  // namespace millrace::outreach
