// What a command reserves, and what its failure gives back.
#include <algorithm>

#include "core/time.h"
#include "topology/dispatch/fold.h"

namespace millrace::dispatch {

namespace {

constexpr std::size_t kReservationsMax = 256;  // of a lead; the newest count

DayCount& day_of(CampaignRow& campaign, Book book, std::int64_t day) {
  std::erase_if(campaign.days, [&](const DayCount& d) { return d.book != kLive && d.book < book; });
  for (DayCount& each : campaign.days)
    if (each.book == book) {
      if (each.day < day) each = {book, 0, day};
      return each;
    }
  return campaign.days.emplace_back(DayCount{book, 0, day});
}

}  // namespace

void DispatchFold::reserve(Trial& trial, const Intent& intent, MessageRow& message, Step& step) {
  const std::string tenant(trial.tenant());
  const Settings& own = settings(tenant, step);
  const Book book = trial.book();
  const TimeMs now = step.now_ms;

  LeadRow& lead = tables_.leads.edit(key_of(tenant, trial.lead_id()));
  const auto kept = std::find_if(lead.reservations.begin(), lead.reservations.end(),
                                 [&](const LeadReservation& r) { return r.ts > now - 365 * kDayMs; });
  lead.reservations.erase(lead.reservations.begin(), kept);
  if (lead.reservations.size() >= kReservationsMax) lead.reservations.erase(lead.reservations.begin());
  lead.reservations.push_back({intent.channel, intent.step_name(), book, now});

  const std::string prefix = ring_prefix(tenant, book);
  tables_.rings.add(prefix + "channel/" + intent.channel, now);
  tables_.rings.add(prefix + "global", now);
  if (!intent.url_token.empty()) tables_.rings.add(prefix + "url/" + intent.url_token, now);
  if (trial.counts_domain()) tables_.rings.add(prefix + "domain/" + intent.domain_token, now);
  if (intent.from_operator) tables_.rings.add(prefix + "operator", now);
  if (CampaignRow* campaign = tables_.campaigns.edit_if(key_of(tenant, intent.campaign_id)))
    ++day_of(*campaign, book, utc_day(now)).count;

  SenderRow& sender = tables_.senders.edit(key_of(tenant, intent.channel, trial.sender_id));
  const std::int64_t today = local_day(own.zones, sender.timezone, now);
  sender.days(book).add(today);
  if (book == kLive) sender.circuit.probed(now, own.dispatch.circuit());
  lead.senders[(book == kLive ? "live/" : "dry/") + intent.channel] = std::to_string(book) + "/" + trial.sender_id;

  if (!intent.address_token.empty()) {
    SuppressedRow& address = tables_.suppressed.edit(key_of(tenant, "address", intent.address_token));
    if (std::find(address.leads.begin(), address.leads.end(), trial.lead_id()) == address.leads.end() &&
        address.leads.size() < 64)
      address.leads.push_back(trial.lead_id());
  }

  message.book = book;
  message.reserved_ms = now;
  message.reserved_step = intent.step_name();
  message.sender_id = trial.sender_id;
  message.sender_day = today;
}

void DispatchFold::give_back(std::string_view tenant, MessageRow& message) {
  if (message.reserved_ms < 0) return;
  const TimeMs ts = std::exchange(message.reserved_ms, -1);
  if (LeadRow* lead = tables_.leads.edit_if(key_of(tenant, tables_.survivor_of(tenant, message.lead_id)))) {
    const auto own = std::find_if(lead->reservations.begin(), lead->reservations.end(), [&](const LeadReservation& r) {
      return r.ts == ts && r.book == message.book && r.channel == message.channel && r.step == message.reserved_step;
    });
    if (own != lead->reservations.end()) lead->reservations.erase(own);
  }
  const std::string prefix = ring_prefix(tenant, message.book);
  tables_.rings.remove(prefix + "channel/" + message.channel, ts);
  tables_.rings.remove(prefix + "global", ts);
  if (!message.url_token.empty()) tables_.rings.remove(prefix + "url/" + message.url_token, ts);
  if (!message.domain_token.empty()) tables_.rings.remove(prefix + "domain/" + message.domain_token, ts);
  if (message.from_operator) tables_.rings.remove(prefix + "operator", ts);
  if (CampaignRow* campaign = tables_.campaigns.edit_if(key_of(tenant, message.campaign_id)))
    for (DayCount& day : campaign->days)
      if (day.book == message.book && day.day == utc_day(ts) && day.count > 0) --day.count;
  if (SenderRow* sender = tables_.senders.edit_if(key_of(tenant, message.channel, message.sender_id)))
    if (message.live() || sender->dry_book == message.book) sender->days(message.book).give_back(message.sender_day);
}

}  // namespace millrace::dispatch
