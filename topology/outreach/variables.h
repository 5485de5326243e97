// The values that a template may name (spec/outreach.md section 4), of a lead; those of the sender are dispatch's.
#pragma once

#include <map>
#include <string>

#include "topology/events/personal.h"
#include "topology/outreach/tables.h"

namespace millrace::outreach {

// Name -> value without the empty ones; custom fields as "custom.<field>", lists of them left out.
std::map<std::string, std::string> variables_of(const ProfileRow& profile, const ProfilePersonal& personal);

}  // namespace millrace::outreach
