// Facts about messages: deliveries, which index them, and what recipients did.
#include "core/hash.h"
#include "topology/harvest/harvest_fold.h"

namespace millrace::harvest {

namespace {

constexpr std::string_view kClickTimer = "click";

std::string held_key(std::string_view message_key, std::int64_t number) { return std::string(message_key) + "\n" + std::to_string(number); }

// The link of the unsubscribe page, on whatever host it is served.
bool is_unsubscribe_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return path != std::string_view::npos && url.substr(path).starts_with("/unsubscribe/");
}

bool is_opt_out(std::string_view type) { return type == "engagement.complained" || type == "engagement.unsubscribed"; }

}  // namespace

MessageRow& HarvestFold::index_message(std::string_view message_id, const DeliveryFact& fact, std::string_view lead_id, Step& step) {
  MessageRow& row = messages_.edit(key_of(step.tenant, message_id));
  if (row.lead_id.empty()) ready_.push_back("msg/" + std::string(message_id));
  row.lead_id = lead_id;
  if (fact.attempt) row.attempt = *fact.attempt;
  if (fact.channel) row.channel = *fact.channel;
  if (fact.provider_message_id && !fact.provider_message_id->empty()) {
    ProviderRow& provider = providers_.edit(key_of(step.tenant, *fact.provider_message_id));
    if (provider.message_id.empty()) ready_.push_back("prov/" + *fact.provider_message_id);
    provider.message_id = message_id;
  }
  return row;
}

Verdict HarvestFold::delivery(std::string_view type, const DeliveryFact& fact, Step& step) {
  const bool by_provider = type == "delivery.delivered" || type == "delivery.failed";
  std::string message_id = fact.message_id.value_or("");
  if (message_id.empty() && fact.provider_message_id)
    if (const ProviderRow* provider = providers_.find(key_of(step.tenant, *fact.provider_message_id))) message_id = provider->message_id;
  const MessageRow* known = message_id.empty() ? nullptr : messages_.find(key_of(step.tenant, message_id));
  const bool complete = fact.lead_id && !fact.lead_id->empty() && fact.attempt && fact.channel;
  if (!known && (!complete || message_id.empty()))
    return park(type, fact.message_id && !fact.message_id->empty() ? "msg/" + *fact.message_id : "prov/" + fact.provider_message_id.value_or(""), step);
  const std::string named = complete ? *fact.lead_id : known->lead_id;
  const std::string lead_id = identity_.resolve(step.tenant, named);
  if (lead_id.empty()) return park(type, "lead/" + named, step);

  MessageRow& message = index_message(message_id, fact, lead_id, step);
  if (type == "delivery.attempted") return Verdict::handled();
  if (type == "delivery.sent") message.clicks.sent_ms = step.event_ms;

  DeliveryFact out = fact;
  out.lead_id = lead_id;
  out.message_id = std::move(message_id);
  if (!out.attempt) out.attempt = message.attempt;
  if (!out.channel) out.channel = message.channel;
  const std::string lead_key = key_of(step.tenant, lead_id);
  if (!by_provider && type == "delivery.sent") step.emit_as({.topic = topics::leads_harvested, .key = lead_key}, type, out);
  step.emit_as({.topic = topics::routing_decisions, .key = lead_key}, type, out);
  step.emit_as({.topic = topics::outreach_intents, .key = step.tenant}, type, out);
  return Verdict::handled();
}

Verdict HarvestFold::engagement(std::string_view type, const EngagementFact& fact, Step& step) {
  const Ref ref = resolve(fact, step);
  if (ref.lead_id.empty()) return unresolved(type, ref, Consent::unknown, step);
  // What is counted by its message waits for the message to be known, though the address names the lead already.
  if ((type == "engagement.clicked" || type == "engagement.opened") && ref.message_id.empty())
    return park(type, "prov/" + fact.provider_message_id.value_or(""), step);
  if (type != "engagement.clicked") {
    tell_engagement(type, fact, ref, step);
    return Verdict::handled();
  }
  if (!is_unsubscribe_url(fact.url.value_or(""))) hold(fact, ref, step);
  return Verdict::handled();
}

void HarvestFold::tell_engagement(std::string_view type, const EngagementFact& fact, const Ref& ref, Step& step) {
  EngagementFact out;
  out.lead_id = ref.lead_id;
  if (!ref.message_id.empty()) out.message_id = ref.message_id;
  out.provider_message_id = fact.provider_message_id;
  out.channel = fact.channel;
  out.dsn_action = fact.dsn_action;
  out.dsn_status = fact.dsn_status;
  out.smtp_code = fact.smtp_code;
  out.machine = fact.machine;
  out.method = fact.method;
  out.permanent = fact.permanent;
  out.provider = fact.provider;
  out.provider_uid = fact.provider_uid;
  out.url = fact.url;
  out.headers = fact.headers;
  const std::string lead_key = key_of(step.tenant, ref.lead_id);
  const bool to_score = type != "engagement.replied" && type != "engagement.out_of_office";
  const LeadRow* lead = is_opt_out(type) || type == "engagement.replied" ? identity_.find(step.tenant, ref.lead_id) : nullptr;
  if (is_opt_out(type) && lead) out.address_tokens = address_tokens_of(*lead);
  if (type == "engagement.replied") {
    out.sealed = fact.sealed;
    if (lead && (fact.subject || fact.body || fact.sealed.text.empty())) {  // came in clear
      ReplyPersonal personal{fact.subject, fact.body, {}};
      if (const auto found = out.headers.find("in_reply_to"); found != out.headers.end()) {
        personal.in_reply_to = found->second;
        out.headers.erase(found);
      }
      if (personal.subject || personal.body || personal.in_reply_to)
        out.sealed.text = seal_next(*lead, ref.lead_id, type, to_json(personal), step);
    }
  }
  if (to_score) step.emit_as({.topic = topics::leads_harvested, .key = lead_key}, type, out);
  step.emit_as({.topic = topics::routing_decisions, .key = lead_key}, type, out);
  if (to_score) step.emit_as({.topic = topics::outreach_intents, .key = step.tenant}, type, out);
  if (type == "engagement.opened" && touch_rules(step.tenant).count_opens)
    tell_touch("open", ref.lead_id, ref.message_id, step.event_ms, current_record_id_, step);
}

void HarvestFold::tell_touch(std::string_view kind, std::string_view lead_id, std::string_view message_id, TimeMs event_ms, std::string_view record_id,
                             Step& step) {
  Touch touch;
  touch.ts_ms = event_ms;
  touch.kind = kind;
  touch.lead_id = std::string(lead_id);
  touch.record_id = std::string(record_id);
  if (!message_id.empty()) touch.message_id = std::string(message_id);
  if (const MessageRow* message = messages_.find(key_of(step.tenant, message_id)); message && !message->channel.empty()) touch.channel = message->channel;
  step.emit({.topic = topics::attribution_touches, .key = subject_key(subject_of(lead_id, {}), step), .event_ms = event_ms}, touch);
}

void HarvestFold::hold(const EngagementFact& fact, const Ref& ref, Step& step) {
  const std::string key = key_of(step.tenant, ref.message_id);
  MessageRow& message = messages_.edit(key);
  ClickMark mark;
  mark.arrived_ms = step.now_ms;
  mark.at_ms = step.event_ms;
  mark.machine = fact.machine.value_or(false);
  mark.url = sha256_hex(fact.url.value_or(""), 16);
  const auto number = hold_click(message.clicks, std::move(mark));
  if (!number) return;
  HeldClickRow& held = held_clicks_.edit(held_key(key, *number));
  held.event_ms = step.event_ms;
  held.lead_id = ref.lead_id;
  held.record_id = current_record_id_;
  held.url = fact.url.value_or("");
  step.set_timer(step.now_ms + rules(step.tenant).machine_pair_ms, std::string(kClickTimer), key);
}

void HarvestFold::decide_clicks_of(std::string_view message_key, Step& step) {
  MessageRow* message = messages_.edit_if(message_key);
  if (!message) return;
  const HarvestPolicy& policy = rules(step.tenant);
  const std::string message_id(message_key.substr(step.tenant.size() + 1));
  for (const DecidedClick& click : decide_clicks(message->clicks, step.now_ms, {policy.machine_click_ms, policy.machine_pair_ms})) {
    const std::string key = held_key(message_key, click.number);
    const HeldClickRow* held = held_clicks_.find(key);
    const std::string lead_id = held ? identity_.resolve(step.tenant, held->lead_id) : std::string();
    if (!click.machine && !lead_id.empty()) {
      EngagementFact out;
      out.lead_id = lead_id;
      out.message_id = message_id;
      out.url = held->url;
      const std::string lead_key = key_of(step.tenant, lead_id);
      const TimeMs event_ms = held->event_ms;
      step.emit_as({.topic = topics::leads_harvested, .key = lead_key, .event_ms = event_ms}, "engagement.clicked", out);
      step.emit_as({.topic = topics::routing_decisions, .key = lead_key, .event_ms = event_ms}, "engagement.clicked", out);
      step.emit_as({.topic = topics::outreach_intents, .key = step.tenant, .event_ms = event_ms}, "engagement.clicked", out);
      tell_touch("click", lead_id, message_id, event_ms, held->record_id, step);
    }
    held_clicks_.erase(key);
  }
}

}  // namespace millrace::harvest
