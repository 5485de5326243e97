// control and its copies on every inbox.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"

namespace millrace {

struct NamespaceCreated {
  static constexpr std::string_view type = "control.namespace_created";
  std::string clock;
  std::map<std::string, std::int64_t> partitions;
  static constexpr auto fields() {
    return FieldList{required("clock", &NamespaceCreated::clock),
                      field("partitions", &NamespaceCreated::partitions)};
  }
};

struct OperatorKey {
  static constexpr std::string_view type = "control.operator_key";
  std::string key_id, public_key;
  std::optional<bool> revoked;
  static constexpr auto fields() {
    return FieldList{required("key_id", &OperatorKey::key_id),
                      required("public_key", &OperatorKey::public_key),
                      field("revoked", &OperatorKey::revoked)};
  }
};

struct Tick {
  static constexpr std::string_view type = "control.tick";
  std::int64_t tick_ms = 0;
  static constexpr auto fields() {
    return FieldList{required("tick_ms", &Tick::tick_ms)};
  }
};

struct PolicyChanged {
  static constexpr std::string_view type = "control.policy_changed";
  std::string policy_sha256, toml;
  std::map<std::string, std::string> lists;
  static constexpr auto fields() {
    return FieldList{field("lists", &PolicyChanged::lists),
                      required("policy_sha256", &PolicyChanged::policy_sha256),
                      field("toml", &PolicyChanged::toml)};
  }
};

struct Promotion {
  static constexpr std::string_view type = "control.promotion";
  std::string slot;
  std::optional<std::string> experiment_id, script_id, state;
  RawJson evidence;
  static constexpr auto fields() {
    return FieldList{field("evidence", &Promotion::evidence),
                      field("experiment_id", &Promotion::experiment_id),
                      field("script_id", &Promotion::script_id),
                      required("slot", &Promotion::slot),
                      field("state", &Promotion::state)};
  }
};

struct ModelActivated {
  static constexpr std::string_view type = "control.model_activated";
  std::string model, artifact_sha256;
  std::int64_t version = 0;
  std::optional<std::int64_t> weight_bp, intercept_micro, k0, n0;
  RawJson weights_micro_per_bp;
  static constexpr auto fields() {
    return FieldList{required("artifact_sha256", &ModelActivated::artifact_sha256),
                      field("intercept_micro", &ModelActivated::intercept_micro),
                      field("k0", &ModelActivated::k0),
                      required("model", &ModelActivated::model),
                      field("n0", &ModelActivated::n0),
                      required("version", &ModelActivated::version),
                      field("weight_bp", &ModelActivated::weight_bp),
                      field("weights_micro_per_bp", &ModelActivated::weights_micro_per_bp)};
  }
};

struct ClonePromoted {
  static constexpr std::string_view type = "control.clone_promoted";
  std::string clone_id, tenant, policy_sha256;
  std::vector<std::string> models, scripts;
  std::optional<std::string> parent;
  static constexpr auto fields() {
    return FieldList{required("clone_id", &ClonePromoted::clone_id),
                      field("models", &ClonePromoted::models),
                      field("parent", &ClonePromoted::parent),
                      required("policy_sha256", &ClonePromoted::policy_sha256),
                      field("scripts", &ClonePromoted::scripts),
                      required("tenant", &ClonePromoted::tenant)};
  }
};

struct Sweep {
  static constexpr std::string_view type = "control.sweep";
  std::string stage;
  std::optional<std::string> campaign_id, zone, rule, cursor;
  std::optional<std::int64_t> batch;
  static constexpr auto fields() {
    return FieldList{field("batch", &Sweep::batch),
                      field("campaign_id", &Sweep::campaign_id),
                      field("cursor", &Sweep::cursor),
                      field("rule", &Sweep::rule),
                      required("stage", &Sweep::stage),
                      field("zone", &Sweep::zone)};
  }
};

struct Snapshot {
  static constexpr std::string_view type = "control.snapshot";
  std::string name, scope;
  static constexpr auto fields() {
    return FieldList{required("name", &Snapshot::name),
                      required("scope", &Snapshot::scope)};
  }
};

struct Restore {
  static constexpr std::string_view type = "control.restore";
  std::string snapshot_id, approver;
  static constexpr auto fields() {
    return FieldList{required("approver", &Restore::approver),
                      required("snapshot_id", &Restore::snapshot_id)};
  }
};

}  // namespace millrace
