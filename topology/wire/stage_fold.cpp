#include "topology/wire/stage_fold.h"

#include <algorithm>

#include "core/time.h"
#include "topology/policy/engine_policy.h"

namespace millrace::wire {

StageFold::StageFold(std::string_view stage, const StageContext& context)
    : policy_table_(context.tables, "policy"),
      policy_(std::make_shared<Policy>()),
      ledger_(context.tables),
      stage_(stage),
      environment_(context.environment),
      inbox_(context.inbox),
      partition_(context.partition) {
  if (const PolicyRow* row = policy_table_.find("live")) use(Policy::read_live(row->toml));
  on<NamespaceCreated>("control.namespace_created", [](const NamespaceCreated&, Step&) { return Verdict::handled(); });
  on<Tick>("control.tick", [](const Tick&, Step& step) {
    step.counts_as_tick = true;
    return Verdict::handled();
  });
  on<Snapshot>("control.snapshot", [](const Snapshot&, Step&) { return Verdict::handled(); });
  on<PolicyChanged>("control.policy_changed", [this](const PolicyChanged& e, Step&) {
    follow(Policy::read_live(e.toml));
    return Verdict::handled();
  });
}

void StageFold::use(Policy policy) {
  policy_ = std::make_shared<const Policy>(std::move(policy));
  step_timers_ = static_cast<std::size_t>(policy_->of<EnginePolicy>("").step_timers);
}

Verdict StageFold::take_policy(const PolicyChanged& change) {
  Policy policy;
  if (const auto problems = Policy::parse(change.toml, policy); !problems.empty())
    return Verdict::dead("bad_field:toml", problems.front());
  follow(std::move(policy));
  return Verdict::handled();
}

void StageFold::follow(Policy policy) {
  policy_table_.edit("live").toml = policy.toml();
  use(std::move(policy));
  policy_changed();
}

Verdict StageFold::step(const Record& record, Step& step) {
  od::document document;
  od::object envelope;
  if (Padded::parser().iterate(Padded::copy(record.value)).get(document) != simdjson::SUCCESS ||
      document.get_object().get(envelope) != simdjson::SUCCESS)
    return Verdict::dead("bad_json");

  Envelope e;
  bool has_data = false;
  for (auto entry : envelope) {
    std::string_view key;
    od::value value;
    if (entry.error() != simdjson::SUCCESS || entry.unescaped_key().get(key) != simdjson::SUCCESS ||
        entry.value().get(value) != simdjson::SUCCESS)
      return Verdict::dead("bad_json");
    std::string_view* text = key == "id" ? &e.id : key == "type" ? &e.type : key == "tenant" ? &e.tenant : key == "time" ? &e.time : nullptr;
    if (text && value.get_string().get(*text) != simdjson::SUCCESS) return Verdict::dead("bad_" + std::string(key));
    if (key == "data") has_data = true;
  }
  if (e.id.empty()) return Verdict::dead("missing_id");
  if (e.type.empty()) return Verdict::dead("missing_type");
  if (e.time.empty()) return Verdict::dead("missing_time");
  if (e.tenant.empty()) return Verdict::dead("missing_tenant");
  if (!has_data) return Verdict::dead("missing_data");
  const auto event_ms = parse_rfc3339(e.time);
  if (!event_ms) return Verdict::dead("bad_time");
  step.begin_input(e.id, e.tenant, *event_ms);
  if (e.type.starts_with("control.") && !record.headers.broadcast && record.at.topic != topics::control)
    return Verdict::dead("unauthorised", "a control record that is no copy made by stage control");

  const std::string type(e.type);
  document.rewind();
  od::object data;
  if (document.get_object().get(envelope) != simdjson::SUCCESS ||
      envelope.find_field_unordered("data").get_object().get(data) != simdjson::SUCCESS)
    return Verdict::dead("bad_data");
  return deliver(type, data, step);
}

std::string StageFold::id_of(const Record& record) const {
  od::document document;
  std::string_view id;
  if (Padded::parser().iterate(Padded::copy(record.value)).get(document) != simdjson::SUCCESS ||
      document.find_field_unordered("id").get_string().get(id) != simdjson::SUCCESS)
    return {};
  return std::string(id);
}

About StageFold::about(std::string_view bytes, const Headers&) const {
  StrictJson json;
  if (json.read(bytes) != StrictProblem::none) return {};
  return {attribute(json, "id", 256), type_in(json), attribute(json, "tenant", 64)};
}

std::string StageFold::attribute(StrictJson& json, std::string_view name, std::size_t max) {
  const JsonValue* value = StrictJson::find(json.root(), name);
  if (!value || !value->is(JsonValue::Kind::string)) return {};
  std::string text(json.string_of(*value));
  return text.size() <= max ? text : std::string();
}

// Anybody may write anything where a type should stand: what does not look like one stays in the sealed body.
std::string StageFold::type_in(StrictJson& json) {
  std::string type = attribute(json, "type", 64);
  const bool good = std::all_of(type.begin(), type.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; });
  return good ? type : std::string();
}

Verdict StageFold::deliver(std::string_view type, od::object data, Step& step) {
  const auto handler = handlers_.find(type);
  if (handler == handlers_.end()) return Verdict::ignored();
  step.type = handler->first;
  return handler->second(data, step);
}

}  // namespace millrace::wire
