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

// A value as a header may hold it: nobody's name begins a header of its own.
std::string one_line(std::string_view value) {
  std::string out(value);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return out;
}

// "Ann Lee <ann@us.com>"; a name with marks that mean something there stands in quotes (RFC 5322).
std::string from_header(const SenderRow& sender) {
  const std::string name = one_line(sender.name), address = one_line(sender.address);
  if (name.empty()) return address;
  if (name.find_first_of("()<>[]:;@\\,.\"") == std::string::npos) return name + " <" + address + ">";
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "\" <" + address + ">";
}

void add_footer(std::string& body, const SenderRow& sender, std::string_view unsubscribe_url) {
  if (is_html(body)) {
    const auto footer = outreach::render(
        sender.postal_address.empty() ? "<p><a href=\"{{unsubscribe_url}}\">Unsubscribe</a></p>"
                                      : "<p>{{postal_address}}<br><a href=\"{{unsubscribe_url}}\">Unsubscribe</a></p>",
        [&](std::string_view name) { return std::optional(name == "postal_address" ? sender.postal_address : std::string(unsubscribe_url)); },
        outreach::Escape::html);
    body.append(footer.text);
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
  bool html = false;  // as the text was written: no value makes it so
  if (intent.text_is_given()) {
    out.subject = value_of(lead.variables, "subject");
    out.body = value_of(lead.variables, "body");
    html = is_html(*out.body);
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
    html = is_html(text->body);
    auto body = outreach::render(text->body, variable, html ? outreach::Escape::html : outreach::Escape::none);
    if (!body.blocked.empty()) return {{}, std::move(body.blocked)};
    out.subject = std::move(subject.text);
    out.body = std::move(body.text);
  }
  out.subject = one_line(*out.subject);
  if (out.subject->empty()) out.subject.reset();
  if (mail) {
    if (!sender.address.empty()) out.headers["From"] = from_header(sender);
    out.headers["List-Unsubscribe"] = "<" + std::string(unsubscribe_url) + ">";
    out.headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click";
    if (html) out.headers["Content-Type"] = "text/html; charset=utf-8";
  }
  return made;
}

std::string unsubscribe_token(std::string_view tenant, std::string_view message_id, Keyring& keys) {
  std::string token;
  token.append(tenant).append(1, '.').append(message_id).append(1, '.');
  return token.append(keys.token(tenant, "unsubscribe", message_id), 0, 32);
}

}  // namespace millrace::dispatch
