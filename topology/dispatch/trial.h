// One intent before the checks: answers of the pipeline's questions out of tables, and what a decision needs besides.
//
// TR-1  A trial changes nothing.
// TR-2  Live and dry-run messages are judged by their own send keys, reservations and sender days (DT-1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fold.h"
#include "state/table.h"
#include "topology/dispatch/queues.h"
#include "topology/dispatch/rings.h"
#include "topology/dispatch/settings.h"
#include "topology/dispatch/tables.h"
#include "topology/dispatch/text.h"

namespace millrace::dispatch {

struct Tables {
  explicit Tables(state::TableSpace& space);

  state::Table<TenantRow> tenants;
  state::Table<CampaignRow> campaigns;
  state::Table<CampaignNameRow> campaign_names;
  state::Table<TemplateRow> templates;
  state::Table<SenderRow> senders;
  state::Table<LeadRow> leads;
  state::Table<MessageRow> messages;
  state::Table<Intent> commanded;
  state::Table<SuppressedRow> suppressed;
  state::Table<HoldRow> holds;
  Rings rings;
  Queues queues;

  // The lead under which reservations and consent stand: a merge's survivor.
  std::string survivor_of(std::string_view tenant, std::string_view lead_id);
};

// Where the reservations of a book stand: "tenant/live/" or "tenant/dry<n>/".
std::string ring_prefix(std::string_view tenant, Book book);

class Trial final : public Checks, private Reserved {
 public:
  Trial(Tables& tables, const Settings& settings, std::string_view tenant, const Intent& intent, Step& step);

  // Of DEFER: when it may run again, and the key of what it waits for.
  TimeMs until_ms = kNever;
  std::string waits_for{};
  // Of BLOCK suppressed: address, domain or identity.
  std::string_view suppressed_kind{};
  // Of COMMAND.
  Channel channel = Channel::email;
  std::string sender_id{};
  CommandText text{};

  std::string_view tenant() const { return tenant_; }
  const Intent& intent() const { return intent_; }
  const std::string& lead_id() const { return lead_id_; }
  Book book() const { return book_; }
  bool counts_domain() const;
  // The text with the lead's sender, or the one it would get, for a review.
  CommandText preview();
  // Queues whose due rows go first (rule dispatch.join). Needs: every check passed.
  std::vector<std::string> needed_queues() const;

  bool seen() override;
  bool kill_switch() override;
  CampaignIs campaign() override;
  bool channel_enabled() override;
  Consent consent() override;
  bool opt_in_country() override;
  std::optional<SuppressReason> suppressed() override;
  bool block_listed() override;
  bool tagged_do_not_contact() override { return intent_.do_not_contact; }
  bool needs_review() override;
  std::string_view full_limit() override;
  SenderIs sender() override;
  bool window_open() override;
  std::string render() override;
  bool live() override { return book_ == kLive; }

 private:
  Counted counted(Scope scope, TimeMs after, std::int64_t max) override;
  Limits limits() const;
  std::string key_of_scope(Scope scope) const;
  std::string zone() const;
  const SuppressedRow* suppression(std::string_view kind);
  // What a sender could do for this message now.
  struct Offer {
    SenderIs is = SenderIs::full;
    TimeMs until_ms = kNever;
    bool closed = true;  // its circuit
  };
  Offer ask(const SenderRow& sender) const;
  const std::vector<std::string>& sender_ids() const;
  std::string assigned_sender() const;
  CommandText make(const SenderRow& sender);

  Tables& tables_;
  const Settings& settings_;
  std::string_view tenant_;
  const Intent& intent_;
  Step& step_;
  bool known_channel_ = false;
  Book book_ = kLive;
  std::string lead_id_, rings_;
  const TenantRow* tenant_row_;
  const LeadRow* lead_;
  const MessageRow* message_;
  const CampaignRow* campaign_ = nullptr;
  const SuppressedRow *address_ = nullptr, *domain_ = nullptr;
  bool was_assigned_ = false;
};

}  // namespace millrace::dispatch
