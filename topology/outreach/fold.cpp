#include "topology/outreach/fold.h"

#include "topology/topics.h"

namespace millrace::outreach {

namespace {

// "tenant/lead" or "tenant/lead/rest"; tenants and lead ids hold no slash.
struct TimerKey {
  std::string tenant, lead_id, rest;
};
TimerKey split_key(std::string_view key) {
  TimerKey parts;
  const auto first = key.find('/');
  parts.tenant = key.substr(0, first);
  if (first == std::string_view::npos) return parts;
  const auto second = key.find('/', first + 1);
  parts.lead_id = key.substr(first + 1, second == std::string_view::npos ? second : second - first - 1);
  if (second != std::string_view::npos) parts.rest = key.substr(second + 1);
  return parts;
}

}  // namespace

std::unique_ptr<Fold> make_fold(const wire::StageContext& context) { return std::make_unique<OutreachFold>(context); }

OutreachFold::OutreachFold(const wire::StageContext& context)
    : StageFold("outreach", context),
      definitions_(context.tables),
      leads_(context.tables, "lead"),
      messages_(context.tables, "message"),
      exposures_(context.tables, "exposure"),
      reviews_(context.tables, "review"),
      replies_(context.tables, "reply"),
      armed_(context.tables, "armed") {
  register_definitions();
  register_facts();
}

void OutreachFold::register_definitions() {
  on<CampaignDefined>("operator.campaign_defined", [this](const CampaignDefined& e, Step& s) {
    return answer(e.request_id, definitions_.define(s.tenant, e), s);
  });
  // A pause is dispatch's; the record is known here so that it counts as handled.
  on<CampaignState>("operator.campaign_paused", [](const CampaignState&, Step&) { return Verdict::handled(); });
  on<CampaignState>("operator.campaign_resumed", [](const CampaignState&, Step&) { return Verdict::handled(); });
  on<SequenceDefined>("operator.sequence_defined", [this](const SequenceDefined& e, Step& s) {
    return answer(e.request_id, definitions_.define(s.tenant, e, settings(s.tenant)), s);
  });
  on<TemplateDefined>("operator.template_defined", [this](const TemplateDefined& e, Step& s) {
    return answer(e.request_id, definitions_.define(s.tenant, e), s);
  });
  on<ScriptDefined>("operator.script_defined", [this](const ScriptDefined& e, Step& s) {
    return answer(e.request_id, definitions_.define(s.tenant, e), s);
  });
  on<ExperimentDefined>("operator.experiment_defined", [this](const ExperimentDefined& e, Step& s) {
    return answer(e.request_id, definitions_.define(s.tenant, e), s);
  });
  on<Promotion>("control.promotion", [this](const Promotion& e, Step& s) {
    definitions_.promote(s.tenant, e);
    return Verdict::handled();
  });
  on<ClonePromoted>("control.clone_promoted", [this](const ClonePromoted& e, Step& s) {
    definitions_.clone(e.parent.value_or(s.tenant), e);
    return Verdict::handled();
  });
  on<ConnectorArmed>("operator.connector_armed", [this](const ConnectorArmed& e, Step& s) { return connector_armed(e, s); });
  on<Sweep>("control.sweep", [this](const Sweep& e, Step& s) { return sweep(e, s); });
}

void OutreachFold::register_facts() {
  on<RouteDecided>(RouteDecided::type, [this](const RouteDecided& e, Step& s) { return routed(e, s); });
  on<LeadProfile>(LeadProfile::type, [this](const LeadProfile& e, Step& s) { return profile(e, s); });
  on<StatusChanged>(StatusChanged::type, [this](const StatusChanged& e, Step& s) { return status_changed(e, s); });
  on<StageChanged>(StageChanged::type, [this](const StageChanged& e, Step& s) { return stage_changed(e, s); });
  on<LeadEscalated>(LeadEscalated::type, [this](const LeadEscalated& e, Step& s) { return escalated(e, s); });
  on<LeadMerged>(LeadMerged::type, [this](const LeadMerged& e, Step& s) { return merged(e, s); });
  on<LeadErased>(LeadErased::type, [this](const LeadErased& e, Step& s) { return erased(e, s); });
  on<SequenceHandoff>(SequenceHandoff::type, [this](const SequenceHandoff& e, Step& s) { return handoff(e, s); });
  on<PacketDraft>(PacketDraft::type, [this](const PacketDraft& e, Step& s) { return packet(e, s); });

  on<IntentResult>(IntentResult::type, [this](const IntentResult& e, Step& s) { return result(e, s); });
  on<DeliveryFact>("delivery.sent", [this](const DeliveryFact& e, Step& s) { return sent(e, s); });
  on<DeliveryFact>("delivery.delivered", [this](const DeliveryFact& e, Step& s) { return delivered(e, s); });
  on<DeliveryFact>("delivery.failed", [this](const DeliveryFact& e, Step& s) { return failed(e, s); });
  on<DeliveryFact>("delivery.unknown", [this](const DeliveryFact& e, Step& s) { return unknown(e, s); });

  on<EngagementFact>("engagement.opened", [this](const EngagementFact& e, Step& s) { return opened(e, s); });
  on<EngagementFact>("engagement.clicked", [this](const EngagementFact& e, Step& s) { return clicked(e, s); });
  on<EngagementFact>("engagement.replied", [this](const EngagementFact& e, Step& s) { return replied(e, s); });
  on<EngagementFact>("engagement.out_of_office", [this](const EngagementFact& e, Step& s) { return out_of_office(e, s); });
  on<EngagementFact>("engagement.bounced", [this](const EngagementFact& e, Step& s) { return bounced(e, s); });
  on<EngagementFact>("engagement.complained", [this](const EngagementFact& e, Step& s) { return opted_out(e, "complained", s); });
  on<EngagementFact>("engagement.unsubscribed",
                     [this](const EngagementFact& e, Step& s) { return opted_out(e, "unsubscribed", s); });

  on<SendMessage>(SendMessage::type, [this](const SendMessage& e, Step& s) { return send_message(e, s); });
  on<Approval>("operator.approve", [this](const Approval& e, Step& s) { return judged(e, true, s); });
  on<Approval>("operator.reject", [this](const Approval& e, Step& s) { return judged(e, false, s); });
}

void OutreachFold::fire(const Timer& timer, Step& step) {
  const TimerKey key = split_key(timer.key);
  step.tenant = key.tenant;
  if (timer.kind == "arm") return arm_due(key.tenant, step);
  if (timer.kind == "disarm") return disarm_due(key.tenant, key.lead_id, timer.due_ms);
  auto lead = known_lead(key.lead_id, step);
  if (!lead) return;
  // What was restarted here has taken its old timers away; theirs do not count any more.
  if (timer.kind == "step" && lead->row.sequence && lead->sequence().timer_ms == timer.due_ms) return step_due(*lead, step);
  if (timer.kind == "exhaust" && lead->row.sequence && lead->sequence().exhaust_ms == timer.due_ms)
    return exhaust_due(*lead, step);
  if (timer.kind == "retry") return retry_due(*lead, key.rest, step);
  if (timer.kind == "review") return review_due(*lead, key.rest, step);
}

OutreachFold::Lead OutreachFold::make_lead(std::string_view lead_id, Step& step) {
  if (auto known = known_lead(lead_id, step)) return std::move(*known);
  std::string key = key_of(step.tenant, lead_id);
  LeadRow& row = leads_.edit(key);
  if (const ArmedRow* armings = armed_.find(step.tenant)) row.armings = armings->armings;
  return {step.tenant, std::string(lead_id), std::move(key), row};
}

std::optional<OutreachFold::Lead> OutreachFold::known_lead(std::string_view lead_id, Step& step) {
  std::string key = key_of(step.tenant, lead_id);
  LeadRow* row = leads_.edit_if(key);
  if (!row) return std::nullopt;
  std::optional<Lead> lead(Lead{step.tenant, std::string(lead_id), std::move(key), *row});
  catch_up_arming(*lead, step);
  return lead;
}

std::optional<OutreachFold::Message> OutreachFold::message_of(const Lead& lead, const std::string& message_id) {
  if (message_id.empty()) return std::nullopt;
  std::string key = key_of(lead.tenant, lead.id, message_id);
  MessageRow* row = messages_.edit_if(key);
  if (!row) return std::nullopt;
  return Message{message_id, std::move(key), *row};
}

void OutreachFold::alert(std::string_view tenant, std::string_view reason, std::string_view severity,
                         std::string_view lead_id, std::string_view message_id, Step& step,
                         std::string_view template_id) {
  AlertRaised raised;
  raised.task = "outreach";
  raised.reason = reason;
  raised.severity = severity;
  std::string& context = raised.context.text;
  context = "{";
  if (!lead_id.empty()) {
    context.append("\"lead_id\":");
    append_json_string(context, lead_id);
    context.push_back(',');
  }
  if (!message_id.empty()) {
    context.append("\"message_id\":");
    append_json_string(context, message_id);
    context.push_back(',');
  }
  context.append("\"subject\":");
  append_json_string(context, message_id.empty() ? lead_id : message_id);
  if (!template_id.empty()) {
    context.append(",\"template_id\":");
    append_json_string(context, template_id);
  }
  context.push_back('}');
  step.emit({.topic = topics::alerts, .key = tenant}, raised);
}

Verdict OutreachFold::answer(const std::string& request_id, Ruling ruling, Step& step) {
  if (!ruling.code.empty()) ledger().reject(step, request_id, ruling.code, ruling.detail);
  return std::move(ruling.verdict);
}

}  // namespace millrace::outreach
