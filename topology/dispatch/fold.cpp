#include "topology/dispatch/fold.h"

#include "topology/topics.h"

namespace millrace::dispatch {

std::unique_ptr<Fold> make_fold(const wire::StageContext& context) { return std::make_unique<DispatchFold>(context); }

DispatchFold::DispatchFold(const wire::StageContext& context) : StageFold("dispatch", context), tables_(context.tables) {
  on<MessageIntent>(MessageIntent::type, [this](const MessageIntent& e, Step& s) { return intent_taken(e, s); });
  on<IntentWithdrawn>(IntentWithdrawn::type, [this](const IntentWithdrawn& e, Step& s) { return intent_withdrawn(e, s); });

  on<DeliveryFact>("delivery.sent", [this](const DeliveryFact& e, Step& s) { return sent(e, s); });
  on<DeliveryFact>("delivery.delivered", [this](const DeliveryFact& e, Step& s) { return delivered(e, s); });
  on<DeliveryFact>("delivery.failed", [this](const DeliveryFact& e, Step& s) { return failed(e, s); });
  on<DeliveryFact>("delivery.unknown", [this](const DeliveryFact& e, Step& s) { return unknown(e, s); });
  on<EngagementFact>("engagement.opened", [this](const EngagementFact& e, Step& s) { return opened(e, false, s); });
  on<EngagementFact>("engagement.clicked", [this](const EngagementFact& e, Step& s) { return opened(e, true, s); });
  on<EngagementFact>("engagement.bounced", [this](const EngagementFact& e, Step& s) { return bounced(e, s); });
  on<ReplyClassified>(ReplyClassified::type, [this](const ReplyClassified& e, Step& s) { return replied(e, s); });

  on<EngagementFact>("engagement.complained", [this](const EngagementFact& e, Step& s) { return complained(e, s); });
  on<EngagementFact>("engagement.unsubscribed", [this](const EngagementFact& e, Step& s) { return unsubscribed(e, s); });
  on<ConsentChanged>(ConsentChanged::type, [this](const ConsentChanged& e, Step& s) { return consent_changed(e, s); });
  on<LeadSuppress>(LeadSuppress::type, [this](const LeadSuppress& e, Step& s) { return suppress_lead(e, s); });
  on<Suppress>("operator.suppress", [this](const Suppress& e, Step& s) { return suppress(e, false, s); });
  on<Suppress>("operator.unsuppress", [this](const Suppress& e, Step& s) { return suppress(e, true, s); });
  on<LeadMerged>(LeadMerged::type, [this](const LeadMerged& e, Step& s) { return lead_merged(e, s); });
  on<LeadErased>(LeadErased::type, [this](const LeadErased& e, Step& s) { return lead_erased(e, s); });

  on<CampaignDefined>(CampaignDefined::type, [this](const CampaignDefined& e, Step& s) { return campaign_defined(e, s); });
  on<CampaignState>("operator.campaign_paused", [this](const CampaignState& e, Step& s) { return campaign_state(e, true, s); });
  on<CampaignState>("operator.campaign_resumed", [this](const CampaignState& e, Step& s) { return campaign_state(e, false, s); });
  on<StatusChanged>(StatusChanged::type, [this](const StatusChanged& e, Step& s) { return status_changed(e, s); });
  on<TemplateDefined>(TemplateDefined::type, [this](const TemplateDefined& e, Step& s) { return template_defined(e, s); });

  on<SenderDefined>(SenderDefined::type, [this](const SenderDefined& e, Step& s) { return sender_defined(e, s); });
  on<ChannelConfig>(ChannelConfig::type, [this](const ChannelConfig& e, Step& s) { return channel_config(e, s); });
  on<KillSwitch>(KillSwitch::type, [this](const KillSwitch& e, Step& s) { return kill_switch(e, s); });
  on<ConnectorArmed>(ConnectorArmed::type, [this](const ConnectorArmed& e, Step& s) { return connector_armed(e, s); });
  on<Approval>("operator.approve", [this](const Approval& e, Step& s) { return hold_answered(e, true, s); });
  on<Approval>("operator.reject", [this](const Approval& e, Step& s) { return hold_answered(e, false, s); });
}

// The key of a timer starts with its tenant; the kinds fire in this order on one tick (QU-2: "queue" before "run").
void DispatchFold::fire(const Timer& timer, Step& step) {
  const std::string tenant(first_part(timer.key)), rest(after_first(timer.key));
  step.tenant = tenant;
  if (timer.kind == "arm") return new_book(tenant, step);
  if (timer.kind == "arm_end") return armed_until(tenant, rest, false, step);
  if (timer.kind == "arm_warn") return armed_until(tenant, rest, true, step);
  if (timer.kind == "hold") return hold_expired(tenant, rest, step);
  if (timer.kind == "late") return waited_too_long(tenant, rest, step);
  if (timer.kind == "queue") return tables_.queues.due(tables_.tenants.edit(tenant), tenant, rest, step);
  if (timer.kind == "run") return run_waiting(tenant, step);
  if (timer.kind == "stale") return watch(tenant, rest, step);
  if (timer.kind == "lift") return lift_global(rest, step);
  if (timer.kind == "tidy") return tidy(timer.key, step);
  if (timer.kind == "unknown") return unknown_too_long(tenant, rest, step);
}

const Settings& DispatchFold::settings(std::string_view tenant, Step& step) {
  static thread_local std::string name;
  name.assign(tenant);
  std::unique_ptr<Settings>& held = settings_[name];
  if (!held) held = std::make_unique<Settings>(policy(), tenant, *environment().zones, *step.keys);
  return *held;
}

namespace {

struct AlertContext {
  std::string detail, subject;
  static constexpr auto fields() {
    return FieldList{field("detail", &AlertContext::detail), field("subject", &AlertContext::subject)};
  }
};

}  // namespace

void DispatchFold::alert(std::string_view tenant, std::string_view reason, std::string_view severity,
                         std::string_view subject, std::string_view detail, Step& step) {
  AlertRaised raised;
  raised.task = "dispatch";
  raised.reason = reason;
  raised.severity = severity;
  raised.context.text = to_json(AlertContext{std::string(detail), std::string(subject)});
  step.emit({.topic = topics::alerts, .key = tenant, .tenant = tenant}, raised);
}

void DispatchFold::answer(const Intent& intent, std::string_view tenant, std::string_view result,
                          std::string_view reason, std::string_view mode, Step& step) {
  IntentResult out;
  out.message_id = intent.message_id;
  out.attempt = intent.attempt;
  out.lead_id = intent.lead_id;
  out.channel = intent.channel;
  out.result = result;
  if (!reason.empty()) out.reason = reason;
  if (!mode.empty()) out.mode = mode;
  step.emit({.topic = topics::routing_decisions, .key = key_of(tenant, intent.lead_id), .tenant = tenant}, out);
}

}  // namespace millrace::dispatch
