// A message on its way to dispatch: its row, its address and variables sealed under the lead's key, its record.
#include "topology/optional_text.h"
#include "topology/outreach/address.h"
#include "topology/outreach/country.h"
#include "topology/outreach/fold.h"
#include "topology/outreach/message_id.h"
#include "topology/outreach/variables.h"
#include "topology/topics.h"

namespace millrace::outreach {

namespace {


// What stands in a task or an operator's message, which are not made from a template.
void set_text(std::map<std::string, std::string>& variables, std::string subject, std::string body) {
  variables["subject"] = std::move(subject);
  variables["body"] = std::move(body);
}

}  // namespace

// Of its sequence, else of its profile.
std::string OutreachFold::campaign_of(const Lead& lead) {
  if (lead.row.sequence && !lead.row.sequence->campaign_id.empty()) return lead.row.sequence->campaign_id;
  return lead.row.profile ? lead.row.profile->campaign_id : std::string();
}

OutreachFold::Message OutreachFold::new_message(Lead& lead, MessageKind kind, std::string_view sequence,
                                                std::string_view step_name, std::string_view channel) {
  const std::string campaign = campaign_of(lead);
  std::string id = message_id(lead.tenant, campaign, lead.id, sequence, step_name, channel);
  std::string key = key_of(lead.tenant, lead.id, id);
  MessageRow& row = messages_.edit(key);
  row = MessageRow{};
  row.campaign_id = campaign;
  row.sequence = sequence;
  row.step = step_name;
  row.channel = channel;
  row.kind = kind;
  row.priority = lead.row.urgent                                               ? "high"
                 : lead.row.sequence && !lead.sequence().priority.empty() ? lead.sequence().priority
                                                                          : "medium";
  return {std::move(id), std::move(key), row};
}

bool OutreachFold::emit_intent(Lead& lead, Message& message, Step& step) {
  const ProfileRow& profile = *lead.row.profile;
  MessageRow& row = message.row;
  const SealingKey* key = step.keys->key_of(lead.tenant, profile.sealed.text);
  const auto personal = wire::unseal<ProfilePersonal>(*step.keys, lead.tenant, profile.sealed.text);
  if (!key || !personal) return false;

  MessageIntent intent;
  intent.sealed.fresh = Sealing<IntentPersonal>{*key, {address_of(*personal, row.channel), variables_of(profile, *personal)}};
  auto& variables = intent.sealed.fresh->clear.variables;
  if (row.kind == MessageKind::operator_) {
    const auto text = wire::unseal<MessagePersonal>(*step.keys, lead.tenant, row.sealed.text);
    if (!text) return false;
    set_text(variables, text->subject.value_or(""), text->body.value_or(""));
  } else if (is_task(row.kind)) {
    set_text(variables, "Task: " + row.step,
             row.kind == MessageKind::phone ? "No other address of this lead can be used. Please call."
                                            : "The deal of this lead has not moved for too long. Please get in touch.");
  }

  row.dry_run = !armed(lead.tenant, step.now_ms);
  row.status = dispatch::Status::pending;
  row.retry_ms = -1;
  if (row.channel == "email") lead.row.last_email = message.id;
  const bool of_sequence = row.kind != MessageKind::operator_ && row.kind != MessageKind::escalation;
  if (of_sequence && lead.row.sequence) lead.sequence().last_message_id = message.id;

  intent.message_id = message.id;
  intent.lead_id = lead.id;
  intent.attempt = row.attempt;
  intent.campaign_id = given(row.campaign_id);
  intent.sequence = row.sequence;
  intent.step = row.step;
  intent.channel = row.channel;
  const std::string& to = intent.sealed.fresh->clear.to;
  intent.address_token = given(address_token(profile, row.channel));
  if (row.channel == "email")
    if (const auto at = to.rfind('@'); at != std::string::npos)
      intent.domain_token = step.keys->token(lead.tenant, "domain", std::string_view(to).substr(at + 1));
  if (row.channel == "contact_form") {
    intent.url_token = step.keys->token(lead.tenant, "url", to);
    if (!intent.address_token) intent.address_token = intent.url_token;
  }
  row.address_token = intent.address_token.value_or("");
  intent.consent = profile.consent;
  intent.tags = profile.tags;
  intent.timezone = given(profile.timezone);
  const OutreachPolicy& settings = this->settings(lead.tenant);
  intent.country = country_of(profile.location, profile.timezone, profile.email_tld, environment().zone_country,
                              settings.country_names, settings.generic_cc);
  intent.priority = row.priority;
  intent.template_id = given(row.template_id);
  if (row.template_version) intent.template_version = row.template_version;
  intent.experiment_id = given(row.experiment_id);
  intent.variant_id = given(row.variant_id);
  intent.script_id = given(row.script_id);
  intent.slot = given(row.slot);
  intent.operator_ = row.kind == MessageKind::operator_;
  intent.dry_run = row.dry_run;
  step.emit({.topic = topics::outreach_intents, .key = lead.tenant}, intent);
  return true;
}

}  // namespace millrace::outreach
