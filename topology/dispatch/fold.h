// Dispatch is the only place where sending is allowed, delayed or refused (spec/dispatch.md).
//
// Takes   outreach.intents, key tenant: intents of outreach, what became of messages, opt-outs, operators' records.
// Gives   commands and revocations (outreach.commands), intent.result (routing.decisions), alerts, ledger entries.
// Key     tenant: all limits of a tenant are kept by one task.
//
// DI-1  Nothing is commanded but by the pipeline (PI-1); a command and its reservations are one step.
// DI-2  Every intent is answered: COMMANDED, SKIPPED or DROPPED, at once or when it has waited.
// DI-3  A send key is commanded at most once per book, for ever (DT-1).
// DI-4  An opt-out, suppression, erasure or withdrawal revokes what is commanded and blocks what waits.
// Knows no Kafka, RocksDB, JSON or threads.
// Tests: tests/unit/dispatch_*_test.cpp, tests/conformance/dispatch.cpp
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "topology/dispatch/trial.h"
#include "topology/events/alerts.h"
#include "topology/events/crm_events.h"
#include "topology/events/leads_harvested.h"
#include "topology/events/operator.h"
#include "topology/events/outreach_commands.h"
#include "topology/events/outreach_intents.h"
#include "topology/events/routing_decisions.h"
#include "topology/wire/stage_fold.h"

namespace millrace::dispatch {

std::unique_ptr<Fold> make_fold(const wire::StageContext& context);

class DispatchFold final : public wire::StageFold {
 public:
  explicit DispatchFold(const wire::StageContext& context);
  void fire(const Timer& timer, Step& step) override;

 private:
  void policy_changed() override { settings_.clear(); }
  const Settings& settings(std::string_view tenant, Step& step);

  // --- fold.cpp: what every part says
  void alert(std::string_view tenant, std::string_view reason, std::string_view severity, std::string_view subject,
             std::string_view detail, Step& step);
  void answer(const Intent& intent, std::string_view tenant, std::string_view result, std::string_view reason,
              std::string_view mode, Step& step);

  // --- intents.cpp: from an intent to its answer
  struct Waited {
    TimeMs first_ms = -1;    // -1: it has not waited
    DurationMs waited_ms = 0;
  };
  Verdict intent_taken(const MessageIntent& e, Step& step);
  Verdict intent_withdrawn(const IntentWithdrawn& e, Step& step);
  void judge(std::string_view tenant, Intent intent, Waited waited, Step& step);
  void carry_out(Trial& trial, const Decision& decision, Intent& intent, Waited waited, Step& step);
  void command(Trial& trial, const Intent& intent, MessageRow& message, Step& step);
  void skip(const Intent& intent, std::string_view tenant, MessageRow& message, std::string_view reason, Step& step);
  void end(const Intent& intent, std::string_view tenant, MessageRow& message, std::string_view reason, Step& step);
  void defer(Trial& trial, const Decision& decision, Intent& intent, Waited waited, MessageRow& message, Step& step);
  MessageRow& message_of(std::string_view tenant, const Intent& intent, const std::string& lead_id);
  void run_waiting(const std::string& tenant, Step& step);
  void waited_too_long(const std::string& tenant, const std::string& message_id, Step& step);

  // --- reservations.cpp
  void reserve(Trial& trial, const Intent& intent, MessageRow& message, Step& step);
  void give_back(std::string_view tenant, MessageRow& message);

  // --- delivery.cpp: what became of commands
  Verdict sent(const DeliveryFact& e, Step& step);
  Verdict delivered(const DeliveryFact& e, Step& step);
  Verdict failed(const DeliveryFact& e, Step& step);
  Verdict unknown(const DeliveryFact& e, Step& step);
  Verdict opened(const EngagementFact& e, bool click, Step& step);
  Verdict bounced(const EngagementFact& e, Step& step);
  Verdict replied(const ReplyClassified& e, Step& step);
  void unknown_too_long(const std::string& tenant, const std::string& message_id, Step& step);
  MessageRow* message_for(std::string_view tenant, const std::optional<std::string>& message_id,
                          const std::optional<std::int64_t>& attempt);
  void requeue(const std::string& tenant, const std::string& message_id, MessageRow& message, Step& step);
  // The first time of the event is kept; false: its status does not change by it.
  bool note(MessageRow& message, StatusEvent event, std::string_view time_name, TimeMs at);
  void settle(const std::string& tenant, const std::string& message_id, MessageRow& message, Step& step);
  void count_sent(std::string_view tenant, MessageRow& message);
  void hard_bounce(std::string_view tenant, MessageRow& message, Step& step);
  void soft_bounce(std::string_view tenant, MessageRow& message, Step& step);
  void circuit_answer(std::string_view tenant, const MessageRow& message, bool provider_failed, Step& step);
  void reset_sender(std::string_view tenant, const MessageRow& message);

  // --- leads.cpp: consent, suppression, merges and erasure
  Verdict complained(const EngagementFact& e, Step& step);
  Verdict unsubscribed(const EngagementFact& e, Step& step);
  Verdict consent_changed(const ConsentChanged& e, Step& step);
  Verdict suppress_lead(const LeadSuppress& e, Step& step);
  Verdict suppress(const Suppress& e, bool lift, Step& step);
  Verdict lead_merged(const LeadMerged& e, Step& step);
  Verdict lead_erased(const LeadErased& e, Step& step);
  void complaint_of(std::string_view tenant, std::string_view lead_id, MessageRow* message, TimeMs at, Step& step);
  void opt_out(std::string_view tenant, const std::string& lead_id, SuppressReason reason,
               const std::vector<std::string>& address_tokens, TimeMs at, Step& step);
  void suppress_address(std::string_view tenant, const std::string& token, SuppressReason reason, Step& step);
  void revoke(std::string_view tenant, const std::string& message_id, MessageRow& message, Step& step);
  void revoke_lead(std::string_view tenant, const std::string& lead_id, std::string_view address_token, Step& step);
  void revoke_before(std::string_view tenant, std::string_view scope, Step& step);
  void erase_message(std::string_view tenant, const std::string& message_id, const std::vector<std::string>& leads,
                     Step& step);

  // --- campaigns.cpp
  Verdict campaign_defined(const CampaignDefined& e, Step& step);
  Verdict campaign_state(const CampaignState& e, bool paused, Step& step);
  Verdict status_changed(const StatusChanged& e, Step& step);
  Verdict template_defined(const TemplateDefined& e, Step& step);
  // Pauses the campaign if a rule says so. `age` of a stale one is judged too.
  void watch(std::string_view tenant, const std::string& campaign_id, Step& step);

  // --- operators.cpp: senders, channels, switches
  Verdict sender_defined(const SenderDefined& e, Step& step);
  Verdict channel_config(const ChannelConfig& e, Step& step);
  Verdict kill_switch(const KillSwitch& e, Step& step);
  Verdict connector_armed(const ConnectorArmed& e, Step& step);
  void new_book(const std::string& tenant, Step& step);
  void tidy(const std::string& prefix, Step& step);
  void lift_global(std::string_view after, Step& step);
  void armed_until(const std::string& tenant, const std::string& connector, bool warning, Step& step);

  // --- holds.cpp
  void open_hold(Trial& trial, const Intent& intent, MessageRow& message, Step& step);
  Verdict hold_answered(const Approval& e, bool approve, Step& step);
  void hold_expired(const std::string& tenant, const std::string& id, Step& step);
  void close_hold(std::string_view tenant, const std::string& message_id, MessageRow& message, HoldState state,
                  std::string_view actor, Step& step);
  void hold_entry(const std::string& id, const HoldRow& hold, const std::string& lead_id, std::string_view text,
                  Step& step);

  Tables tables_;
  std::unordered_map<std::string, std::unique_ptr<Settings>> settings_;  // by tenant, of the live policy
};

}  // namespace millrace::dispatch
