#include <doctest/doctest.h>

#include <map>

#include "topology/outreach/render.h"

using namespace millrace::outreach;

namespace {
Variables of(std::map<std::string, std::string> values) {
  return [values](std::string_view name) -> std::optional<std::string> {
    const auto it = values.find(std::string(name));
    return it == values.end() ? std::nullopt : std::optional<std::string>(it->second);
  };
}
}  // namespace

TEST_SUITE("topology/outreach") {
  TEST_CASE("a message reads well without a name, and names what it cannot do without") {
    CHECK(render("Hi {{first_name}} at {{ company }}, {{title}}", of({})).text == "Hi there at your company, professional");
    CHECK(render("Hi {{first_name}}", of({{"first_name", ""}})).text == "Hi there");
    CHECK(render("{{\tname }}", of({{"name", "Ann"}})).text == "Ann");
    CHECK(render("{{sender_name}}", of({})).blocked == "missing_variable:sender_name");
    CHECK(render("{{custom.plan}}", of({{"custom.plan", ""}})).blocked == "missing_variable:custom.plan");
  }

  TEST_CASE("TE-1: nothing raw is ever sent") {
    CHECK(render("{{firstname}}", of({})).blocked == "unknown_placeholder:firstname");
    CHECK(render("{{custom.}}", of({})).blocked == "unknown_placeholder:custom.");
    for (const char* bad : {"Hi {{first_name", "Hi first_name}}", "{{first name}}", "{{}}", "{{{first_name}} {{"}) {
      CAPTURE(bad);
      CHECK(render(bad, of({})).blocked == "bad_template");
      CHECK(render(bad, of({})).text.empty());
    }
    CHECK(render("a { b } c", of({})).text == "a { b } c");
  }

  TEST_CASE("TE-2: a template is judged without values") {
    CHECK(template_problem("{{sender_name}} {{custom.x}}").empty());
    CHECK(template_problem("{{nobody}}") == "unknown_placeholder:nobody");
    CHECK(template_problem("{{name") == "bad_template");
    CHECK(has_placeholder("x {{ unsubscribe_url }}", "unsubscribe_url"));
    CHECK_FALSE(has_placeholder("x unsubscribe_url", "unsubscribe_url"));
  }

  TEST_CASE("values are escaped in an HTML part, the template is not") {
    CHECK(render("<b>{{name}}</b>", of({{"name", "A<b>&\"'"}}), Escape::html).text == "<b>A&lt;b&gt;&amp;&quot;&#39;</b>");
    CHECK(render("{{name}}", of({{"name", "{{name}}"}})).text == "{{name}}");  // a value is no template
  }

  TEST_CASE("a quoted message is known but for the lines of its sender") {
    CHECK(render_without_sender("Hi {{first_name}}\nI am {{sender_name}}\n{{custom.x}}\nBye", of({{"first_name", "Ann"}})) ==
          "Hi Ann\nBye\n");
  }
}
