// Operator records on their way to the stages that act on them, those that harvest acts on itself, and the few control
// records that it keeps.
#include <algorithm>

#include "topology/harvest/contact.h"
#include "topology/harvest/fanout.h"
#include "topology/harvest/harvest_fold.h"

namespace millrace::harvest {

namespace {

using Members = std::vector<wire::JsonMember>;

// The object with some members set (json text) or, with an empty text, left out; canonical.
std::string with_members(const Members& members, std::initializer_list<std::pair<std::string_view, std::string>> changes) {
  std::map<std::string, std::string> all;
  for (const wire::JsonMember& member : members) {
    std::string& text = all[std::string(member.key)];
    wire::append_canonical_text(text, member.value.text);
  }
  for (const auto& [name, text] : changes) {
    if (text.empty()) all.erase(std::string(name));
    else all[std::string(name)] = text;
  }
  std::string out = "{";
  for (const auto& [name, text] : all) {
    if (out.size() > 1) out.push_back(',');
    append_json_string(out, name);
    out.append(":").append(text);
  }
  return out.append("}");
}

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

void HarvestFold::register_operator() {
  for (const char* type :
       {"operator.campaign_defined", "operator.campaign_paused", "operator.campaign_resumed", "operator.template_defined", "operator.sequence_defined",
        "operator.script_defined", "operator.experiment_defined", "operator.channel_config", "operator.sender_defined", "operator.suppress",
        "operator.unsuppress", "operator.kill_switch", "operator.connector_armed", "operator.zone_defined", "operator.shield_defined",
        "operator.shield_value", "operator.owner_defined", "operator.route_override", "operator.send_message", "operator.lead_status",
        "operator.lead_reopened", "operator.packet_requested", "operator.packet_state", "operator.model_submitted", "operator.model_promote",
        "operator.model_rollback", "operator.ingest", "operator.outcome", "operator.clone_evaluated", "operator.budget_defined", "operator.winner_added",
        "operator.alert_state", "operator.schedule_defined", "operator.subscription_defined", "operator.token_defined", "operator.approve",
        "operator.reject"})
    on_raw(type, [this, type](const RawJson& data, Step& step) { return route_operator(type, data, step); });
  for (const char* type : {"job.queued", "job.started", "job.finished", "alert.raised"})
    on_raw(type, [type](const RawJson& data, Step& step) {
      step.emit_as({.topic = topics::alerts, .key = step.tenant}, type, data);
      return Verdict::handled();
    });
  for (const char* type : {"ad.metrics", "ad.change_result"})
    on_raw(type, [this, type](const RawJson& data, Step& step) {
      const wire::JsonValue* account = wire::StrictJson::find(envelope_.members, "ad_account");
      if (!account) return Verdict::dead("missing_field:ad_account");
      step.emit_as({.topic = topics::ads_performance, .key = step.tenant + "/" + std::string(json_.string_of(*account))}, type, data);
      return Verdict::handled();
    });

  on<SourceDefined>(SourceDefined::type, [this](const SourceDefined& e, Step& step) {
    if (std::string reason = Sources::refuse(e); !reason.empty()) return Verdict::dead(std::move(reason));
    sources_.define(e, rules(step.tenant), step);
    return Verdict::handled();
  });
  on<SourcePerformance>(SourcePerformance::type, [this](const SourcePerformance& e, Step& step) {
    if (std::string reason = Sources::refuse(e); !reason.empty()) return Verdict::dead(std::move(reason));
    sources_.set_row(e, rules(step.tenant), step);
    return Verdict::handled();
  });
  on<LeadSplit>(LeadSplit::type, [this](const LeadSplit& e, Step& step) { return lead_split(e, step); });
  on<PullAdvanced>("pull.advanced", [this](const PullAdvanced& e, Step& step) {
    pulls_.edit(step.tenant + "/" + e.name).cursor = e.cursor;
    return Verdict::handled();
  });
  on<KeyDestroyed>("key.destroyed", [this](const KeyDestroyed& e, Step& step) {
    erasures_.erase(step.tenant + "/" + e.request_id);
    return Verdict::handled();
  });
  on<OperatorKey>("control.operator_key", [this](const OperatorKey& e, Step&) { return take_operator_key(e); });
  on<ClonePromoted>("control.clone_promoted", [this](const ClonePromoted& e, Step&) {
    clones_.edit(e.tenant).clone_id = e.clone_id;
    if (std::find(clone_tenants_.begin(), clone_tenants_.end(), e.tenant) == clone_tenants_.end()) clone_tenants_.push_back(e.tenant);
    return Verdict::handled();
  });
}

Verdict HarvestFold::take_operator_key(const OperatorKey& record) {
  keys_.edit(record.key_id) = record;
  const auto known = std::find_if(known_keys_.begin(), known_keys_.end(), [&](const OperatorKey& k) { return k.key_id == record.key_id; });
  if (known == known_keys_.end()) known_keys_.push_back(record);
  else *known = record;
  return Verdict::handled();
}

Verdict HarvestFold::route_operator(std::string_view type, const RawJson& data, Step& step) {
  const Members& members = envelope_.members;
  const auto text_of = [&](std::string_view name) {
    const wire::JsonValue* value = wire::StrictJson::find(members, name);
    return value ? std::string(json_.string_of(*value)) : std::string();
  };
  const bool is_review = type == "operator.approve" || type == "operator.reject";
  const OperatorRoute route = operator_route(type, text_of("review_id"));
  if (is_review && route.targets.empty()) return Verdict::dead(text_of("review_id").empty() ? "missing_field:review_id" : "bad_field:review_id");
  for (const OperatorTarget& target : route.targets)
    if (!target.field.empty() && text_of(target.field).empty()) return Verdict::dead("missing_field:" + std::string(target.field));

  // A lead is named by the id that it has today.
  std::string lead_id = text_of("lead_id");
  RawJson body = data;
  if (!lead_id.empty())
    if (std::string today = identity_.resolve(step.tenant, lead_id); !today.empty() && today != lead_id) {
      body.text = with_members(members, {{"lead_id", json_text(today)}});
      lead_id = std::move(today);
    }
  // What came in clear goes on sealed, or as a token (HV-3).
  if (type == "operator.send_message" && (!text_of("body").empty() || !text_of("subject").empty())) {
    MessagePersonal personal;
    if (auto text = text_of("subject"); !text.empty()) personal.subject = std::move(text);
    if (auto text = text_of("body"); !text.empty()) personal.body = std::move(text);
    const LeadRow* lead = identity_.find(step.tenant, lead_id);
    const std::string sealed = seal_next(lead ? *lead : LeadRow{}, lead_id, type, to_json(personal), step);
    body.text = with_members(members, {{"body", ""}, {"subject", ""}, {"lead_id", json_text(lead_id)}, {"sealed", json_text(sealed)}});
  } else if ((type == "operator.suppress" || type == "operator.unsuppress") && text_of("token").empty() && !text_of("value").empty()) {
    const std::string kind = text_of("kind"), value = text_of("value");
    const std::string token = kind == kAddressKind ? address_token(value, reading(step)) : step.keys->token(step.tenant, kind, lower_case(trimmed(value)));
    if (token.empty()) return Verdict::dead("bad_field:value");
    body.text = with_members(members, {{"value", ""}, {"token", json_text(token)}});
  }

  for (const OperatorTarget& target : route.targets) {
    const std::string field = target.field == "lead_id" ? lead_id : text_of(target.field);
    std::string key = step.tenant;
    bool all = target.key == OperatorTarget::Key::all;
    switch (target.key) {
      case OperatorTarget::Key::all:
      case OperatorTarget::Key::tenant: break;
      case OperatorTarget::Key::zone: all = field == "*"; [[fallthrough]];
      case OperatorTarget::Key::field:
      case OperatorTarget::Key::prefixed: key.append("/").append(target.prefix).append(field); break;
      case OperatorTarget::Key::constant: key.append("/").append(target.prefix); break;
      case OperatorTarget::Key::global_or_tenant: all = text_of("scope") == "global"; break;
    }
    const bool draft = type == "operator.packet_requested" && target.topic == topics::leads_harvested;
    if (draft) {
      PacketDraft packet;
      packet.tenant = step.tenant;
      packet.lead_id = lead_id;
      packet.request_id = text_of("request_id");
      if (const wire::JsonValue* value = wire::StrictJson::find(members, "deal_value_cents")) packet.deal_value_cents = wire::int_of(*value);
      if (auto currency = text_of("currency"); !currency.empty()) packet.currency = std::move(currency);
      if (const wire::JsonValue* terms = wire::StrictJson::find(members, "terms")) wire::append_canonical_text(packet.terms.text, terms->text);
      step.emit({.topic = target.topic, .key = key}, packet);
    } else if (all) {
      step.emit_to_all({.topic = target.topic, .key = key}, type, body);
    } else {
      step.emit_as({.topic = target.topic, .key = key}, type, body);
    }
  }
  return Verdict::handled();
}

}  // namespace millrace::harvest
