// A value of another system as a field of a fact: typed as the front door wants it, or left out.
//
// FI-1  What is set passes the front door's check of that field (topology/harvest/envelope.h); what does not fit is not set.
#pragma once

#include <string_view>

#include "topology/gateway/document.h"
#include "topology/harvest/front_types.h"
#include "topology/wire/object_text.h"

namespace millrace::gateway {

// Sets `name` of `data` to `value`, by its kind: fields ending in _cents take decimal amounts, other numbers digits, lists
// a list or a text split at any of `separators`, flags true and false, texts whatever is written. False: it does not fit.
bool set_field(wire::ObjectText& data, std::string_view name, harvest::FieldKind kind, const Value& value,
               std::string_view separators = ",");
// The same for a field of a lead; one that is none of them is taken as text. False: it does not fit.
bool set_lead_field(wire::ObjectText& data, std::string_view name, const Value& value, std::string_view separators = ",");

}  // namespace millrace::gateway
