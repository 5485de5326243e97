#include "cli/opened.h"

#include <algorithm>

#include "cli/app.h"
#include "node/request.h"
#include "topology/wire/strict.h"

namespace millrace::cli {

namespace {

constexpr std::string_view kSealedString = "\"s1.";

std::string tenant_of(std::string_view value) {
  wire::StrictJson json;
  if (json.read(value) != wire::StrictProblem::none) return {};
  const wire::JsonValue* tenant = wire::StrictJson::find(json.root(), "tenant");
  return tenant ? std::string(json.string_of(*tenant)) : std::string();
}

Result<std::vector<std::string>> what_they_hold(const Globals& globals, std::vector<std::string> sealed, const std::string& tenant) {
  auto writer = node::Writer::open(globals.target(), globals.open_options());
  if (!writer) return writer.fault();
  node::Request request;
  request.op = node::Request::Op::open_sealed;
  request.items = std::move(sealed);
  if (!tenant.empty()) request.args["tenant"] = tenant;
  auto answer = writer->send(request);
  if (!answer) return answer.fault();
  if (!answer->code.empty()) return fatal(answer->code, answer->message);
  if (auto closed = writer->close(); !closed) return closed.fault();
  return answer->lines;
}

}  // namespace

std::vector<std::string> sealed_in(std::string_view json) {
  std::vector<std::string> found;
  for (auto at = json.find(kSealedString); at != std::string_view::npos; at = json.find(kSealedString, at + 1)) {
    const std::string_view value = json.substr(at + 1, json.find('"', at + 1) - at - 1);
    if (std::find(found.begin(), found.end(), value) == found.end()) found.emplace_back(value);
  }
  return found;
}

std::string with_opened(std::string_view json, const std::map<std::string, std::string, std::less<>>& opened) {
  std::string out;
  for (;;) {
    const auto at = json.find(kSealedString);
    const auto end = at == std::string_view::npos ? at : json.find('"', at + 1);
    if (end == std::string_view::npos) return out.append(json);
    const auto found = opened.find(json.substr(at + 1, end - at - 1));
    out.append(json.substr(0, at));
    if (found == opened.end() || found->second.empty()) out.append(json.substr(at, end + 1 - at));
    else out.append(found->second);
    json.remove_prefix(end + 1);
  }
}

OpenedRecord opened_record(const Globals& globals, std::string_view value, std::string_view tenant) {
  OpenedRecord record{std::string(value), {}};
  if (record.text.starts_with("s1.")) {
    const auto held = what_they_hold(globals, {record.text}, {});
    if (!held || held->empty()) return {std::move(record.text), held ? "it is of no form that this version knows" : held.fault().message};
    record.text = held->front();
  }
  const std::vector<std::string> sealed = sealed_in(record.text);
  if (sealed.empty()) return record;
  const std::string whose = tenant.empty() ? tenant_of(record.text) : std::string(tenant);
  if (whose.empty()) return {std::move(record.text), "it names no tenant, so no key"};
  const auto held = what_they_hold(globals, sealed, whose);
  if (!held) return {std::move(record.text), held.fault().message};
  std::map<std::string, std::string, std::less<>> opened;
  for (std::size_t i = 0; i < sealed.size() && i < held->size(); ++i) {
    opened[sealed[i]] = (*held)[i];
    if ((*held)[i].empty()) record.why = "the key was destroyed (an erasure), or the value is damaged";
  }
  record.text = with_opened(record.text, opened);
  return record;
}

}  // namespace millrace::cli
