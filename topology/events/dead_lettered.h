// <inbox>.dlq: a record that waited and whose time ran out. What a fold refuses at once is dead-lettered by the engine,
// with the same fields (spec/conventions.md section 8).
#pragma once

#include <cstdint>
#include <string>

#include "core/fields.h"

namespace millrace {

struct DeadLettered {
  static constexpr std::string_view type = "record.dead_lettered";
  std::string detail, inbox, policy_sha256, reason, record_id, record_type, stage, tenant;
  SealedText body;
  std::int64_t now_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("body", &DeadLettered::body),           field("detail", &DeadLettered::detail),
                      field("inbox", &DeadLettered::inbox),         field("now_ms", &DeadLettered::now_ms),
                      field("policy_sha256", &DeadLettered::policy_sha256), field("reason", &DeadLettered::reason),
                      field("record_id", &DeadLettered::record_id), field("stage", &DeadLettered::stage),
                      field("tenant", &DeadLettered::tenant),       field("type", &DeadLettered::record_type)};
  }
};

}  // namespace millrace
