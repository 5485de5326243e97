// The template engine of messages (spec/outreach.md section 4): rule outreach.render. Used by dispatch, which knows the
// sender, and by outreach to check definitions and to know what a reply may quote.
//
// TE-1  Nothing raw is ever sent: a text with an unknown placeholder, a missing value or leftover braces is blocked.
// TE-2  A template that template_problem() accepts is blocked by missing values only.
// Tests: tests/unit/outreach_render_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::outreach {

// Gives the value of a placeholder, nullopt when there is none. Names are those of the spec, "custom.<field>" too.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;

struct Rendered {
  std::string text;
  std::string blocked;  // missing_variable:<n>, unknown_placeholder:<n>, bad_template; empty: text is good
};
enum class Escape { none, html };  // html: values of an HTML part have & < > " ' escaped

Rendered render(std::string_view text, const Variables& variables, Escape escape = Escape::none);

// unknown_placeholder:<n> or bad_template, whatever the values; empty: the template is well formed.
std::string template_problem(std::string_view text);
// Whether the text holds the placeholder.
bool has_placeholder(std::string_view text, std::string_view name);
// Whether a placeholder's value comes with the sender.
bool needs_sender(std::string_view name);

// The text without the lines that need the sender, rendered: what a reply may quote line by line. Lines that cannot be
// rendered are left out too.
std::string render_without_sender(std::string_view text, const Variables& variables);

}  // namespace millrace::outreach
