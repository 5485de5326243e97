// What a namespace begins with on topic control, before anything else (NO-1; spec/conventions.md section 6.8):
// namespace_created, the operator key, one tick and the first policy. Bodies in canonical form.
#pragma once

#include <string>
#include <vector>

#include "core/record.h"
#include "topology/events/control.h"

namespace millrace::node {

// `now` is 0 in a history namespace.
std::vector<std::string> first_records(bool history, const TopicTable& topics, const OperatorKey& key,
                                       const std::string& policy_toml, TimeMs now);

// A policy as the record that makes it the live one.
std::string policy_record(const std::string& toml, TimeMs now);

}  // namespace millrace::node
