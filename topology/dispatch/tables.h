// What dispatch remembers.
//
// Keys    tenant              tenant ("_": the global kill switch)
//         campaign            tenant/campaign_id         campaign_name  tenant/<name key>
//         template            tenant/template_id/version, and tenant/template_id for the newest version
//         sender              tenant/channel/sender_id
//         lead, message       tenant/lead_id, tenant/message_id
//         commanded           tenant/message_id: the intent, until its command is answered
//         suppressed          tenant/kind/token
//         hold                tenant/hold_id
//         queue, deferred, ready: topology/dispatch/queues.h; ring, ring_part: topology/dispatch/rings.h
//
// DT-1  What a dry run counts is marked with the number of armings at that time and never mixes with live counts: a
//       `Book` is kLive or that number.
// DT-2  Addresses, names and texts stand in state as sealed text only; tokens stand beside.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"
#include "topology/dispatch/auto_pause.h"
#include "topology/dispatch/hold.h"
#include "topology/dispatch/intent.h"
#include "topology/dispatch/senders.h"
#include "topology/dispatch/status.h"

namespace millrace::dispatch {

using Book = std::int64_t;
inline constexpr Book kLive = -1;

inline std::string key_of(std::string_view a, std::string_view b) {
  std::string key;
  key.reserve(a.size() + b.size() + 1);
  return key.append(a).append(1, '/').append(b);
}
inline std::string key_of(std::string_view a, std::string_view b, std::string_view c) {
  std::string key;
  key.reserve(a.size() + b.size() + c.size() + 2);
  return key.append(a).append(1, '/').append(b).append(1, '/').append(c);
}
// What stands before the first '/'.
inline std::string_view first_part(std::string_view key) { return key.substr(0, key.find('/')); }
inline std::string_view after_first(std::string_view key) {
  const auto slash = key.find('/');
  return slash == std::string_view::npos ? std::string_view() : key.substr(slash + 1);
}

struct ChannelRow {
  std::map<std::string, std::int64_t> limits;  // by scope, over those of the policy
  bool enabled = true, provider = false;
  static constexpr auto fields() {
    return FieldList{field("enabled", &ChannelRow::enabled), field("limits", &ChannelRow::limits),
                      field("provider", &ChannelRow::provider)};
  }
};

struct TenantRow {
  std::map<std::string, std::int64_t> armed;                // connector -> until when
  std::map<std::string, ChannelRow> channels;               // that were configured
  std::map<std::string, std::vector<std::string>> senders;  // channel -> sender ids in order
  std::string ran_to;               // while deferred messages run: the place of the last one
  std::int64_t armings = 0;         // that are in effect: the book of dry runs
  std::int64_t new_armings = 0;     // that wait for the next tick
  std::int64_t waiting = 0;         // deferred messages
  std::int64_t identities = 0;      // suppressions of kind identity that are known by token only
  bool kill = false;
  static constexpr auto fields() {
    return FieldList{field("armed", &TenantRow::armed),
                      field("armings", &TenantRow::armings),
                      field("channels", &TenantRow::channels),
                      field("identities", &TenantRow::identities),
                      field("kill", &TenantRow::kill),
                      field("new_armings", &TenantRow::new_armings),
                      field("ran_to", &TenantRow::ran_to),
                      field("senders", &TenantRow::senders),
                      field("waiting", &TenantRow::waiting)};
  }
};

// Messages of one UTC day.
struct DayCount {
  std::int64_t book = kLive, count = 0, day = 0;
  static constexpr auto fields() {
    return FieldList{field("book", &DayCount::book), field("count", &DayCount::count), field("day", &DayCount::day)};
  }
};

struct CampaignRow {
  std::string name_key;
  std::optional<std::int64_t> max_per_day, target_clients;
  std::vector<DayCount> days;  // of the live book and the newest dry one
  // Counters since the last resume.
  std::int64_t sent = 0, delivered = 0, bounced_hard = 0, complaints = 0, replied = 0;
  std::int64_t contacted = 0, lost = 0, won = 0, qualified = 0;
  std::int64_t since_ms = 0;  // definition or last resume
  std::int64_t resumes = 0;
  bool active = true, paused = false, review_messages = false;
  static constexpr auto fields() {
    return FieldList{field("active", &CampaignRow::active),
                      field("bounced_hard", &CampaignRow::bounced_hard),
                      field("complaints", &CampaignRow::complaints),
                      field("contacted", &CampaignRow::contacted),
                      field("days", &CampaignRow::days),
                      field("delivered", &CampaignRow::delivered),
                      field("lost", &CampaignRow::lost),
                      field("max_per_day", &CampaignRow::max_per_day),
                      field("name_key", &CampaignRow::name_key),
                      field("paused", &CampaignRow::paused),
                      field("qualified", &CampaignRow::qualified),
                      field("replied", &CampaignRow::replied),
                      field("resumes", &CampaignRow::resumes),
                      field("review_messages", &CampaignRow::review_messages),
                      field("sent", &CampaignRow::sent),
                      field("since_ms", &CampaignRow::since_ms),
                      field("target_clients", &CampaignRow::target_clients),
                      field("won", &CampaignRow::won)};
  }
  CampaignCounts counts(TimeMs now) const {
    return {sent, delivered, bounced_hard, complaints, replied, contacted, lost, won, qualified, now - since_ms};
  }
};

struct CampaignNameRow {
  std::string campaign_id;
  static constexpr auto fields() { return FieldList{field("campaign_id", &CampaignNameRow::campaign_id)}; }
};

struct TemplateRow {
  std::string body, channel, subject;
  std::int64_t newest = 0;  // of the row without a version
  static constexpr auto fields() {
    return FieldList{field("body", &TemplateRow::body), field("channel", &TemplateRow::channel),
                      field("newest", &TemplateRow::newest), field("subject", &TemplateRow::subject)};
  }
};

// One reservation under a lead.
struct LeadReservation {
  std::string channel, step;  // step: "sequence/step"
  std::int64_t book = kLive, ts = 0;
  static constexpr auto fields() {
    return FieldList{field("book", &LeadReservation::book), field("channel", &LeadReservation::channel),
                      field("step", &LeadReservation::step), field("ts", &LeadReservation::ts)};
  }
};

struct LeadRow {
  std::string merged_into;                          // the survivor, which has all the rest
  std::optional<Consent> consent;                   // dispatch's own; none: no opinion
  std::int64_t consent_ms = 0;                      // when it was captured
  std::map<std::string, std::string> senders;       // "live/<channel>" or "dry/<channel>" -> "<book>/<sender id>"
  std::vector<LeadReservation> reservations;        // oldest first
  std::vector<std::string> messages;                // every one that dispatch knows
  std::vector<std::string> dnc_tokens;              // addresses that a DNC suppressed
  std::map<std::string, std::int64_t> contacted;    // campaign -> its resumes at that time
  std::int64_t identity_reasons = 0;                // bits by SuppressReason
  bool block_listed = false;
  static constexpr auto fields() {
    return FieldList{field("block_listed", &LeadRow::block_listed),
                      field("consent", &LeadRow::consent),
                      field("consent_ms", &LeadRow::consent_ms),
                      field("contacted", &LeadRow::contacted),
                      field("dnc_tokens", &LeadRow::dnc_tokens),
                      field("identity_reasons", &LeadRow::identity_reasons),
                      field("merged_into", &LeadRow::merged_into),
                      field("messages", &LeadRow::messages),
                      field("reservations", &LeadRow::reservations),
                      field("senders", &LeadRow::senders)};
  }
};

// An address, domain or identity by its token.
struct SuppressedRow {
  std::vector<std::string> leads;         // that were written to at this address
  std::vector<std::int64_t> soft_ms;      // first soft bounces of messages
  std::int64_t reasons = 0;               // bits by SuppressReason
  bool block_listed = false;
  static constexpr auto fields() {
    return FieldList{field("block_listed", &SuppressedRow::block_listed), field("leads", &SuppressedRow::leads),
                      field("reasons", &SuppressedRow::reasons), field("soft_ms", &SuppressedRow::soft_ms)};
  }
};
constexpr std::int64_t bit_of(SuppressReason reason) { return std::int64_t{1} << static_cast<int>(reason); }

struct MessageRow {
  std::string lead_id, campaign_id, channel, sender_id, address_token, domain_token, url_token;
  std::string reserved_step;             // "sequence/step" of its reservation
  std::string waits_in, place;           // its deferred row: queue and place in it; empty: it does not wait
  std::int64_t attempt = 0;              // the last one
  std::int64_t decided_live = 0;         // highest attempt for which COMMAND or BLOCK was decided, per book
  std::int64_t decided_dry = 0, dry_book = 0;
  std::int64_t book = kLive;             // of the last command
  std::int64_t reserved_ms = -1;         // when it reserved; -1: it holds no reservation
  std::int64_t sender_day = 0;           // local day of the sender on which it did
  std::int64_t late_ms = -1;             // due time of the timer "late"; -1: none
  std::int64_t unknown_due_ms = -1;      // of the timer "unknown"
  std::int64_t transport = 0, soft = 0, form = 0, window = 0;  // retries used
  std::map<std::string, std::int64_t> times;  // first time of sent, delivered, opened, clicked, replied, bounced, complained
  Status status = Status::pending;
  HoldState hold = HoldState::none;
  bool from_operator = false, withdrawn = false, revoked = false, soft_bounced = false, counted_sent = false;
  static constexpr auto fields() {
    return FieldList{field("address_token", &MessageRow::address_token),
                      field("attempt", &MessageRow::attempt),
                      field("book", &MessageRow::book),
                      field("campaign_id", &MessageRow::campaign_id),
                      field("channel", &MessageRow::channel),
                      field("counted_sent", &MessageRow::counted_sent),
                      field("decided_dry", &MessageRow::decided_dry),
                      field("decided_live", &MessageRow::decided_live),
                      field("domain_token", &MessageRow::domain_token),
                      field("dry_book", &MessageRow::dry_book),
                      field("form", &MessageRow::form),
                      field("from_operator", &MessageRow::from_operator),
                      field("hold", &MessageRow::hold),
                      field("late_ms", &MessageRow::late_ms),
                      field("lead_id", &MessageRow::lead_id),
                      field("place", &MessageRow::place),
                      field("reserved_ms", &MessageRow::reserved_ms),
                      field("reserved_step", &MessageRow::reserved_step),
                      field("revoked", &MessageRow::revoked),
                      field("sender_day", &MessageRow::sender_day),
                      field("sender_id", &MessageRow::sender_id),
                      field("soft", &MessageRow::soft),
                      field("soft_bounced", &MessageRow::soft_bounced),
                      field("status", &MessageRow::status),
                      field("times", &MessageRow::times),
                      field("transport", &MessageRow::transport),
                      field("unknown_due_ms", &MessageRow::unknown_due_ms),
                      field("url_token", &MessageRow::url_token),
                      field("waits_in", &MessageRow::waits_in),
                      field("window", &MessageRow::window),
                      field("withdrawn", &MessageRow::withdrawn)};
  }
  bool live() const { return book == kLive; }
};

struct HoldRow {
  std::string actor, message_id;
  std::int64_t due_ms = 0, opened_ms = 0;
  HoldState state = HoldState::held;
  static constexpr auto fields() {
    return FieldList{field("actor", &HoldRow::actor), field("due_ms", &HoldRow::due_ms),
                      field("message_id", &HoldRow::message_id), field("opened_ms", &HoldRow::opened_ms),
                      field("state", &HoldRow::state)};
  }
};

}  // namespace millrace::dispatch
