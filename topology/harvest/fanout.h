// Which inboxes a record of the front door reaches: the widest set at default policy (spec/harvest.md section 7), and
// how operator records are sent on.
//
// FN-1  Topics stand in the order of spec/conventions.md section 5.
// FN-2  An operator record has exactly the targets of operator_targets(); fanout_of() is their union.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace millrace::harvest {

// `review_id` matters for operator.approve and operator.reject alone.
std::vector<TopicId> fanout_of(std::string_view type, std::string_view review_id = {});

// One way of an operator record: the key of the inbox is made of a field of the record, or every partition gets it.
struct OperatorTarget {
  TopicId topic;
  enum class Key {
    all,              // a copy on every partition
    tenant,           // the tenant alone
    field,            // tenant/<field>
    zone,             // tenant/<zone>; all for zone "*"
    prefixed,         // tenant/<prefix><field>
    constant,         // tenant/<prefix>
    global_or_tenant  // all for scope "global", else the tenant
  } key = Key::tenant;
  std::string_view field = {};
  std::string_view prefix = {};
};
// Empty for a record that stays at harvest or is read by others from crm.events; `known` is false for a type that is none.
struct OperatorRoute {
  bool known = false;
  std::span<const OperatorTarget> targets;
};
OperatorRoute operator_route(std::string_view type, std::string_view review_id = {});

}  // namespace millrace::harvest
