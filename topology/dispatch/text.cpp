#include "topology/dispatch/text.h"

#include "topology/outreach/render.h"

namespace millrace::dispatch {

namespace {

bool is_html(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '<';
}

std::string value_of(const std::map<std::string, std::string>& variables, const char* name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

void add_footer(std::string& body, const SenderRow& sender, std::string_view unsubscribe_url) {
  if (is_html(body)) {
    body.append("<p>").append(sender.postal_address).append("<br><a href=\"").append(unsubscribe_url);
    body.append("\">Unsubscribe</a></p>");
    return;
  }
  body.append("\n\n-- \n");
  if (!sender.postal_address.empty()) body.append(sender.postal_address).append("\n");
  body.append("Unsubscribe: ").append(unsubscribe_url).append("\n");
}

}  // namespace

CommandText make_text(const Intent& intent, const IntentPersonal& lead, const TemplateRow* text,
                      const SenderRow& sender, std::string_view unsubscribe_url) {
  CommandText made;
  CommandPersonal& out = made.personal;
  const bool mail = intent.channel == "email";
  out.to = lead.to;
  if (intent.text_is_given()) {
    out.subject = value_of(lead.variables, "subject");
    out.body = value_of(lead.variables, "body");
    if (mail && intent.from_operator) add_footer(*out.body, sender, unsubscribe_url);
  } else {
    if (!text) return {{}, "no_template"};
    const auto variable = [&](std::string_view name) -> std::optional<std::string> {
      if (name == "sender_name") return sender.name;
      if (name == "sender_company") return sender.company;
      if (name == "postal_address") return sender.postal_address;
      if (name == "booking_url") return sender.booking_url;
      if (name == "unsubscribe_url") return std::string(unsubscribe_url);
      const auto found = lead.variables.find(std::string(name));
      return found == lead.variables.end() ? std::nullopt : std::optional(found->second);
    };
    auto subject = outreach::render(text->subject, variable);
    if (!subject.blocked.empty()) return {{}, std::move(subject.blocked)};
    auto body = outreach::render(text->body, variable,
                                 is_html(text->body) ? outreach::Escape::html : outreach::Escape::none);
    if (!body.blocked.empty()) return {{}, std::move(body.blocked)};
    out.subject = std::move(subject.text);
    out.body = std::move(body.text);
  }
  if (out.subject->empty()) out.subject.reset();
  if (mail) {
    if (!sender.address.empty())
      out.headers["From"] = sender.name.empty() ? sender.address : sender.name + " <" + sender.address + ">";
    out.headers["List-Unsubscribe"] = "<" + std::string(unsubscribe_url) + ">";
    out.headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click";
    if (is_html(*out.body)) out.headers["Content-Type"] = "text/html; charset=utf-8";
  }
  return made;
}

std::string unsubscribe_token(std::string_view tenant, std::string_view message_id, Keyring& keys) {
  std::string token;
  token.append(tenant).append(1, '.').append(message_id).append(1, '.');
  return token.append(keys.token(tenant, "unsubscribe", message_id), 0, 32);
}

}  // namespace millrace::dispatch
