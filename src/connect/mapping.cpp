#include "connect/mapping.h"

#include <algorithm>
#include <set>

#include "topology/policy/toml.h"

#include "core/json.h"
#include "core/time.h"
#include "topology/harvest/csv.h"

namespace millrace::connect {

namespace {

const std::set<std::string, std::less<>> kLists = {"tags", "signals", "pain_points", "external_ids", "merge_external_ids"};
const std::set<std::string, std::less<>> kIntegers = {"employee_count", "timeline_months", "attempt", "occurred_ms", "clicked_ms"};
const std::set<std::string, std::less<>> kBooleans = {"budget", "fill_only", "measure_consent", "final", "machine", "permanent"};

std::string_view last_part(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

// Appends the value of a field in the form its name asks for; the error when it does not fit.
std::string append_value(std::string& out, std::string_view path, const std::string& text) {
  const std::string_view name = last_part(path);
  if (name.ends_with("_cents")) {
    const auto cents = harvest::money_cents(text);
    if (!cents) return "bad_money:" + std::string(path);
    append_json_int(out, *cents);
  } else if (kIntegers.contains(name)) {
    const auto n = harvest::digits_of(text);
    if (!n) return "bad_number:" + std::string(path);
    append_json_int(out, *n);
  } else if (kBooleans.contains(name)) {
    out.append(text == "true" || text == "yes" || text == "Yes" || text == "1" ? "true" : "false");
  } else if (kLists.contains(name)) {
    append_json(out, harvest::split_list(text, ";,"));
  } else {
    append_json_string(out, text);
  }
  return {};
}

}  // namespace

Mapping::Template Mapping::parse(const std::string& text) {
  Template pieces;
  std::size_t at = 0;
  for (;;) {
    const auto open = text.find('{', at);
    const auto close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) {
      pieces.push_back({text.substr(at), {}});
      return pieces;
    }
    pieces.push_back({text.substr(at, open - at), text.substr(open + 1, close - open - 1)});
    at = close + 1;
  }
}

Result<Mapping> Mapping::load(const std::string& file) {
  const toml::parse_result parsed = toml::parse_file(file);
  if (!parsed && parsed.error().source().begin.line == 0) return fatal("not_found", "cannot read the mapping " + file);
  if (!parsed)
    return fatal("bad_mapping", file + ": " + std::string(parsed.error().description()) + " (line " +
                                    std::to_string(parsed.error().source().begin.line) + ")");
  const toml::table& table = parsed.table();
  Mapping m;
  m.file_ = file;
  for (const char* name : {"type", "tenant", "source", "id", "time"})
    if (!table[name].is_string()) return fatal("bad_mapping", file + ": " + name + " must be a text");
  m.type_ = *table["type"].value<std::string>();
  m.tenant_ = parse(*table["tenant"].value<std::string>());
  m.source_ = parse(*table["source"].value<std::string>());
  m.id_ = parse(*table["id"].value<std::string>());
  m.time_ = parse(*table["time"].value<std::string>());
  if (const auto* list = table["skip_without"].as_array())
    for (const auto& each : *list) m.skip_without_.push_back(each.value_or(std::string()));
  const auto* data = table["data"].as_table();
  if (!data) return fatal("bad_mapping", file + ": there is no [data]");
  for (const auto& [name, node] : *data) {
    if (const auto* inner = node.as_table()) {
      for (const auto& [inner_name, inner_node] : *inner)
        m.targets_.push_back({std::string(name.str()) + "." + std::string(inner_name.str()), parse(inner_node.value_or(std::string()))});
    } else {
      m.targets_.push_back({std::string(name.str()), parse(node.value_or(std::string()))});
    }
  }
  std::sort(m.targets_.begin(), m.targets_.end(), [](const Target& a, const Target& b) { return a.path < b.path; });
  if (const auto* columns = table["column"].as_table())
    for (const auto& [name, node] : *columns) {
      const auto* column = node.as_table();
      if (!column || !(*column)["from"].is_string())
        return fatal("bad_mapping", file + ": [column." + std::string(name.str()) + "] needs from = \"<column>\"");
      Derived derived{*(*column)["from"].value<std::string>(), (*column)["otherwise"].value_or(std::string()), {}};
      if (const auto* values = (*column)["values"].as_table())
        for (const auto& [from, to] : *values) derived.values[std::string(from.str())] = to.value_or(std::string());
      m.derived_[std::string(name.str())] = std::move(derived);
    }
  return m;
}

Result<void> Mapping::bind(const std::vector<std::string>& header) {
  columns_.clear();
  for (std::size_t i = 0; i < header.size(); ++i) columns_.emplace(header[i], i);
  const auto check = [&](const Template& text) -> std::string {
    for (const Piece& piece : text) {
      const auto derived = derived_.find(piece.column);
      const std::string& real = derived == derived_.end() ? piece.column : derived->second.from;
      if (!real.empty() && !columns_.contains(real)) return real;
    }
    return {};
  };
  std::vector<const Template*> all = {&tenant_, &source_, &id_, &time_};
  for (const Target& target : targets_) all.push_back(&target.text);
  for (const Template* text : all)
    if (const std::string missing = check(*text); !missing.empty()) {
      std::string names;
      for (const std::string& name : header) names += " " + name;
      return fatal("bad_mapping", file_ + " names the column " + missing + ", which the file does not have; it has:" + names);
    }
  return {};
}

std::string Mapping::column(const std::string& name, const std::vector<std::string>& cells) const {
  const auto derived = derived_.find(name);
  if (derived != derived_.end()) {
    const auto found = derived->second.values.find(column(derived->second.from, cells));
    return found == derived->second.values.end() ? derived->second.otherwise : found->second;
  }
  const auto at = columns_.find(name);
  return at == columns_.end() ? std::string() : cells[at->second];
}

std::string Mapping::fill(const Template& text, const std::vector<std::string>& cells) const {
  std::string out;
  bool filled = text.size() == 1;  // a constant stands; a template whose columns are all empty is empty
  for (const Piece& piece : text) {
    out += piece.text;
    if (piece.column.empty()) continue;
    const std::string value = column(piece.column, cells);
    filled = filled || !value.empty();
    out += value;
  }
  return filled ? out : std::string();
}

MappedRow Mapping::map(const std::vector<std::string>& cells) const {
  MappedRow row;
  if (cells.size() != columns_.size()) {
    row.error = "csv_bad_row";
    return row;
  }
  for (const std::string& name : skip_without_)
    if (column(name, cells).empty()) return row;
  const auto time = harvest::csv_time(fill(time_, cells));
  if (!time) {
    row.error = "bad_time";
    return row;
  }
  row.time_ms = *time;
  std::string out = "{\"data\":{", parent;
  bool first = true;
  for (const Target& target : targets_) {
    const std::string text = fill(target.text, cells);
    if (text.empty()) continue;
    const auto dot = target.path.find('.');
    const std::string owner = dot == std::string::npos ? std::string() : target.path.substr(0, dot);
    if (owner != parent && !parent.empty()) out.push_back('}');
    if (!first && out.back() != '{') out.push_back(',');
    first = false;
    if (owner != parent && !owner.empty()) {
      append_json_string(out, owner);
      out.append(":{");
    }
    parent = owner;
    append_json_string(out, last_part(target.path));
    out.push_back(':');
    row.error = append_value(out, target.path, text);
    if (!row.error.empty()) return row;
  }
  if (!parent.empty()) out.push_back('}');
  out.append("},\"id\":");
  append_json_string(out, fill(id_, cells));
  out.append(",\"source\":");
  append_json_string(out, fill(source_, cells));
  out.append(",\"specversion\":\"1.0\",\"tenant\":");
  append_json_string(out, fill(tenant_, cells));
  out.append(",\"time\":\"");
  append_rfc3339(out, row.time_ms);
  out.append("\",\"type\":");
  append_json_string(out, type_);
  row.fact = out + "}";
  return row;
}

}  // namespace millrace::connect
