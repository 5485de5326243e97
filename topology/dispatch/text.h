// The text of a command: the template filled with the lead's values and the sender's (spec/outreach.md section 4).
//
// TX-1  A message of an operator or a task is not rendered; an operator's mail gets a footer with the unsubscribe
//       address and the sender's postal address.
// TX-2  Every mail carries List-Unsubscribe and List-Unsubscribe-Post (RFC 8058).
// TX-3  No value of a lead or a sender begins a header, or makes a plain text HTML.
//                                                      Tests: tests/fuzz/decoder_fuzz.cpp, by way of the stage
#pragma once

#include <string>
#include <string_view>

#include "topology/dispatch/tables.h"
#include "topology/events/personal.h"

namespace millrace::dispatch {

struct CommandText {
  CommandPersonal personal;
  std::string blocked;  // the reason that blocks; empty: the text is good
};

// `unsubscribe_url` may be empty on other channels than email. `text` null: there is no such template.
CommandText make_text(const Intent& intent, const IntentPersonal& lead, const TemplateRow* text, const SenderRow& sender,
                      std::string_view unsubscribe_url);

// What stands behind /unsubscribe/: tenant.message_id.mac, where mac is the first 32 digits of the tenant's token of
// kind `unsubscribe` over the message_id; so that the page can tell a good address without any state.
std::string unsubscribe_token(std::string_view tenant, std::string_view message_id, Keyring& keys);

}  // namespace millrace::dispatch
