// The operator.* records that commands write: what was asked, by whom, in canonical form, to be signed by whoever
// holds the folder's key.
#pragma once

#include <string>
#include <string_view>

#include "core/json.h"
#include "core/result.h"

namespace millrace::cli {

struct Globals;

// Who asks: the user of this machine, and a request id that is new.
struct Asker {
  std::string actor, request_id;
  static Asker me();
};

std::string operator_body(std::string_view type, std::string_view tenant, std::string_view request_id,
                          std::string_view data_json);

// Sends one operator record to the front door of the folder; gives its request id.
template <class Event>
std::string operator_record(const Event& event, std::string_view tenant) {
  return operator_body(Event::type, tenant, event.request_id, to_json(event));
}
Result<void> send_operator(const Globals& globals, const std::string& tenant, const std::string& body);
// The same to topic control, where policies are reviewed.
Result<void> send_control_operator(const Globals& globals, const std::string& body);
// Sends one record to topic control.
Result<void> send_control(const Globals& globals, const std::string& body);

}  // namespace millrace::cli
