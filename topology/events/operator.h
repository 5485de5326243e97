// operator.*: what people (or the CLI for them) ask for. Each carries request_id, actor and roles.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"
#include "topology/events/personal.h"

namespace millrace {

struct SourceDefined {
  static constexpr std::string_view type = "operator.source_defined";
  std::string request_id, actor, name;
  std::vector<std::string> roles;
  std::optional<std::string> source_type;
  std::int64_t risk_bp = 0, conversion_bp = 0;
  std::optional<std::int64_t> cost_per_lead_cents, volume_monthly;
  std::optional<bool> revive;
  static constexpr auto fields() {
    return FieldList{required("actor", &SourceDefined::actor),
                      required("conversion_bp", &SourceDefined::conversion_bp),
                      field("cost_per_lead_cents", &SourceDefined::cost_per_lead_cents),
                      required("name", &SourceDefined::name),
                      required("request_id", &SourceDefined::request_id),
                      field("revive", &SourceDefined::revive),
                      required("risk_bp", &SourceDefined::risk_bp),
                      field("roles", &SourceDefined::roles),
                      field("type", &SourceDefined::source_type),
                      field("volume_monthly", &SourceDefined::volume_monthly)};
  }
};

struct SourcePerformance {
  static constexpr std::string_view type = "operator.source_performance";
  std::string request_id, actor, name, month;
  std::vector<std::string> roles;
  std::int64_t leads = 0, conversions = 0;
  static constexpr auto fields() {
    return FieldList{required("actor", &SourcePerformance::actor),
                      required("conversions", &SourcePerformance::conversions),
                      required("leads", &SourcePerformance::leads),
                      required("month", &SourcePerformance::month),
                      required("name", &SourcePerformance::name),
                      required("request_id", &SourcePerformance::request_id),
                      field("roles", &SourcePerformance::roles)};
  }
};

struct LeadSplit {
  static constexpr std::string_view type = "operator.lead_split";
  std::string request_id, actor, lead_id;
  std::vector<std::string> roles, identifiers;
  static constexpr auto fields() {
    return FieldList{required("actor", &LeadSplit::actor),
                      required("identifiers", &LeadSplit::identifiers),
                      required("lead_id", &LeadSplit::lead_id),
                      required("request_id", &LeadSplit::request_id),
                      field("roles", &LeadSplit::roles)};
  }
};

struct CampaignDefined {
  static constexpr std::string_view type = "operator.campaign_defined";
  std::string request_id, actor, name;
  std::vector<std::string> roles;
  std::optional<std::string> campaign_id, description, target_niche, service_key;
  std::optional<std::int64_t> target_clients, target_mrr_cents, max_per_day;
  std::optional<bool> active, review_messages;
  static constexpr auto fields() {
    return FieldList{field("active", &CampaignDefined::active),
                      required("actor", &CampaignDefined::actor),
                      field("campaign_id", &CampaignDefined::campaign_id),
                      field("description", &CampaignDefined::description),
                      field("max_per_day", &CampaignDefined::max_per_day),
                      required("name", &CampaignDefined::name),
                      required("request_id", &CampaignDefined::request_id),
                      field("review_messages", &CampaignDefined::review_messages),
                      field("roles", &CampaignDefined::roles),
                      field("service_key", &CampaignDefined::service_key),
                      field("target_clients", &CampaignDefined::target_clients),
                      field("target_mrr_cents", &CampaignDefined::target_mrr_cents),
                      field("target_niche", &CampaignDefined::target_niche)};
  }
};

// operator.campaign_paused and operator.campaign_resumed.
struct CampaignState {
  std::string request_id, actor, campaign_id;
  std::vector<std::string> roles;
  std::optional<std::string> reason;
  static constexpr auto fields() {
    return FieldList{required("actor", &CampaignState::actor),
                      required("campaign_id", &CampaignState::campaign_id),
                      field("reason", &CampaignState::reason),
                      required("request_id", &CampaignState::request_id),
                      field("roles", &CampaignState::roles)};
  }
};

struct SequenceDefined {
  static constexpr std::string_view type = "operator.sequence_defined";
  std::string request_id, actor, name;
  std::vector<std::string> roles, channels;
  std::vector<std::int64_t> days;
  std::vector<std::map<std::string, std::string>> templates;
  static constexpr auto fields() {
    return FieldList{required("actor", &SequenceDefined::actor),
                      field("channels", &SequenceDefined::channels),
                      required("days", &SequenceDefined::days),
                      required("name", &SequenceDefined::name),
                      required("request_id", &SequenceDefined::request_id),
                      field("roles", &SequenceDefined::roles),
                      required("templates", &SequenceDefined::templates)};
  }
};

struct TemplateDefined {
  static constexpr std::string_view type = "operator.template_defined";
  std::string request_id, actor, template_id, channel, body;
  std::vector<std::string> roles;
  std::int64_t version = 0;
  std::optional<std::string> subject;
  static constexpr auto fields() {
    return FieldList{required("actor", &TemplateDefined::actor),
                      required("body", &TemplateDefined::body),
                      required("channel", &TemplateDefined::channel),
                      required("request_id", &TemplateDefined::request_id),
                      field("roles", &TemplateDefined::roles),
                      field("subject", &TemplateDefined::subject),
                      required("template_id", &TemplateDefined::template_id),
                      required("version", &TemplateDefined::version)};
  }
};

struct ScriptDefined {
  static constexpr std::string_view type = "operator.script_defined";
  std::string request_id, actor, script_id, slot, template_id;
  std::vector<std::string> roles;
  std::optional<std::int64_t> target_bp;
  std::optional<std::string> approver;
  static constexpr auto fields() {
    return FieldList{required("actor", &ScriptDefined::actor),
                      field("approver", &ScriptDefined::approver),
                      required("request_id", &ScriptDefined::request_id),
                      field("roles", &ScriptDefined::roles),
                      required("script_id", &ScriptDefined::script_id),
                      required("slot", &ScriptDefined::slot),
                      field("target_bp", &ScriptDefined::target_bp),
                      required("template_id", &ScriptDefined::template_id)};
  }
};

struct Variant {
  std::string id, script_id;
  std::int64_t weight_bp = 0;
  static constexpr auto fields() {
    return FieldList{required("id", &Variant::id),
                      required("script_id", &Variant::script_id),
                      required("weight_bp", &Variant::weight_bp)};
  }
};

struct ExperimentDefined {
  static constexpr std::string_view type = "operator.experiment_defined";
  std::string request_id, actor, experiment_id, slot, control;
  std::vector<std::string> roles;
  std::vector<Variant> variants;
  std::optional<std::string> metric, goal_stage, state;
  std::optional<std::int64_t> window_ms, alpha_bp, max_n, max_days, cost_cents;
  static constexpr auto fields() {
    return FieldList{required("actor", &ExperimentDefined::actor),
                      field("alpha_bp", &ExperimentDefined::alpha_bp),
                      required("control", &ExperimentDefined::control),
                      field("cost_cents", &ExperimentDefined::cost_cents),
                      required("experiment_id", &ExperimentDefined::experiment_id),
                      field("goal_stage", &ExperimentDefined::goal_stage),
                      field("max_days", &ExperimentDefined::max_days),
                      field("max_n", &ExperimentDefined::max_n),
                      field("metric", &ExperimentDefined::metric),
                      required("request_id", &ExperimentDefined::request_id),
                      field("roles", &ExperimentDefined::roles),
                      required("slot", &ExperimentDefined::slot),
                      field("state", &ExperimentDefined::state),
                      required("variants", &ExperimentDefined::variants),
                      field("window_ms", &ExperimentDefined::window_ms)};
  }
};

struct ChannelConfig {
  static constexpr std::string_view type = "operator.channel_config";
  std::string request_id, actor, channel;
  std::vector<std::string> roles;
  std::optional<bool> enabled;
  std::map<std::string, std::int64_t> limits;
  RawJson settings;
  static constexpr auto fields() {
    return FieldList{required("actor", &ChannelConfig::actor),
                      required("channel", &ChannelConfig::channel),
                      field("enabled", &ChannelConfig::enabled),
                      field("limits", &ChannelConfig::limits),
                      required("request_id", &ChannelConfig::request_id),
                      field("roles", &ChannelConfig::roles),
                      field("settings", &ChannelConfig::settings)};
  }
};

struct SenderDefined {
  static constexpr std::string_view type = "operator.sender_defined";
  std::string request_id, actor, sender_id, channel, address;
  std::vector<std::string> roles;
  std::optional<std::string> name, company, postal_address, booking_url, domain, timezone;
  std::optional<std::int64_t> daily_cap;
  static constexpr auto fields() {
    return FieldList{required("actor", &SenderDefined::actor),
                      required("address", &SenderDefined::address),
                      field("booking_url", &SenderDefined::booking_url),
                      required("channel", &SenderDefined::channel),
                      field("company", &SenderDefined::company),
                      field("daily_cap", &SenderDefined::daily_cap),
                      field("domain", &SenderDefined::domain),
                      field("name", &SenderDefined::name),
                      field("postal_address", &SenderDefined::postal_address),
                      required("request_id", &SenderDefined::request_id),
                      field("roles", &SenderDefined::roles),
                      required("sender_id", &SenderDefined::sender_id),
                      field("timezone", &SenderDefined::timezone)};
  }
};

// operator.suppress and operator.unsuppress; `token` instead of `value` where the producer made it one.
struct Suppress {
  std::string request_id, actor, kind;
  std::vector<std::string> roles;
  std::optional<std::string> value, token, reason;
  SealedText sealed;
  static constexpr auto fields() {
    return FieldList{required("actor", &Suppress::actor),
                      required("kind", &Suppress::kind),
                      field("reason", &Suppress::reason),
                      required("request_id", &Suppress::request_id),
                      field("roles", &Suppress::roles),
                      field("sealed", &Suppress::sealed),
                      field("token", &Suppress::token),
                      field("value", &Suppress::value)};
  }
};

struct KillSwitch {
  static constexpr std::string_view type = "operator.kill_switch";
  std::string request_id, actor, scope, reason;
  std::vector<std::string> roles;
  bool on = false;
  static constexpr auto fields() {
    return FieldList{required("actor", &KillSwitch::actor),
                      required("on", &KillSwitch::on),
                      required("reason", &KillSwitch::reason),
                      required("request_id", &KillSwitch::request_id),
                      field("roles", &KillSwitch::roles),
                      required("scope", &KillSwitch::scope)};
  }
};

struct ConnectorArmed {
  static constexpr std::string_view type = "operator.connector_armed";
  std::string request_id, actor, connector, tenant, reason;
  std::vector<std::string> roles;
  bool armed = false;
  static constexpr auto fields() {
    return FieldList{required("actor", &ConnectorArmed::actor),
                      required("armed", &ConnectorArmed::armed),
                      required("connector", &ConnectorArmed::connector),
                      required("reason", &ConnectorArmed::reason),
                      required("request_id", &ConnectorArmed::request_id),
                      field("roles", &ConnectorArmed::roles),
                      required("tenant", &ConnectorArmed::tenant)};
  }
};

struct ZoneDefined {
  static constexpr std::string_view type = "operator.zone_defined";
  std::string request_id, actor, zone, currency;
  std::vector<std::string> roles;
  std::int64_t average_price_cents = 0, risk_bp = 0;
  std::optional<std::int64_t> inventory_bp, demand_bp, capacity_cents;
  static constexpr auto fields() {
    return FieldList{required("actor", &ZoneDefined::actor),
                      required("average_price_cents", &ZoneDefined::average_price_cents),
                      field("capacity_cents", &ZoneDefined::capacity_cents),
                      required("currency", &ZoneDefined::currency),
                      field("demand_bp", &ZoneDefined::demand_bp),
                      field("inventory_bp", &ZoneDefined::inventory_bp),
                      required("request_id", &ZoneDefined::request_id),
                      required("risk_bp", &ZoneDefined::risk_bp),
                      field("roles", &ZoneDefined::roles),
                      required("zone", &ZoneDefined::zone)};
  }
};

struct ShieldDefined {
  static constexpr std::string_view type = "operator.shield_defined";
  std::string request_id, actor, zone, name;
  std::vector<std::string> roles;
  std::int64_t warning_bp = 0, critical_bp = 0;
  static constexpr auto fields() {
    return FieldList{required("actor", &ShieldDefined::actor),
                      required("critical_bp", &ShieldDefined::critical_bp),
                      required("name", &ShieldDefined::name),
                      required("request_id", &ShieldDefined::request_id),
                      field("roles", &ShieldDefined::roles),
                      required("warning_bp", &ShieldDefined::warning_bp),
                      required("zone", &ShieldDefined::zone)};
  }
};

struct ShieldValue {
  static constexpr std::string_view type = "operator.shield_value";
  std::string request_id, actor, zone, name;
  std::vector<std::string> roles;
  std::int64_t value_bp = 0;
  static constexpr auto fields() {
    return FieldList{required("actor", &ShieldValue::actor),
                      required("name", &ShieldValue::name),
                      required("request_id", &ShieldValue::request_id),
                      field("roles", &ShieldValue::roles),
                      required("value_bp", &ShieldValue::value_bp),
                      required("zone", &ShieldValue::zone)};
  }
};

struct OwnerDefined {
  static constexpr std::string_view type = "operator.owner_defined";
  std::string request_id, actor, owner_id;
  std::vector<std::string> roles, zones;
  std::int64_t capacity = 0;
  static constexpr auto fields() {
    return FieldList{required("actor", &OwnerDefined::actor),
                      required("capacity", &OwnerDefined::capacity),
                      required("owner_id", &OwnerDefined::owner_id),
                      required("request_id", &OwnerDefined::request_id),
                      field("roles", &OwnerDefined::roles),
                      required("zones", &OwnerDefined::zones)};
  }
};

struct RouteOverride {
  static constexpr std::string_view type = "operator.route_override";
  std::string request_id, actor, lead_id, zone, approver, reason;
  std::vector<std::string> roles;
  std::optional<std::string> sequence, action;
  static constexpr auto fields() {
    return FieldList{field("action", &RouteOverride::action),
                      required("actor", &RouteOverride::actor),
                      required("approver", &RouteOverride::approver),
                      required("lead_id", &RouteOverride::lead_id),
                      required("reason", &RouteOverride::reason),
                      required("request_id", &RouteOverride::request_id),
                      field("roles", &RouteOverride::roles),
                      field("sequence", &RouteOverride::sequence),
                      required("zone", &RouteOverride::zone)};
  }
};

// operator.approve and operator.reject, with the key field that the review's prefix asks for.
struct Approval {
  std::string request_id, actor, review_id;
  std::vector<std::string> roles;
  std::optional<std::string> zone, lead_id, ad_account, clone_id, reason;
  static constexpr auto fields() {
    return FieldList{required("actor", &Approval::actor),
                      field("ad_account", &Approval::ad_account),
                      field("clone_id", &Approval::clone_id),
                      field("lead_id", &Approval::lead_id),
                      field("reason", &Approval::reason),
                      required("request_id", &Approval::request_id),
                      required("review_id", &Approval::review_id),
                      field("roles", &Approval::roles),
                      field("zone", &Approval::zone)};
  }
};

struct SendMessage {
  static constexpr std::string_view type = "operator.send_message";
  std::string request_id, actor, lead_id;
  std::vector<std::string> roles;
  std::optional<std::string> body, subject, channel;
  Sealed<MessagePersonal> sealed;
  static constexpr auto fields() {
    return FieldList{required("actor", &SendMessage::actor),
                      field("body", &SendMessage::body),
                      field("channel", &SendMessage::channel),
                      required("lead_id", &SendMessage::lead_id),
                      required("request_id", &SendMessage::request_id),
                      field("roles", &SendMessage::roles),
                      field("sealed", &SendMessage::sealed),
                      field("subject", &SendMessage::subject)};
  }
};

struct LeadStatusRequest {
  static constexpr std::string_view type = "operator.lead_status";
  std::string request_id, actor, lead_id, trigger;
  std::vector<std::string> roles;
  std::optional<std::string> reason;
  static constexpr auto fields() {
    return FieldList{required("actor", &LeadStatusRequest::actor),
                      required("lead_id", &LeadStatusRequest::lead_id),
                      field("reason", &LeadStatusRequest::reason),
                      required("request_id", &LeadStatusRequest::request_id),
                      field("roles", &LeadStatusRequest::roles),
                      required("trigger", &LeadStatusRequest::trigger)};
  }
};

struct LeadReopened {
  static constexpr std::string_view type = "operator.lead_reopened";
  std::string request_id, actor, lead_id, approver;
  std::vector<std::string> roles;
  std::optional<std::string> reason;
  static constexpr auto fields() {
    return FieldList{required("actor", &LeadReopened::actor),
                      required("approver", &LeadReopened::approver),
                      required("lead_id", &LeadReopened::lead_id),
                      field("reason", &LeadReopened::reason),
                      required("request_id", &LeadReopened::request_id),
                      field("roles", &LeadReopened::roles)};
  }
};

struct PacketRequested {
  static constexpr std::string_view type = "operator.packet_requested";
  std::string request_id, actor, lead_id;
  std::vector<std::string> roles;
  std::int64_t deal_value_cents = 0;
  std::optional<std::string> currency;
  RawJson terms;
  static constexpr auto fields() {
    return FieldList{required("actor", &PacketRequested::actor),
                      field("currency", &PacketRequested::currency),
                      required("deal_value_cents", &PacketRequested::deal_value_cents),
                      required("lead_id", &PacketRequested::lead_id),
                      required("request_id", &PacketRequested::request_id),
                      field("roles", &PacketRequested::roles),
                      field("terms", &PacketRequested::terms)};
  }
};

struct PolicyProposed {
  static constexpr std::string_view type = "operator.policy_proposed";
  std::string request_id, actor, toml, base_sha256;
  std::vector<std::string> roles;
  RawJson whatif;
  static constexpr auto fields() {
    return FieldList{required("actor", &PolicyProposed::actor),
                      required("base_sha256", &PolicyProposed::base_sha256),
                      required("request_id", &PolicyProposed::request_id),
                      field("roles", &PolicyProposed::roles),
                      required("toml", &PolicyProposed::toml),
                      field("whatif", &PolicyProposed::whatif)};
  }
};

}  // namespace millrace
