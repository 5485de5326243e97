// The rows of harvest that belong to no rule of their own (those stand with their rules: lead.h, deals.h, parking.h,
// sources.h, machine_click.h). Ids seen at the door are no rows: state/id_window.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "core/fields.h"
#include "topology/harvest/machine_click.h"

namespace millrace::harvest {

// tenant/id
inline std::string key_of(std::string_view tenant, std::string_view id) {
  std::string key;
  key.reserve(tenant.size() + id.size() + 1);
  return key.append(tenant).append("/").append(id);
}

// msg: tenant/message_id.
struct MessageRow {
  std::int64_t attempt = 0;
  std::string channel;
  MessageClicks clicks;
  std::string lead_id;
  static constexpr auto fields() {
    return FieldList{field("attempt", &MessageRow::attempt), field("channel", &MessageRow::channel),
                      field("clicks", &MessageRow::clicks), field("lead_id", &MessageRow::lead_id)};
  }
};

// provider: tenant/provider_message_id -> message_id.
struct ProviderRow {
  std::string message_id;
  static constexpr auto fields() { return FieldList{field("message_id", &ProviderRow::message_id)}; }
};

// held_click: tenant/message_id\nnumber.
struct HeldClickRow {
  TimeMs event_ms = 0;
  std::string lead_id, record_id, url;
  static constexpr auto fields() {
    return FieldList{field("event_ms", &HeldClickRow::event_ms), field("lead_id", &HeldClickRow::lead_id), field("record_id", &HeldClickRow::record_id),
                      field("url", &HeldClickRow::url)};
  }
};

// candidate: tenant/token of name and company domain -> the first lead with both.
struct CandidateRow {
  std::string lead_id;
  static constexpr auto fields() { return FieldList{field("lead_id", &CandidateRow::lead_id)}; }
};

// pull: tenant/name.
struct PullRow {
  std::string cursor;
  static constexpr auto fields() { return FieldList{field("cursor", &PullRow::cursor)}; }
};

// clone: a tenant that came by control.clone_promoted.
struct CloneRow {
  std::string clone_id;
  static constexpr auto fields() { return FieldList{field("clone_id", &CloneRow::clone_id)}; }
};

// erasure: tenant/request_id, until key.destroyed.
struct ErasureRow {
  TimeMs due_ms = 0;
  std::string lead_id;
  static constexpr auto fields() { return FieldList{field("due_ms", &ErasureRow::due_ms), field("lead_id", &ErasureRow::lead_id)}; }
};

}  // namespace millrace::harvest
