// outreach.intents -> dispatch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"
#include "topology/events/routing_decisions.h"

namespace millrace {

// `sealed` holds the address and the variables.
struct MessageIntent {
  static constexpr std::string_view type = "message.intent";
  std::string message_id, lead_id, sequence, step, channel, consent, priority;
  std::int64_t attempt = 0;
  std::optional<std::string> campaign_id, address_token, domain_token, url_token, timezone, country, template_id,
      experiment_id, variant_id, script_id, slot;
  Sealed<IntentPersonal> sealed;
  std::vector<std::string> tags;
  std::optional<std::int64_t> template_version;
  bool operator_ = false, dry_run = false;
  static constexpr auto fields() {
    return FieldList{field("address_token", &MessageIntent::address_token),
                      required("attempt", &MessageIntent::attempt),
                      field("campaign_id", &MessageIntent::campaign_id),
                      required("channel", &MessageIntent::channel),
                      required("consent", &MessageIntent::consent),
                      field("country", &MessageIntent::country),
                      field("domain_token", &MessageIntent::domain_token),
                      field("dry_run", &MessageIntent::dry_run),
                      field("experiment_id", &MessageIntent::experiment_id),
                      required("lead_id", &MessageIntent::lead_id),
                      required("message_id", &MessageIntent::message_id),
                      field("operator", &MessageIntent::operator_),
                      required("priority", &MessageIntent::priority),
                      field("script_id", &MessageIntent::script_id),
                      field("sealed", &MessageIntent::sealed),
                      required("sequence", &MessageIntent::sequence),
                      field("slot", &MessageIntent::slot),
                      required("step", &MessageIntent::step),
                      field("tags", &MessageIntent::tags),
                      field("template_id", &MessageIntent::template_id),
                      field("template_version", &MessageIntent::template_version),
                      field("timezone", &MessageIntent::timezone),
                      field("url_token", &MessageIntent::url_token),
                      field("variant_id", &MessageIntent::variant_id)};
  }
};

struct IntentWithdrawn {
  static constexpr std::string_view type = "intent.withdrawn";
  std::string message_id;
  static constexpr auto fields() {
    return FieldList{required("message_id", &IntentWithdrawn::message_id)};
  }
};

struct LeadSuppress {
  static constexpr std::string_view type = "lead.suppress";
  std::string kind, token, reason;
  static constexpr auto fields() {
    return FieldList{required("kind", &LeadSuppress::kind),
                      required("reason", &LeadSuppress::reason),
                      required("token", &LeadSuppress::token)};
  }
};

}  // namespace millrace
