#include "topology/harvest/csv.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/hash.h"
#include "core/time.h"
#include "topology/harvest/contact.h"
#include "topology/harvest/source_quality.h"
#include "topology/wire/object_text.h"

namespace millrace::harvest {

namespace {

// Columns that go on under their own name as they stand.
constexpr auto kTexts = std::to_array<std::string_view>({"email", "phone", "linkedin_url", "name", "first_name", "last_name", "company", "role",
                                                         "job_level", "company_size", "industry", "location", "website", "timezone", "campaign_id"});
constexpr auto kNumbers = std::to_array<std::string_view>({"employee_count", "timeline_months"});
constexpr auto kLists = std::to_array<std::string_view>({"tags", "signals", "pain_points"});

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

// The first non-empty cell of each column, trimmed.
std::map<std::string, std::string_view, std::less<>> cells_by_name(const std::vector<std::string>& header, const std::vector<std::string>& cells) {
  std::map<std::string, std::string_view, std::less<>> by_name;
  for (std::size_t i = 0; i < header.size(); ++i)
    if (const std::string_view cell = trimmed(cells[i]); !cell.empty() && !header[i].empty()) by_name.emplace(header[i], cell);
  return by_name;
}

using Data = wire::ObjectText;

std::string row_id(const CsvPlace& place) { return "batch_" + std::string(place.batch) + "_row_" + std::to_string(place.row); }

bool is_currency(std::string_view code) {
  return code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

}  // namespace

std::string csv_batch(std::string_view file) { return sha256_hex(file, 16); }

CsvReader::CsvReader(std::string_view text) : rest_(text) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
}

bool CsvReader::next(std::vector<std::string>& cells) {
  cells.clear();
  while (!rest_.empty() && (rest_.front() == '\n' || rest_.front() == '\r')) rest_.remove_prefix(1);
  if (rest_.empty()) return false;
  ++row_;
  std::size_t i = 0;
  for (;;) {
    std::string& cell = cells.emplace_back();
    if (i < rest_.size() && rest_[i] == '"') {
      ++i;
      while (i < rest_.size()) {
        if (rest_[i] == '"') {
          if (i + 1 < rest_.size() && rest_[i + 1] == '"') ++i;
          else break;
        }
        cell.push_back(rest_[i++]);
      }
      if (i < rest_.size()) ++i;
    }
    const std::size_t end = std::min(rest_.find_first_of(",\r\n", i), rest_.size());
    cell.append(rest_.substr(i, end - i));
    i = end;
    if (i == rest_.size() || rest_[i] != ',') break;
    ++i;
  }
  rest_.remove_prefix(i);
  if (rest_.starts_with('\r')) rest_.remove_prefix(1);
  if (rest_.starts_with('\n')) rest_.remove_prefix(1);
  return true;
}

std::vector<std::string> csv_header(const std::vector<std::string>& cells) {
  std::vector<std::string> header;
  for (const std::string& cell : cells) {
    header.push_back(lower_case(trimmed(cell)));
    std::replace(header.back().begin(), header.back().end(), ' ', '_');
  }
  return header;
}

std::optional<std::int64_t> money_cents(std::string_view text) {
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view decimals = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
  if (whole.empty() || (dot != std::string_view::npos && (decimals.empty() || decimals.size() > 2))) return std::nullopt;
  std::int64_t units = 0;
  std::size_t group = 0;  // digits since the last comma
  bool commas = false;
  for (const char c : whole) {
    if (c == ',') {
      if (group == 0 || group > 3 || (commas && group != 3)) return std::nullopt;
      commas = true;
      group = 0;
    } else if (is_digit(c)) {
      if (units > 9'000'000'000'000'00) return std::nullopt;
      units = units * 10 + (c - '0');
      ++group;
    } else {
      return std::nullopt;
    }
  }
  if (commas && group != 3) return std::nullopt;
  std::int64_t cents = units * 100;
  for (std::size_t i = 0; i < decimals.size(); ++i) {
    if (!is_digit(decimals[i])) return std::nullopt;
    cents += (decimals[i] - '0') * (i == 0 ? 10 : 1);
  }
  return negative ? -cents : cents;
}

std::optional<std::int64_t> digits_of(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::int64_t n = 0;
  for (const char c : text) n = n * 10 + (c - '0');
  return n;
}

std::vector<std::string> split_list(std::string_view text, std::string_view separators) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(separators);
    if (const std::string_view item = trimmed(text.substr(0, end)); !item.empty()) items.emplace_back(item);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return items;
}

std::optional<TimeMs> csv_time(std::string_view text) {
  text = trimmed(text);
  if (const auto exact = parse_rfc3339(text)) return exact;
  if (text.size() < 10) return std::nullopt;
  std::string full(text.substr(0, 10));
  if (text.size() == 10) {
    full.append("T00:00:00Z");
  } else {
    if (text[10] != ' ' && text[10] != 'T') return std::nullopt;
    const std::string_view time = trimmed(text.substr(11));
    full.append("T").append(time);
    if (time.size() == 5) full.append(":00");
    if (const auto zoned = parse_rfc3339(full)) return zoned;  // a blank instead of the T
    full.append("Z");
  }
  return parse_rfc3339(full);
}

CsvOutcome csv_lead(const std::vector<std::string>& header, const std::vector<std::string>& cells, const CsvPlace& place) {
  if (cells.size() != header.size()) return {{}, "csv_bad_row"};
  const auto by_name = cells_by_name(header, cells);
  const auto cell = [&](std::string_view name) {
    const auto found = by_name.find(name);
    return found == by_name.end() ? std::string_view{} : found->second;
  };
  if (cell("name").empty() && cell("first_name").empty() && cell("last_name").empty()) return {{}, "csv_name_missing"};

  const std::string source = cell("source").empty() ? "csv" : source_name(cell("source"));
  Data data, extra;
  bool bad_money = false, bad_number = false, bad_currency = false;
  std::optional<TimeMs> updated_ms;
  const bool has_time = !cell("updated_at").empty();
  for (const auto& [name, value] : by_name) {
    if (is_one_of(name, kTexts)) {
      data.text(name, value);
    } else if (is_one_of(name, kNumbers)) {
      const auto n = digits_of(value);
      bad_number |= !n;
      data.number(name, n.value_or(0));
    } else if (is_one_of(name, kLists)) {
      data.list(name, split_list(value, ";,"));
    } else if (name == "annual_revenue" || name == "deal_value" || name == "amount") {
      const auto cents = money_cents(value);
      bad_money |= !cents || *cents < 0;
      if (name == "amount" && !cell("deal_value").empty()) continue;
      data.number(name == "annual_revenue" ? "annual_revenue_cents" : "deal_value_cents", cents.value_or(0));
    } else if (name == "currency") {
      bad_currency = !is_currency(value);
      data.text(name, upper_case(value));
    } else if (name == "consent") {
      if (const std::string level = upper_case(value); level == "UNKNOWN" || level == "CONSENTED" || level == "DNC") data.text(name, level);
    } else if (name == "email_verified") {
      if (const std::string state = lower_case(value); state == "ok" || state == "bad" || state == "unknown") data.text(name, state);
    } else if (name == "updated_at") {
      updated_ms = csv_time(value);
    } else if (name == "external_id") {
      if (const auto id = prefixed_id(value, source)) data.text(name, *id);
    } else if (name != "source") {
      extra.text(name, value);
    }
  }
  if (bad_money) return {{}, "csv_bad_money"};
  if (bad_number) return {{}, "csv_bad_number"};
  if (bad_currency) return {{}, "csv_bad_currency"};
  if (has_time && !updated_ms) return {{}, "csv_bad_time"};
  if (cell("external_id").empty() && !normal_email(cell("email")) && !normal_linkedin(cell("linkedin_url")) &&
      !normal_phone(cell("phone"), place.country_code))
    return {{}, "no_identifier"};

  if (!extra.empty()) data.raw("extra", extra.json());
  if (!has_time) data.flag("fill_only");
  data.text("lead_source", source);
  const std::string id = row_id(place);
  data.text("source_ref", id);
  return {CsvEvent{id, "csv/" + std::string(place.batch), "lead.captured", updated_ms.value_or(place.import_ms), data.json()}, {}};
}

CsvOutcome csv_deal(const std::vector<std::string>& header, const std::vector<std::string>& cells, const CsvPlace& place,
                    const StageAliases& aliases) {
  if (cells.size() != header.size()) return {{}, "csv_bad_row"};
  const auto by_name = cells_by_name(header, cells);
  const auto cell = [&](std::string_view name) {
    const auto found = by_name.find(name);
    return found == by_name.end() ? std::string_view{} : found->second;
  };
  if (cell("deal_id").empty() || cell("stage").empty()) return {{}, "csv_deal_missing"};
  Data data;
  data.text("deal_id", *prefixed_id(cell("deal_id"), "csv"));
  data.text("stage_to", stage_alias(cell("stage"), aliases));
  if (!cell("amount").empty()) {
    const auto cents = money_cents(cell("amount"));
    if (!cents) return {{}, "csv_bad_money"};
    data.number("amount_cents", *cents);
  }
  if (!cell("currency").empty()) {
    if (!is_currency(cell("currency"))) return {{}, "csv_bad_currency"};
    data.text("currency", upper_case(cell("currency")));
  }
  TimeMs time_ms = place.import_ms;
  if (!cell("updated_at").empty()) {
    const auto updated = csv_time(cell("updated_at"));
    if (!updated) return {{}, "csv_bad_time"};
    time_ms = *updated;
  }
  if (!cell("email").empty()) data.text("email", cell("email"));
  if (!cell("external_id").empty()) data.text("external_id", *prefixed_id(cell("external_id"), "csv"));
  return {CsvEvent{row_id(place), "csv/" + std::string(place.batch), "crm.stage_changed", time_ms, data.json()}, {}};
}

}  // namespace millrace::harvest
