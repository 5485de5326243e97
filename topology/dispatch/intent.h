// What dispatch keeps of a message.intent while it waits, and until its command is answered.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "core/fields.h"
#include "topology/dispatch/order.h"
#include "topology/dispatch/pipeline.h"
#include "topology/events/outreach_intents.h"

namespace millrace::dispatch {

struct Intent {
  std::string message_id, lead_id, campaign_id, sequence, step, channel;
  std::string address_token, domain_token, url_token, timezone, country, template_id;
  SealedText sealed;  // IntentPersonal
  std::int64_t attempt = 1, template_version = 0;
  Priority priority = Priority::medium;
  Consent consent = Consent::unknown;
  bool from_operator = false, dry_run = false, do_not_contact = false;
  static constexpr auto fields() {
    return FieldList{field("address_token", &Intent::address_token),
                      field("attempt", &Intent::attempt),
                      field("campaign_id", &Intent::campaign_id),
                      field("channel", &Intent::channel),
                      field("consent", &Intent::consent),
                      field("country", &Intent::country),
                      field("do_not_contact", &Intent::do_not_contact),
                      field("domain_token", &Intent::domain_token),
                      field("dry_run", &Intent::dry_run),
                      field("from_operator", &Intent::from_operator),
                      field("lead_id", &Intent::lead_id),
                      field("message_id", &Intent::message_id),
                      field("priority", &Intent::priority),
                      field("sealed", &Intent::sealed),
                      field("sequence", &Intent::sequence),
                      field("step", &Intent::step),
                      field("template_id", &Intent::template_id),
                      field("template_version", &Intent::template_version),
                      field("timezone", &Intent::timezone),
                      field("url_token", &Intent::url_token)};
  }

  // An escalation or a call that outreach asks a person for; its text is given, and nobody reviews it.
  bool is_task() const { return sequence == "task"; }
  // Subject and body stand in the variables instead of a template.
  bool text_is_given() const { return from_operator || is_task(); }
  // "sequence/step": what a fallback shares with the message it follows.
  std::string step_name() const { return sequence + "/" + step; }
  std::string send_key() const { return message_id + ":" + std::to_string(attempt); }
};

// Fails: bad_field:consent. Every other value has a meaning here.
inline bool take_intent(const MessageIntent& e, Intent& intent) {
  const auto consent = enum_of<Consent>(e.consent);
  if (!consent) return false;
  intent.message_id = e.message_id;
  intent.lead_id = e.lead_id;
  intent.campaign_id = e.campaign_id.value_or("");
  intent.sequence = e.sequence;
  intent.step = e.step;
  intent.channel = e.channel;
  intent.address_token = e.address_token.value_or("");
  intent.domain_token = e.domain_token.value_or("");
  intent.url_token = e.url_token.value_or("");
  intent.timezone = e.timezone.value_or("");
  intent.country = e.country.value_or("");
  intent.template_id = e.template_id.value_or("");
  intent.template_version = e.template_version.value_or(0);
  intent.sealed.text = e.sealed.text;
  intent.attempt = e.attempt;
  intent.priority = priority_of(e.priority);
  intent.consent = *consent;
  intent.from_operator = e.operator_;
  intent.dry_run = e.dry_run;
  for (const std::string& tag : e.tags) intent.do_not_contact |= tag == "do_not_contact";
  return true;
}

}  // namespace millrace::dispatch
