// What people answer: replies and out-of-office notes, opt-outs, opens and clicks.
#include <algorithm>

#include "core/hash.h"
#include "topology/events/attribution_touches.h"
#include "topology/optional_text.h"
#include "topology/outreach/address.h"
#include "topology/outreach/fold.h"
#include "topology/outreach/render.h"
#include "topology/outreach/variables.h"
#include "topology/topics.h"

namespace millrace::outreach {

using dispatch::StatusEvent;

namespace {

std::string header(const EngagementFact& e, const char* name) {
  const auto found = e.headers.find(name);
  return found == e.headers.end() ? std::string() : found->second;
}


bool by_a_person(ReplyKind kind) {
  return kind == ReplyKind::positive || kind == ReplyKind::negative || kind == ReplyKind::neutral;
}

}  // namespace

Verdict OutreachFold::replied(const EngagementFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  const bool identified = e.provider && e.provider_uid && !e.provider_uid->empty();
  const std::string seen =
      identified ? key_of(step.tenant, *e.lead_id, hid("", 32, {*e.provider, *e.provider_uid})) : std::string();
  if (identified && replies_.contains(seen)) return Verdict::duplicate();
  Lead lead = make_lead(*e.lead_id, step);
  if (identified) replies_.edit(seen).at_ms = step.now_ms;

  std::string subject = e.subject.value_or(""), body = e.body.value_or("");
  if (const auto personal = wire::unseal<ReplyPersonal>(*step.keys, lead.tenant, e.sealed.text)) {
    if (personal->subject) subject = *personal->subject;
    if (personal->body) body = *personal->body;
  }
  auto message = message_of(lead, e.message_id.value_or(""));
  const std::string original = original_of(lead, e.message_id.value_or(""), step);
  const std::string submitted = header(e, "auto_submitted"), report = header(e, "report_type");
  const Classified made = classify({.subject = subject,
                                    .body = body,
                                    .auto_submitted = submitted,
                                    .report_type = report,
                                    .dsn_status = e.dsn_status ? std::string_view(*e.dsn_status) : std::string_view(),
                                    .dsn_action = e.dsn_action ? std::string_view(*e.dsn_action) : std::string_view(),
                                    .original = original},
                                   policy().of<ReplyRules>(lead.tenant));
  Heard heard{.kind = made.kind,
              .confidence_bp = made.confidence_bp,
              .reason = std::string(made.reason),
              .referral = made.referral,
              .message_id = e.message_id.value_or(""),
              .channel = message ? message->row.channel : e.channel.value_or("email"),
              .campaign_id = message             ? message->row.campaign_id
                             : lead.row.sequence ? lead.sequence().campaign_id
                                                 : "",
              .at_ms = step.event_ms};
  const ReplyEffect effect = reply_effect(made.kind, made.confidence_bp, made.by_header, step.now_ms, 0);
  if (effect.review) {
    open_review(lead, heard, e.provider.value_or(""), e.provider_uid.value_or(""), step);
    stop(lead, "replied", step);
    return Verdict::handled();
  }
  if (message && by_a_person(made.kind)) {
    move(message->row, StatusEvent::replied);
    message->row.note("replied", step.now_ms);
  }
  act_on_reply(lead, heard, step);
  return Verdict::handled();
}

void OutreachFold::act_on_reply(Lead& lead, const Heard& heard, Step& step) {
  switch (heard.kind) {
    case ReplyKind::ignored: return;
    case ReplyKind::ooo: return hold(lead, step.now_ms + 7 * kDayMs, step);
    case ReplyKind::automatic: return hold(lead, step.now_ms + 3 * kDayMs, step);
    case ReplyKind::bounce: {
      const ReasonRow* reason = reason_row(heard.reason.empty() ? "bounce_hard" : heard.reason);
      auto message = message_of(lead, heard.message_id.empty() ? lead.row.last_email : heard.message_id);
      if (message && message->row.status != dispatch::Status::pending && !message->row.closed) {
        message->row.note("bounced", step.now_ms);
        fail(lead, *message, *reason, false, std::nullopt, step);
      } else if (reason->reason == "bounce_hard" && lead.row.profile) {
        give_up_address(lead, message ? message->row.address_token : address_token(*lead.row.profile, "email"), true, step);
      }
      return;
    }
    case ReplyKind::complaint:
    case ReplyKind::unsub: {
      const bool complaint = heard.kind == ReplyKind::complaint;
      if (auto message = message_of(lead, heard.message_id); message && complaint) {
        move(message->row, StatusEvent::complained);
        message->row.note("complained", step.now_ms);
      }
      tell_reply(lead, heard, step);
      suppress_all(lead, complaint ? "complaint" : "user_request", step);
      return stop(lead, complaint ? "complained" : "unsubscribed", step);
    }
    case ReplyKind::negative:
    case ReplyKind::positive:
    case ReplyKind::neutral: break;
  }
  tell_reply(lead, heard, step);
  Touch touch;
  touch.ts_ms = heard.at_ms;
  touch.kind = "reply";
  touch.class_ = name_of(heard.kind);
  touch.channel = given(heard.channel);
  touch.message_id = given(heard.message_id);
  touch.campaign_id = given(heard.campaign_id);
  touch.lead_id = lead.id;
  step.emit({.topic = topics::attribution_touches, .key = key_of(lead.tenant, "subj:" + lead.id)}, touch);
  if (heard.kind == ReplyKind::positive) {
    auto message = message_of(lead, heard.message_id);
    if (!message || message->row.note("alerted", step.now_ms))
      alert(lead.tenant, "positive_reply", "info", lead.id, heard.message_id, step);
  }
  if (heard.kind == ReplyKind::negative && heard.referral)
    alert(lead.tenant, "referral", "info", lead.id, heard.message_id, step);
  stop(lead, "replied", step);
  note_success(lead, {MetricFact::Kind::reply, name_of(heard.kind), false, {}, std::nullopt, heard.at_ms}, step);
}

void OutreachFold::tell_reply(Lead& lead, const Heard& heard, Step& step) {
  ReplyClassified told;
  told.lead_id = lead.id;
  told.class_ = name_of(heard.kind);
  told.confidence_bp = heard.confidence_bp;
  told.message_id = given(heard.message_id);
  told.campaign_id = given(heard.campaign_id);
  told.channel = given(heard.channel);
  told.referral = heard.referral;
  step.emit({.topic = topics::leads_harvested, .key = lead.key}, told);
  step.emit({.topic = topics::outreach_intents, .key = lead.tenant}, told);
  if (heard.kind == ReplyKind::positive)
    step.emit({.topic = topics::learning_outcomes, .key = key_of(lead.tenant, "packet:" + lead.id)}, told);
}

void OutreachFold::hold(Lead& lead, TimeMs until_ms, Step& step) {
  if (!lead.running()) return;
  SequenceRow& sequence = lead.sequence();
  sequence.hold_until_ms = std::max(sequence.hold_until_ms, until_ms);
  if (sequence.waiting == Waiting::no && sequence.timer_ms >= 0) schedule_next(lead, step);
}

// The message as its reader may quote it; its sender's lines are not known here.
std::string OutreachFold::original_of(const Lead& lead, const std::string& message_id, Step& step) {
  auto message = message_of(lead, message_id);
  if (!message || !lead.row.profile) return {};
  const auto personal = wire::unseal<ProfilePersonal>(*step.keys, lead.tenant, lead.row.profile->sealed.text);
  if (!personal) return {};
  const auto variables = variables_of(*lead.row.profile, *personal);
  const Variables lookup = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  if (message->row.kind == MessageKind::operator_) {
    const auto text = wire::unseal<MessagePersonal>(*step.keys, lead.tenant, message->row.sealed.text);
    return text ? text->body.value_or("") : std::string();
  }
  const auto* definition =
      definitions_.template_version(lead.tenant, message->row.template_id, message->row.template_version);
  return definition ? render_without_sender(definition->body, lookup) : std::string();
}

void OutreachFold::suppress_all(Lead& lead, std::string_view reason, Step& step) {
  if (!lead.row.profile) return;
  for (const char* kind : {"email", "linkedin", "phone"})
    if (const std::string token = address_token(*lead.row.profile, kind); !token.empty())
      step.emit({.topic = topics::outreach_intents, .key = lead.tenant}, LeadSuppress{"address", token, std::string(reason)});
}

Verdict OutreachFold::out_of_office(const EngagementFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  if (auto lead = known_lead(*e.lead_id, step)) act_on_reply(*lead, {.kind = ReplyKind::ooo}, step);
  return Verdict::handled();
}

// Harvest has told dispatch and score as well, with every address of the lead.
Verdict OutreachFold::opted_out(const EngagementFact& e, std::string_view reason, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  auto lead = known_lead(*e.lead_id, step);
  if (!lead) return Verdict::handled();
  if (auto message = message_of(*lead, e.message_id.value_or("")); message && reason == "complained") {
    move(message->row, StatusEvent::complained);
    message->row.note("complained", step.now_ms);
  }
  stop(*lead, reason, step);
  return Verdict::handled();
}

Verdict OutreachFold::opened(const EngagementFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  const std::string key = key_of(step.tenant, *e.lead_id);
  if (!leads_.contains(key)) return Verdict::handled();
  // The message alone changes, unless the lead has missed an arming: most facts are of this kind, and most leads stay as they are.
  if (const ArmedRow* armed = armed_.find(step.tenant); armed && leads_.find(key)->armings != armed->armings) known_lead(*e.lead_id, step);
  if (!e.message_id || e.message_id->empty()) return Verdict::handled();
  if (MessageRow* message = messages_.edit_if(key_of(step.tenant, *e.lead_id, *e.message_id))) {
    move(*message, StatusEvent::opened);
    message->note("opened", step.now_ms);
  }
  return Verdict::handled();
}

Verdict OutreachFold::clicked(const EngagementFact& e, Step& step) {
  if (!e.lead_id) return Verdict::dead("missing_field:lead_id");
  auto lead = known_lead(*e.lead_id, step);
  if (!lead || e.machine.value_or(false)) return Verdict::handled();
  if (auto message = message_of(*lead, e.message_id.value_or(""))) message->row.note("clicked", step.now_ms);
  note_success(*lead, {MetricFact::Kind::click, {}, false, {}, std::nullopt, step.event_ms}, step);
  return Verdict::handled();
}

}  // namespace millrace::outreach
