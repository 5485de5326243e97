// Where a lead can be reached on a channel, and what identifies that address without saying it.
//
// AD-1  An email that verification or a bounce proved bad is no address.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "topology/events/personal.h"
#include "topology/outreach/tables.h"

namespace millrace::outreach {

// The kind of identifier that a channel's address is: the key of ProfileRow::tokens.
constexpr std::string_view address_kind(std::string_view channel) {
  if (channel == "contact_form") return "form_url";
  if (channel == "phone_task") return "phone";
  return channel;
}

inline std::string address_token(const ProfileRow& profile, std::string_view channel) {
  const auto found = profile.tokens.find(std::string(address_kind(channel)));
  return found == profile.tokens.end() ? std::string() : found->second;
}

inline bool has_address(const LeadRow& lead, std::string_view channel) {
  if (!lead.profile) return false;
  const ProfileRow& profile = *lead.profile;
  const std::string_view kind = address_kind(channel);
  const bool known = std::any_of(profile.has.begin(), profile.has.end(),
                                 [&](const std::string& each) { return each == channel || each == kind; });
  if (!known || (channel == "email" && profile.email_verified == "bad")) return false;
  const std::string token = address_token(profile, channel);
  return token.empty() || std::find(lead.bad_tokens.begin(), lead.bad_tokens.end(), token) == lead.bad_tokens.end();
}

inline std::string address_of(const ProfilePersonal& personal, std::string_view channel) {
  const auto& held = channel == "email"          ? personal.email
                     : channel == "linkedin"     ? personal.linkedin
                     : channel == "contact_form" ? personal.form_url
                                                 : personal.phone;
  return held.value_or("");
}

// Why nobody may write to the lead at all: dnc, do_not_contact; empty when one may.
inline std::string_view bar_of(const ProfileRow& profile) {
  if (profile.consent == "DNC") return "dnc";
  const bool tagged = std::find(profile.tags.begin(), profile.tags.end(), "do_not_contact") != profile.tags.end();
  return tagged ? "do_not_contact" : "";
}

}  // namespace millrace::outreach
