#include "topology/harvest/refusal.h"

#include <algorithm>
#include <vector>

#include "core/words.h"
#include "topology/harvest/front_types.h"

namespace millrace::harvest {

namespace {

using wire::JsonValue;
using wire::StrictJson;

std::string quoted(std::string_view text) { return "\"" + std::string(text.substr(0, 80)) + "\""; }

// The types that the word may have meant: the nearest, or those of its family; empty when it resembles none.
std::string meant(std::string_view word) {
  const std::vector<std::string_view>& all = open_types();
  const auto nearest = std::min_element(all.begin(), all.end(), [&](auto a, auto b) { return letters_apart(word, a) < letters_apart(word, b); });
  if (letters_apart(word, *nearest) <= 3) return std::string(*nearest);
  const std::string_view family = word.substr(0, word.find('.'));
  std::string out;
  for (const std::string_view each : all)
    if (each.substr(0, each.find('.')) == family) out.append(out.empty() ? "" : ", ").append(each);
  return out;
}

std::string_view form_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::text: return "a text of at most 500 bytes";
    case FieldKind::long_text: return "a text of at most 8192 bytes";
    case FieldKind::body: return "a text of at most 32768 bytes";
    case FieldKind::count: return "a whole number from 0, without quotes";
    case FieldKind::amount: return "a whole number, without quotes";
    case FieldKind::boolean: return "true or false, without quotes";
    case FieldKind::texts: return "a list of at most 32 texts of at most 256 bytes";
    case FieldKind::list: return "a list";
    case FieldKind::text_map: return "an object of at most 64 texts";
    case FieldKind::object: return "an object of at most 64 members";
    case FieldKind::lead_values: return "an object of a lead's fields, each in its own form";
    case FieldKind::currency: return "three letters like EUR";
    case FieldKind::consent: return "UNKNOWN, CONSENTED or DNC";
    case FieldKind::verified: return "ok, bad or unknown";
    case FieldKind::connection: return "none, requested, connected or declined";
    case FieldKind::change_outcome: return "started, ok, transient, fatal or throttled";
    case FieldKind::day: return "a day like 2026-01-31";
    case FieldKind::any: return "a value";
  }
  return "a value";
}

std::string attribute_in_words(std::string_view name) {
  if (name == "id") return "the sender's own name of this fact, 1 to 256 bytes; what comes again under it takes effect once";
  if (name == "source") return "who sends it, 1 to 256 bytes, like \"web/form\"";
  if (name == "type") return "what happened, like \"lead.captured\" (`millrace produce --help` lists the types)";
  if (name == "time") return "when it happened, with a zone, like \"2026-01-31T09:30:00Z\"";
  if (name == "tenant") return "whose fact it is: 1 to 64 of a-z, 0-9, _ and -";
  return "an object with the fields of the fact";
}

std::string needed(const TypeSpec& spec, std::string_view name) {
  const int i = spec.index_of(name);
  const FieldSpec field = i < 0 ? FieldSpec{} : spec.fields[static_cast<std::size_t>(i)];
  if (field.or_else == kAnyRef) return "something that names its lead: data.lead_id, message_id, provider_message_id, external_id or email";
  std::string out = "data." + std::string(name);
  for (const std::string_view other : {field.or_else, field.or_else_too})
    if (!other.empty()) out.append(" or data.").append(other);
  return out;
}

std::string sentence(std::string_view reason, StrictJson& json, std::string_view type) {
  const auto text = [&](std::string_view name) {
    const JsonValue* value = StrictJson::find(json.root(), name);
    return !value ? std::string("nothing") : value->is(JsonValue::Kind::string) ? quoted(json.string_of(*value)) : std::string(value->text.substr(0, 80));
  };
  const std::string a_type = type.empty() ? std::string("the fact") : "a " + std::string(type);
  const TypeSpec* spec = front_type(type);
  if (reason == "bad_json") return "it is no whole JSON object; one fact is a CloudEvent on a line, over several lines, or in an array (`jq . FILE` shows where it breaks; CSV files go in by `millrace import`)";
  if (reason == "bad_utf8") return "it holds bytes that are not UTF-8; save the text as UTF-8";
  if (reason == "duplicate_key") return "a name stands twice in one object; leave one of the two";
  if (reason == "too_deep") return "it is nested deeper than 16; send less of it";
  if (reason == "record_too_large") return "it has more than 65536 bytes; send less of it";
  if (reason == "bad_specversion") return "specversion is \"1.0\" or left out, not " + text("specversion");
  if (reason == "bad_schema") return "schema is a whole number from 1, or left out";
  if (reason == "newer_schema") return "schema " + text("schema") + " is newer than this version of millrace knows; send schema 1, or take a newer millrace";
  if (reason == "bad_subject") return "subject is a text of at most 256 bytes, or left out";
  if (reason == "bad_tenant") return "tenant is 1 to 64 of a-z, 0-9, _ and -, not " + text("tenant");
  if (reason == "unknown_tenant") return "the policy's harvest.tenants does not list the tenant " + text("tenant");
  if (reason == "bad_time") return "time is a date and time with a zone, like \"2026-01-31T09:30:00Z\", not " + text("time");
  if (reason == "time_in_future") return "time " + text("time") + " lies more than five minutes ahead of this machine's clock; look at its zone, and at the clock (`date -u`)";
  if (reason == "unknown_type") {
    const std::string near = meant(type);
    return "there is no type " + quoted(type) + (near.empty() ? "; `millrace produce --help` lists the types" : "; did you mean " + near + "?");
  }
  if (reason == "bad_data") return "data is an object with the fields of the fact, not " + std::string(StrictJson::find(json.root(), "data") ? "a text, number or list" : "nothing");
  if (reason == "forbidden") return quoted(type) + " is written by millrace's own commands and workers (arm, policy, key, …), nobody else's";
  if (reason == "unauthorised") return "it carries no good signature of an operator key";
  if (reason.starts_with("missing_field:")) return a_type + " needs " + (spec ? needed(*spec, reason.substr(14)) : "data." + std::string(reason.substr(14)));
  if (reason.starts_with("bad_field:")) {
    const std::string_view name = reason.substr(10);
    const int i = spec ? spec->index_of(name) : -1;
    return "data." + std::string(name) + " of " + a_type + " is " + std::string(i < 0 ? "of another form" : form_of(spec->fields[static_cast<std::size_t>(i)].kind));
  }
  if (reason.starts_with("missing_")) return std::string(reason.substr(8)) + " is missing or empty: " + attribute_in_words(reason.substr(8));
  if (reason.starts_with("bad_")) return std::string(reason.substr(4)) + " is a text: " + attribute_in_words(reason.substr(4));
  return {};
}

}  // namespace

std::string refusal_in_words(std::string_view reason, std::string_view bytes, const Door& door) {
  StrictJson json;
  const std::vector<std::string> all = all_reasons(json, bytes, door);
  const JsonValue* named = StrictJson::find(json.root(), "type");
  const std::string type(named && named->is(JsonValue::Kind::string) ? json.string_of(*named) : std::string_view());
  std::string out(reason);
  if (const std::string words = sentence(reason, json, type); !words.empty()) out.append(": ").append(words);
  std::string_view lead = "; also ";
  for (const std::string& other : all) {
    if (other == reason || reason == "forbidden") continue;
    out.append(lead).append(other);
    lead = ", ";
  }
  return out;
}

std::string row_error_in_words(std::string_view error) {
  const auto with = [&](std::string_view words) { return std::string(error).append(": ").append(words); };
  if (error == "csv_bad_row") return with("it has more or fewer cells than the first row; a cell with a comma, a quote or a line end stands in quotes");
  if (error == "csv_name_missing") return with("name, first_name and last_name are all empty");
  if (error == "csv_deal_missing") return with("deal_id or stage is empty");
  if (error == "csv_bad_money") return with("an amount is decimal with a point, like 1234.50, without a currency");
  if (error == "csv_bad_number") return with("employee_count and timeline_months are whole numbers");
  if (error == "csv_bad_currency") return with("a currency is three letters like EUR");
  if (error == "csv_bad_time") return with("updated_at is a time like 2026-01-31T09:30:00Z, or a date like 2026-01-31 with an optional time, in UTC");
  if (error == "bad_time") return with("the mapping's time gives no time like 2026-01-31T09:30:00Z, or a date like 2026-01-31 with an optional time, in UTC");
  if (error == "no_identifier") return with("it has no good email, phone, linkedin_url or external_id, so nobody could be told by it");
  if (error.starts_with("bad_money:")) return with("it is decimal with a point, like 1234.50, without a currency");
  if (error.starts_with("bad_number:")) return with("it is a whole number");
  return std::string(error);
}

}  // namespace millrace::harvest
