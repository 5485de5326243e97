// outreach.commands: what the delivery workers carry out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"
#include "topology/events/personal.h"

namespace millrace {

// email.send, linkedin.task, form.submit, phone.task; `sealed` holds to, subject, body and headers.
struct SendCommand {
  std::string command_id, message_id, tenant, lead_id, channel, mode, provider_key;
  std::int64_t attempt = 0, deadline_ms = 0;
  std::optional<std::string> campaign_id, sequence, step, sender_id;
  Sealed<CommandPersonal> sealed;
  static constexpr auto fields() {
    return FieldList{required("attempt", &SendCommand::attempt),
                      field("campaign_id", &SendCommand::campaign_id),
                      required("channel", &SendCommand::channel),
                      required("command_id", &SendCommand::command_id),
                      required("deadline_ms", &SendCommand::deadline_ms),
                      required("lead_id", &SendCommand::lead_id),
                      required("message_id", &SendCommand::message_id),
                      required("mode", &SendCommand::mode),
                      required("provider_key", &SendCommand::provider_key),
                      field("sealed", &SendCommand::sealed),
                      field("sender_id", &SendCommand::sender_id),
                      field("sequence", &SendCommand::sequence),
                      field("step", &SendCommand::step),
                      required("tenant", &SendCommand::tenant)};
  }
};

struct CommandRevoked {
  static constexpr std::string_view type = "command.revoked";
  std::optional<std::string> message_id, scope;
  std::optional<std::int64_t> before_ms;
  static constexpr auto fields() {
    return FieldList{field("before_ms", &CommandRevoked::before_ms),
                      field("message_id", &CommandRevoked::message_id),
                      field("scope", &CommandRevoked::scope)};
  }
};

}  // namespace millrace
