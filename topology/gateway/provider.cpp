#include "topology/gateway/provider.h"

#include "topology/gateway/fields.h"

namespace millrace::gateway {

namespace {

using harvest::FieldKind;

// A provider's event: what all of them have, and then what it tells.
struct MailEvent {
  std::string id, type;
  wire::ObjectText data;

  void who(const Value& email, const Value& message_id, std::string_view provider_message_id) {
    set_field(data, "email", FieldKind::text, email);
    set_field(data, "message_id", FieldKind::text, message_id);
    if (!provider_message_id.empty()) data.text("provider_message_id", provider_message_id);
  }
  bool is(std::string_view of_type) {
    type = of_type;
    return true;
  }
  bool bounced(bool permanent, const Value& dsn_status, const Value& smtp_code) {
    data.flag("permanent", permanent);
    set_field(data, "dsn_status", FieldKind::text, dsn_status);
    set_field(data, "smtp_code", FieldKind::count, smtp_code);
    return is("engagement.bounced");
  }
  bool failed(std::string_view reason) {
    data.text("reason", reason);
    return is("delivery.failed");
  }
  // A click without its address is no click.
  bool clicked(const Value& url) { return set_field(data, "url", FieldKind::long_text, url) && is("engagement.clicked"); }
};

bool read_ses(const Value& event, MailEvent& mail) {
  std::string kind = event.member("eventType").text();
  if (kind.empty()) kind = event.member("notificationType").text();
  const Value& bounced = event.at("bounce.bouncedRecipients.0");
  const Value& complained = event.at("complaint.complainedRecipients.0");
  const Value& email = kind == "Bounce" && bounced.known()         ? bounced.member("emailAddress")
                       : kind == "Complaint" && complained.known() ? complained.member("emailAddress")
                                                                   : event.at("mail.destination.0");
  const std::string& message = event.at("mail.messageId").text();
  mail.who(email, event.at("mail.tags.millrace_message_id.0"), message);
  std::string feedback = event.at("bounce.feedbackId").text();
  if (feedback.empty()) feedback = event.at("complaint.feedbackId").text();
  mail.id = feedback.empty() ? message + ":" + email.text() + ":" + kind : feedback;
  if (kind == "Delivery") return mail.is("delivery.delivered");
  if (kind == "Bounce") return mail.bounced(event.at("bounce.bounceType").text() == "Permanent", bounced.member("status"), {});
  if (kind == "Complaint") return mail.is("engagement.complained");
  if (kind == "Open") return mail.is("engagement.opened");
  if (kind == "Click") return mail.clicked(event.at("click.link"));
  if (kind == "Subscription") return mail.is("engagement.unsubscribed");
  if (kind == "Reject" || kind == "Rendering Failure") return mail.failed("content_rejected");
  return false;
}

bool read_sendgrid(const Value& event, MailEvent& mail) {
  const std::string& kind = event.member("event").text();
  const std::string& whole = event.member("sg_message_id").text();
  const Value& message = event.member("millrace_message_id");
  mail.who(event.member("email"), message.known() ? message : event.at("custom_args.millrace_message_id"), whole.substr(0, whole.find('.')));
  mail.id = event.member("sg_event_id").text();
  if (kind == "delivered") return mail.is("delivery.delivered");
  if (kind == "bounce") return mail.bounced(event.member("type").text() != "blocked", event.member("status"), {});
  if (kind == "spamreport") return mail.is("engagement.complained");
  if (kind == "open") {
    set_field(mail.data, "machine", FieldKind::boolean, event.member("sg_machine_open"));
    return mail.is("engagement.opened");
  }
  if (kind == "click") return mail.clicked(event.member("url"));
  if (kind == "unsubscribe" || kind == "group_unsubscribe") return mail.is("engagement.unsubscribed");
  if (kind == "dropped") return mail.failed("address_suppressed");
  return false;
}

bool read_mailgun(const Value& body, MailEvent& mail) {
  const Value& event = body.member("event-data").known() ? body.member("event-data") : body;
  const std::string& kind = event.member("event").text();
  mail.who(event.member("recipient"), event.member("user-variables").member("millrace_message_id"),
           event.at("message.headers").member("message-id").text());
  mail.id = event.member("id").text();
  if (kind == "delivered") return mail.is("delivery.delivered");
  if (kind == "failed" && event.member("severity").text() == "permanent") {
    const Value& status = event.member("delivery-status");
    return mail.bounced(true, status.member("enhanced-code"), status.member("code"));
  }
  if (kind == "complained") return mail.is("engagement.complained");
  if (kind == "opened") return mail.is("engagement.opened");
  if (kind == "clicked") return mail.clicked(event.member("url"));
  if (kind == "unsubscribed") return mail.is("engagement.unsubscribed");
  if (kind == "rejected") return mail.failed("content_rejected");
  return false;
}

bool read_postmark(const Value& event, MailEvent& mail) {
  const std::string& kind = event.member("RecordType").text();
  const Value& email = event.member("Email").known() ? event.member("Email") : event.member("Recipient");
  const std::string& message = event.member("MessageID").text();
  mail.who(email, event.member("Metadata").member("millrace_message_id"), message);
  mail.id = message + ":" + kind;
  if (kind == "Delivery") return mail.is("delivery.delivered");
  if (kind == "Bounce") {
    const std::string& type = event.member("Type").text();
    return mail.bounced(type == "HardBounce" || type == "BadEmailAddress", {}, {});
  }
  if (kind == "SpamComplaint") return mail.is("engagement.complained");
  if (kind == "Open") return mail.is("engagement.opened");
  if (kind == "Click") return mail.clicked(event.member("OriginalLink"));
  if (kind == "SubscriptionChange" && event.member("SuppressSending").is_true()) return mail.is("engagement.unsubscribed");
  return false;
}

}  // namespace

Mapped provider_fact(std::string_view provider, const Value& event) {
  MailEvent mail;
  const bool taken = provider == "ses"        ? read_ses(event, mail)
                     : provider == "sendgrid" ? read_sendgrid(event, mail)
                     : provider == "mailgun"  ? read_mailgun(event, mail)
                     : provider == "postmark" ? read_postmark(event, mail)
                                              : false;
  if (!taken) return {};
  Fact fact;
  fact.id = std::move(mail.id);
  fact.source = provider;
  fact.type = std::move(mail.type);
  fact.data = mail.data.json();
  return {std::move(fact), {}};
}

}  // namespace millrace::gateway
