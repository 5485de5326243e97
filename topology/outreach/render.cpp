#include "topology/outreach/render.h"

#include <algorithm>
#include <array>

namespace millrace::outreach {

namespace {

constexpr std::array<std::string_view, 11> kNames = {"first_name", "name",        "company",        "title",
                                                     "industry",   "location",    "sender_name",    "sender_company",
                                                     "unsubscribe_url", "postal_address", "booking_url"};

bool known(std::string_view name) {
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         (name.starts_with("custom.") && name.size() > 7);
}

std::string_view otherwise(std::string_view name) {
  if (name == "first_name") return "there";
  if (name == "company") return "your company";
  if (name == "title") return "professional";
  return {};
}

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}
bool blank(char c) { return c == ' ' || c == '\t'; }

// The next {{name}} at or after `from`; `name` empty when there is none.
struct Placeholder {
  std::size_t begin = 0, end = 0;
  std::string_view name;
};
Placeholder next_placeholder(std::string_view text, std::size_t from) {
  for (std::size_t open = text.find("{{", from); open != std::string_view::npos; open = text.find("{{", open + 1)) {
    std::size_t at = open + 2;
    while (at < text.size() && blank(text[at])) ++at;
    const std::size_t first = at;
    while (at < text.size() && name_character(text[at])) ++at;
    const std::string_view name = text.substr(first, at - first);
    while (at < text.size() && blank(text[at])) ++at;
    if (!name.empty() && text.substr(at, 2) == "}}") return {open, at + 2, name};
  }
  return {};
}

bool has_braces(std::string_view literal) {
  return literal.find("{{") != std::string_view::npos || literal.find("}}") != std::string_view::npos;
}

void append_escaped(std::string& out, std::string_view value, Escape escape) {
  if (escape == Escape::none) {
    out.append(value);
    return;
  }
  for (const char c : value) switch (c) {
      case '&': out.append("&amp;"); break;
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '"': out.append("&quot;"); break;
      case '\'': out.append("&#39;"); break;
      default: out.push_back(c);
    }
}

}  // namespace

Rendered render(std::string_view text, const Variables& variables, Escape escape) {
  Rendered out;
  bool leftover = false;
  std::size_t at = 0;
  for (Placeholder p = next_placeholder(text, 0); !p.name.empty(); p = next_placeholder(text, at)) {
    const std::string_view literal = text.substr(at, p.begin - at);
    leftover |= has_braces(literal);
    out.text.append(literal);
    at = p.end;
    if (!known(p.name)) return {{}, "unknown_placeholder:" + std::string(p.name)};
    auto value = variables(p.name);
    if (!value || value->empty()) value = otherwise(p.name);
    if (value->empty()) return {{}, "missing_variable:" + std::string(p.name)};
    append_escaped(out.text, *value, escape);
  }
  leftover |= has_braces(text.substr(at));
  if (leftover) return {{}, "bad_template"};
  out.text.append(text.substr(at));
  return out;
}

std::string template_problem(std::string_view text) {
  return render(text, [](std::string_view) { return std::optional<std::string>("x"); }).blocked;
}

bool has_placeholder(std::string_view text, std::string_view name) {
  for (Placeholder p = next_placeholder(text, 0); !p.name.empty(); p = next_placeholder(text, p.end))
    if (p.name == name) return true;
  return false;
}

bool needs_sender(std::string_view name) {
  return name == "sender_name" || name == "sender_company" || name == "unsubscribe_url" || name == "postal_address" ||
         name == "booking_url";
}

std::string render_without_sender(std::string_view text, const Variables& variables) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    bool sender = false;
    for (Placeholder p = next_placeholder(line, 0); !p.name.empty(); p = next_placeholder(line, p.end))
      sender |= needs_sender(p.name);
    if (sender) continue;
    const Rendered rendered = render(line, variables);
    if (rendered.blocked.empty()) out.append(rendered.text).push_back('\n');
  }
  return out;
}

}  // namespace millrace::outreach
