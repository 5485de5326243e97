// The personal parts of records: what is sealed together as one value (spec/governance.md section 11). They exist in
// clear only in memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"

namespace millrace {

// Of lead.captured and lead.updated.
struct LeadPersonal {
  std::optional<std::string> email, phone, linkedin_url, name, first_name, last_name, ip, user_agent, website,
      form_url;
  static constexpr auto fields() {
    return FieldList{field("email", &LeadPersonal::email),
                      field("first_name", &LeadPersonal::first_name),
                      field("form_url", &LeadPersonal::form_url),
                      field("ip", &LeadPersonal::ip),
                      field("last_name", &LeadPersonal::last_name),
                      field("linkedin_url", &LeadPersonal::linkedin_url),
                      field("name", &LeadPersonal::name),
                      field("phone", &LeadPersonal::phone),
                      field("user_agent", &LeadPersonal::user_agent),
                      field("website", &LeadPersonal::website)};
  }
};

// Of lead.snapshot: as normalised, raw if it is not normalisable.
struct EmailPersonal {
  std::optional<std::string> email;
  static constexpr auto fields() {
    return FieldList{field("email", &EmailPersonal::email)};
  }
};

// Of lead.profile: the addresses by channel, and the names that messages use. harvest keeps the same sealed value in its
// lead row.
struct ProfilePersonal {
  std::optional<std::string> email, phone, linkedin, form_url, first_name, last_name, name;
  static constexpr auto fields() {
    return FieldList{field("email", &ProfilePersonal::email),
                      field("first_name", &ProfilePersonal::first_name),
                      field("form_url", &ProfilePersonal::form_url),
                      field("last_name", &ProfilePersonal::last_name),
                      field("linkedin", &ProfilePersonal::linkedin),
                      field("name", &ProfilePersonal::name),
                      field("phone", &ProfilePersonal::phone)};
  }
};

// Of engagement.replied.
struct ReplyPersonal {
  std::optional<std::string> subject, body, in_reply_to;
  static constexpr auto fields() {
    return FieldList{field("body", &ReplyPersonal::body),
                      field("in_reply_to", &ReplyPersonal::in_reply_to),
                      field("subject", &ReplyPersonal::subject)};
  }
};

// Of message.intent: the address and the variables of the template.
struct IntentPersonal {
  std::string to;
  std::map<std::string, std::string> variables;
  static constexpr auto fields() {
    return FieldList{field("to", &IntentPersonal::to),
                      field("variables", &IntentPersonal::variables)};
  }
};

// Of the commands: what the worker needs to send.
struct CommandPersonal {
  std::string to;
  std::optional<std::string> subject, body;
  std::map<std::string, std::string> headers;
  static constexpr auto fields() {
    return FieldList{field("body", &CommandPersonal::body),
                      field("headers", &CommandPersonal::headers),
                      field("subject", &CommandPersonal::subject),
                      field("to", &CommandPersonal::to)};
  }
};

// Of operator.send_message.
struct MessagePersonal {
  std::optional<std::string> subject, body;
  static constexpr auto fields() {
    return FieldList{field("body", &MessagePersonal::body),
                      field("subject", &MessagePersonal::subject)};
  }
};

// Of operator.suppress and unsuppress as the gateway seals them.
struct SuppressPersonal {
  std::optional<std::string> value;
  static constexpr auto fields() {
    return FieldList{field("value", &SuppressPersonal::value)};
  }
};

struct SenderPersonal {
  std::optional<std::string> address;
  static constexpr auto fields() {
    return FieldList{field("address", &SenderPersonal::address)};
  }
};

}  // namespace millrace
