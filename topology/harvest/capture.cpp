#include "topology/harvest/capture.h"

#include <algorithm>

#include "topology/harvest/source_quality.h"

namespace millrace::harvest {

std::string refuse_capture(const Identifiers& ids, const std::vector<std::string>& matched, const IdentityLimits& limits) {
  if (!ids.any()) return "no_identifier";
  if (static_cast<std::int64_t>(matched.size()) > limits.max_merge) return "identity_overflow";
  return {};
}

CaptureOutcome take_capture(Identity& identity, std::string_view tenant, std::vector<std::string> matched, std::string_view new_id,
                            const ReadLead& read, const IdentityLimits& limits, Keyring& keys) {
  CaptureOutcome out;
  const TimeMs event_ms = read.patch.event_ms;
  if (matched.size() >= 2) {
    out.result = CaptureResult::merged;
    std::vector<std::string> order = identity.merge(tenant, matched, out.lead, keys);
    out.absorbed.assign(std::make_move_iterator(order.begin() + 1), std::make_move_iterator(order.end()));
  } else {
    out.result = matched.empty() ? CaptureResult::created : CaptureResult::updated;
    out.lead.lead_id = matched.empty() ? std::string(new_id) : std::move(matched.front());
    out.lead.row = &identity.edit(tenant, out.lead.lead_id);
  }
  LeadRow& row = *out.lead.row;
  if (out.result == CaptureResult::created) {
    row.first_seen_ms = row.last_seen_ms = event_ms;
    row.captured_month = month_of(event_ms);
  } else {
    row.first_seen_ms = std::min(row.first_seen_ms, event_ms);
    row.last_seen_ms = std::max(row.last_seen_ms, event_ms);
  }
  out.lead.warnings = read.patch.warnings;
  apply_patch(out.lead, read.patch, tenant, keys);
  identity.adopt(tenant, out.lead, read.ids, limits, out.indexed);
  return out;
}

}  // namespace millrace::harvest
