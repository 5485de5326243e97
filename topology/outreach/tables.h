// What outreach remembers: a row a lead, rows for its messages, and the definitions of its partition.
//
// Keys    lead             tenant/lead_id
//         message          tenant/lead_id/message_id
//         exposure         tenant/lead_id/e:<experiment_id> or tenant/lead_id/s:<script_id>
//         review, reply    tenant/lead_id/<review_id>, tenant/lead_id/<hash of provider and provider_uid>
//         campaign, sequence, template, script, experiment, slot: tenant/<id>; versions: tenant/<id>/<version>
//         armed            tenant
//
// OT-1  Addresses and names stand in state as sealed text only; tokens stand beside.
// OT-2  A message row belongs to one command chain: attempt counts its commands, `open` says that one is on its way.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"
#include "topology/dispatch/status.h"

namespace millrace::outreach {

// The lead as harvest last described it.
struct ProfileRow {
  SealedText sealed;  // ProfilePersonal
  RawJson custom;
  std::string consent, company, role, industry, location, timezone, email_verified, email_tld, campaign_id,
      linkedin_status;
  std::vector<std::string> has, tags;
  std::map<std::string, std::string> tokens;
  static constexpr auto fields() {
    return FieldList{field("campaign_id", &ProfileRow::campaign_id),
                      field("company", &ProfileRow::company),
                      field("consent", &ProfileRow::consent),
                      field("custom", &ProfileRow::custom),
                      field("email_tld", &ProfileRow::email_tld),
                      field("email_verified", &ProfileRow::email_verified),
                      field("has", &ProfileRow::has),
                      field("industry", &ProfileRow::industry),
                      field("linkedin_status", &ProfileRow::linkedin_status),
                      field("location", &ProfileRow::location),
                      field("role", &ProfileRow::role),
                      field("sealed", &ProfileRow::sealed),
                      field("tags", &ProfileRow::tags),
                      field("timezone", &ProfileRow::timezone),
                      field("tokens", &ProfileRow::tokens)};
  }
};

// What a sequence waits for before its next step.
enum class Waiting : std::uint8_t {
  no,         // for its due time, or it is complete
  dispatch,   // for the answer to its message
  retry,      // for the delay before its message is tried again
  connection, // for a LinkedIn request to be answered
  address,    // for an address to become known, or a connector to be armed
  phone       // for the end of a phone task
};
constexpr auto enum_names(Waiting) {
  return std::array<std::string_view, 6>{"no", "dispatch", "retry", "connection", "address", "phone"};
}

// The sequence that a lead runs, or the last one that it ran.
struct SequenceRow {
  std::string name, campaign_id, priority, owner_id;
  std::string stopped;  // reason; empty: it is not stopped
  std::string message_id;  // that `waiting` is about
  std::string last_message_id;  // the newest of this run; empty: none yet
  std::int64_t version = 0, run = 0, start_ms = 0, sent_steps = 0, hold_until_ms = 0;
  std::int64_t step_no = 0;      // the step under way, or the last one
  std::int64_t live_messages = 0;
  std::int64_t step_due_ms = 0;  // when the step under way was due
  std::int64_t timer_ms = -1;    // due time of the timer "step"; -1: none
  std::int64_t exhaust_ms = -1;  // of the timer "exhaust"
  Waiting waiting = Waiting::no;
  bool exhausted = false;
  static constexpr auto fields() {
    return FieldList{field("campaign_id", &SequenceRow::campaign_id),
                      field("exhaust_ms", &SequenceRow::exhaust_ms),
                      field("exhausted", &SequenceRow::exhausted),
                      field("hold_until_ms", &SequenceRow::hold_until_ms),
                      field("last_message_id", &SequenceRow::last_message_id),
                      field("live_messages", &SequenceRow::live_messages),
                      field("message_id", &SequenceRow::message_id),
                      field("name", &SequenceRow::name),
                      field("owner_id", &SequenceRow::owner_id),
                      field("priority", &SequenceRow::priority),
                      field("run", &SequenceRow::run),
                      field("sent_steps", &SequenceRow::sent_steps),
                      field("start_ms", &SequenceRow::start_ms),
                      field("step_due_ms", &SequenceRow::step_due_ms),
                      field("step_no", &SequenceRow::step_no),
                      field("stopped", &SequenceRow::stopped),
                      field("timer_ms", &SequenceRow::timer_ms),
                      field("version", &SequenceRow::version),
                      field("waiting", &SequenceRow::waiting)};
  }
  bool running() const { return stopped.empty() && !exhausted; }
};

struct LeadRow {
  std::optional<ProfileRow> profile;
  std::optional<SequenceRow> sequence;
  std::map<std::string, std::int64_t> runs;     // by name of sequence
  std::vector<std::string> bad_tokens;          // of addresses that have proved wrong
  std::vector<std::string> escalations;         // "<group>/<severity>" for which a task was opened
  std::int64_t live_messages = 0;               // of all its sequences
  std::int64_t exposures = 0;                   // rows in table exposure
  std::int64_t armings = 0;                     // of its tenant that it has seen
  std::int64_t connect_sent_ms = -1;            // our last LinkedIn request; -1: none
  std::string last_email;                       // its last mail's message_id, for bounces that name none
  bool urgent = false;                          // escalated: later intents have priority high
  static constexpr auto fields() {
    return FieldList{field("armings", &LeadRow::armings),
                      field("bad_tokens", &LeadRow::bad_tokens),
                      field("connect_sent_ms", &LeadRow::connect_sent_ms),
                      field("escalations", &LeadRow::escalations),
                      field("exposures", &LeadRow::exposures),
                      field("last_email", &LeadRow::last_email),
                      field("live_messages", &LeadRow::live_messages),
                      field("profile", &LeadRow::profile),
                      field("runs", &LeadRow::runs),
                      field("sequence", &LeadRow::sequence),
                      field("urgent", &LeadRow::urgent)};
  }
};

enum class MessageKind : std::uint8_t { step, connect, operator_, phone, escalation };
constexpr auto enum_names(MessageKind) {
  return std::array<std::string_view, 5>{"step", "connect", "operator", "phone", "escalation"};
}
constexpr bool is_task(MessageKind kind) { return kind == MessageKind::phone || kind == MessageKind::escalation; }

struct MessageRow {
  std::string campaign_id, sequence, step, channel, template_id, experiment_id, variant_id, script_id, slot;
  std::string reason;  // that ended it
  std::string priority;
  std::string address_token;  // of where it went
  std::int64_t step_no = 0, run = 0;  // of the sequence; 0: not one of its messages
  std::int64_t template_version = 0;
  std::int64_t attempt = 1, transport = 0, soft = 0, form = 0, window = 0;
  std::int64_t retry_ms = -1;  // due time of the timer "retry"; -1: none
  std::map<std::string, std::int64_t> times;  // first time of commanded, sent, delivered, opened, clicked, …
  SealedText sealed;  // of an operator's message: MessagePersonal
  MessageKind kind = MessageKind::step;
  dispatch::Status status = dispatch::Status::pending;
  bool dry_run = false;
  bool closed = false;  // no failure of it is acted on any more
  static constexpr auto fields() {
    return FieldList{field("address_token", &MessageRow::address_token),
                      field("attempt", &MessageRow::attempt),
                      field("campaign_id", &MessageRow::campaign_id),
                      field("channel", &MessageRow::channel),
                      field("closed", &MessageRow::closed),
                      field("dry_run", &MessageRow::dry_run),
                      field("experiment_id", &MessageRow::experiment_id),
                      field("form", &MessageRow::form),
                      field("kind", &MessageRow::kind),
                      field("priority", &MessageRow::priority),
                      field("reason", &MessageRow::reason),
                      field("retry_ms", &MessageRow::retry_ms),
                      field("run", &MessageRow::run),
                      field("script_id", &MessageRow::script_id),
                      field("sealed", &MessageRow::sealed),
                      field("sequence", &MessageRow::sequence),
                      field("slot", &MessageRow::slot),
                      field("soft", &MessageRow::soft),
                      field("status", &MessageRow::status),
                      field("step", &MessageRow::step),
                      field("step_no", &MessageRow::step_no),
                      field("template_id", &MessageRow::template_id),
                      field("template_version", &MessageRow::template_version),
                      field("times", &MessageRow::times),
                      field("transport", &MessageRow::transport),
                      field("variant_id", &MessageRow::variant_id),
                      field("window", &MessageRow::window)};
  }
  bool in_dispatch() const { return status == dispatch::Status::pending && retry_ms < 0; }
  // Whether this is the first time of `what`.
  bool note(const std::string& what, TimeMs at) { return times.emplace(what, at).second; }
};

// A lead that saw a variant or a script, live.
struct ExposureRow {
  std::string id;          // experiment_id or script_id
  std::string variant_id;  // of an experiment
  std::string slot;        // of a script
  std::int64_t at_ms = 0;
  bool succeeded = false;
  static constexpr auto fields() {
    return FieldList{field("at_ms", &ExposureRow::at_ms), field("id", &ExposureRow::id),
                      field("slot", &ExposureRow::slot), field("succeeded", &ExposureRow::succeeded),
                      field("variant_id", &ExposureRow::variant_id)};
  }
};

// An unsure BOUNCE or COMPLAINT that a person judges.
struct ReplyReviewRow {
  std::string class_, message_id, reason, state, channel, campaign_id;
  std::int64_t confidence_bp = 0, opened_ms = 0, due_ms = 0, at_ms = 0;
  std::int64_t replied_ms = 0;  // when the reply was written
  std::string actor;
  static constexpr auto fields() {
    return FieldList{field("actor", &ReplyReviewRow::actor),
                      field("at_ms", &ReplyReviewRow::at_ms),
                      field("campaign_id", &ReplyReviewRow::campaign_id),
                      field("channel", &ReplyReviewRow::channel),
                      field("class", &ReplyReviewRow::class_),
                      field("confidence_bp", &ReplyReviewRow::confidence_bp),
                      field("due_ms", &ReplyReviewRow::due_ms),
                      field("message_id", &ReplyReviewRow::message_id),
                      field("opened_ms", &ReplyReviewRow::opened_ms),
                      field("reason", &ReplyReviewRow::reason),
                      field("replied_ms", &ReplyReviewRow::replied_ms),
                      field("state", &ReplyReviewRow::state)};
  }
};

struct SeenRow {
  std::int64_t at_ms = 0;
  static constexpr auto fields() { return FieldList{field("at_ms", &SeenRow::at_ms)}; }
};

// Connectors of the channels that an operator has armed.
struct ArmedRow {
  std::map<std::string, std::int64_t> until_ms;  // connector -> when its arming expires
  std::int64_t armings = 0;   // how often, by ticks, the tenant went from nothing armed to something
  std::int64_t timer_ms = -1;  // of the timer "arm": the first tick after an arming
  static constexpr auto fields() {
    return FieldList{field("armings", &ArmedRow::armings), field("timer_ms", &ArmedRow::timer_ms),
                      field("until_ms", &ArmedRow::until_ms)};
  }
  bool any(TimeMs now_ms) const {
    for (const auto& [connector, until] : until_ms)
      if (until > now_ms) return true;
    return false;
  }
};

// --- definitions

struct CampaignRow {
  std::string name_key;
  bool active = true;
  static constexpr auto fields() {
    return FieldList{field("active", &CampaignRow::active), field("name_key", &CampaignRow::name_key)};
  }
};
struct CampaignNameRow {
  std::string campaign_id;
  static constexpr auto fields() { return FieldList{field("campaign_id", &CampaignNameRow::campaign_id)}; }
};

// The newest version of a sequence or a template.
struct NewestRow {
  std::int64_t newest = 0;
  static constexpr auto fields() { return FieldList{field("newest", &NewestRow::newest)}; }
};
struct SequenceVersionRow {
  std::vector<std::int64_t> days;
  std::vector<std::string> channels;  // empty: those of the policy
  std::vector<std::map<std::string, std::string>> templates;  // per step: channel -> template_id
  static constexpr auto fields() {
    return FieldList{field("channels", &SequenceVersionRow::channels), field("days", &SequenceVersionRow::days),
                      field("templates", &SequenceVersionRow::templates)};
  }
};
struct TemplateVersionRow {
  std::string channel, subject, body;
  static constexpr auto fields() {
    return FieldList{field("body", &TemplateVersionRow::body), field("channel", &TemplateVersionRow::channel),
                      field("subject", &TemplateVersionRow::subject)};
  }
};
struct ScriptRow {
  std::string slot, template_id;
  static constexpr auto fields() {
    return FieldList{field("slot", &ScriptRow::slot), field("template_id", &ScriptRow::template_id)};
  }
};
struct VariantRow {
  std::string id, script_id;
  std::int64_t weight_bp = 0;
  static constexpr auto fields() {
    return FieldList{field("id", &VariantRow::id), field("script_id", &VariantRow::script_id),
                      field("weight_bp", &VariantRow::weight_bp)};
  }
};
struct ExperimentRow {
  std::string slot, metric, goal_stage;
  std::vector<VariantRow> variants;
  std::int64_t window_ms = 0;
  bool running = false, ended = false;
  static constexpr auto fields() {
    return FieldList{field("ended", &ExperimentRow::ended),       field("goal_stage", &ExperimentRow::goal_stage),
                      field("metric", &ExperimentRow::metric),     field("running", &ExperimentRow::running),
                      field("slot", &ExperimentRow::slot),         field("variants", &ExperimentRow::variants),
                      field("window_ms", &ExperimentRow::window_ms)};
  }
};
struct SlotRow {
  std::vector<std::string> experiments;  // running, in order of definition
  std::string script_id;                 // promoted; empty: none
  static constexpr auto fields() {
    return FieldList{field("experiments", &SlotRow::experiments), field("script_id", &SlotRow::script_id)};
  }
};

}  // namespace millrace::outreach
