#include "topology/dispatch/trial.h"

#include <algorithm>

#include "core/time.h"
#include "topology/wire/decode.h"

namespace millrace::dispatch {

namespace {

const TenantRow kNoTenant;

}  // namespace

std::string ring_prefix(std::string_view tenant, Book book) {
  std::string prefix(tenant);
  return book == kLive ? prefix.append("/live/") : prefix.append("/dry").append(std::to_string(book)).append(1, '/');
}

Trial::Trial(Tables& tables, const Settings& settings, std::string_view tenant, const Intent& intent, Step& step)
    : tables_(tables), settings_(settings), tenant_(tenant), intent_(intent), step_(step) {
  tenant_row_ = tables.tenants.find(tenant);
  if (!tenant_row_) tenant_row_ = &kNoTenant;
  if (const auto known = enum_of<Channel>(intent.channel)) {
    channel = *known;
    known_channel_ = true;
  }
  const auto armed = tenant_row_->armed.find(intent.channel);
  const bool is_armed = armed != tenant_row_->armed.end() && armed->second > step.now_ms;
  book_ = is_armed && !intent.dry_run ? kLive : tenant_row_->armings;
  lead_id_ = tables.survivor_of(tenant, intent.lead_id);
  lead_ = tables.leads.find(key_of(tenant, lead_id_));
  message_ = tables.messages.find(key_of(tenant, intent.message_id));
  rings_ = ring_prefix(tenant, book_);
}

// --- checks 1 to 9 --------------------------------------------------------------------------------------------------

bool Trial::seen() {
  if (!message_) return false;
  if (book_ == kLive) return intent_.attempt <= message_->decided_live;
  return message_->dry_book == book_ && intent_.attempt <= message_->decided_dry;
}

bool Trial::kill_switch() {
  const TenantRow* all = tables_.tenants.find("_");
  return tenant_row_->kill || (all && all->kill);
}

CampaignIs Trial::campaign() {
  waits_for = intent_.campaign_id;
  // A person may write to, or be sent to, a lead of no campaign.
  if (intent_.campaign_id.empty() && intent_.text_is_given()) return CampaignIs::active;
  campaign_ = tables_.campaigns.find(key_of(tenant_, intent_.campaign_id));
  if (!campaign_) return CampaignIs::unknown;
  if (!campaign_->active) return CampaignIs::completed;
  return campaign_->paused ? CampaignIs::paused : CampaignIs::active;
}

bool Trial::channel_enabled() {
  if (!known_channel_) return false;
  const auto config = tenant_row_->channels.find(intent_.channel);
  const bool configured = config != tenant_row_->channels.end();
  if (configured && !config->second.enabled) return false;
  if (channel == Channel::email && sender_ids().empty()) return false;
  const bool needs_provider = channel == Channel::email || channel == Channel::contact_form;
  return !(book_ == kLive && needs_provider && !(configured && config->second.provider));
}

Consent Trial::consent() { return stricter(intent_.consent, lead_ ? lead_->consent : std::nullopt); }

bool Trial::opt_in_country() {
  const auto& listed = settings_.dispatch.opt_in_countries;
  return std::find(listed.begin(), listed.end(), intent_.country) != listed.end();
}

const SuppressedRow* Trial::suppression(std::string_view kind) {
  if (kind == "address")
    return intent_.address_token.empty() ? nullptr : tables_.suppressed.find(key_of(tenant_, kind, intent_.address_token));
  if (kind == "domain")
    return intent_.domain_token.empty() ? nullptr : tables_.suppressed.find(key_of(tenant_, kind, intent_.domain_token));
  if (tenant_row_->identities == 0) return nullptr;
  return tables_.suppressed.find(key_of(tenant_, kind, step_.keys->token(tenant_, "identity", lead_id_)));
}

std::optional<SuppressReason> Trial::suppressed() {
  address_ = suppression("address");
  domain_ = suppression("domain");
  const SuppressedRow* identity = suppression("identity");
  const std::int64_t by_kind[] = {address_ ? address_->reasons : 0, domain_ ? domain_->reasons : 0,
                                  (identity ? identity->reasons : 0) | (lead_ ? lead_->identity_reasons : 0)};
  static constexpr std::string_view kinds[] = {"address", "domain", "identity"};
  for (std::size_t r = 0; r < kSuppressReasons; ++r)
    for (std::size_t k = 0; k < 3; ++k)
      if (by_kind[k] & bit_of(static_cast<SuppressReason>(r))) {
        suppressed_kind = kinds[k];
        return static_cast<SuppressReason>(r);
      }
  return std::nullopt;
}

bool Trial::block_listed() {
  return (lead_ && lead_->block_listed) || (address_ && address_->block_listed) || (domain_ && domain_->block_listed);
}

bool Trial::needs_review() {
  waits_for = intent_.message_id;
  return campaign_ && is_reviewed(campaign_->review_messages, intent_.from_operator, intent_.is_task()) &&
         !(message_ && message_->hold == HoldState::approved);
}

// --- check 10 -------------------------------------------------------------------------------------------------------

bool Trial::counts_domain() const {
  return channel == Channel::email && !intent_.domain_token.empty() && !settings_.free_domains.contains(intent_.domain_token);
}

Limits Trial::limits() const {
  Limits limits = settings_.limits[static_cast<std::size_t>(channel)];
  if (!campaign_) limits[index_of(Scope::campaign_day)].reset();
  else if (campaign_->max_per_day) limits[index_of(Scope::campaign_day)] = campaign_->max_per_day;
  const auto config = tenant_row_->channels.find(intent_.channel);
  if (config != tenant_row_->channels.end())
    for (const auto& [name, max] : config->second.limits)
      if (const auto scope = enum_of<Scope>(name)) limits[index_of(*scope)] = max;
  return limits;
}

std::string Trial::key_of_scope(Scope scope) const {
  switch (scope) {
    case Scope::url_24h: return intent_.url_token;
    case Scope::domain_day: return intent_.domain_token;
    case Scope::channel_hour:
    case Scope::channel_day: return intent_.channel;
    case Scope::campaign_day: return intent_.campaign_id;
    case Scope::global_day:
    case Scope::operator_send: return {};
    default: return lead_id_;
  }
}

std::string_view Trial::full_limit() {
  const LimitAsk ask{intent_.from_operator, !intent_.url_token.empty(), counts_domain()};
  const LimitVerdict verdict = check_limits(ask, limits(), step_.now_ms, *this);
  if (!verdict.scope) return {};
  until_ms = verdict.retry_at_ms;
  waits_for = key_of_scope(*verdict.scope);
  return name_of(*verdict.scope);
}

Counted Trial::counted(Scope scope, TimeMs after, std::int64_t max) {
  Counted found;
  switch (scope) {
    case Scope::url_24h: return tables_.rings.counted(rings_ + "url/" + intent_.url_token, after, max);
    case Scope::domain_day: return tables_.rings.counted(rings_ + "domain/" + intent_.domain_token, after, max);
    case Scope::channel_hour:
    case Scope::channel_day: return tables_.rings.counted(rings_ + "channel/" + intent_.channel, after, max);
    case Scope::global_day: return tables_.rings.counted(rings_ + "global", after, max);
    case Scope::operator_send: return tables_.rings.counted(rings_ + "operator", after, max);
    case Scope::campaign_day:
      for (const DayCount& day : campaign_->days)
        if (day.book == book_ && day.day == utc_day(step_.now_ms)) found.count = day.count;
      return found;
    default: break;
  }
  if (!lead_) return found;
  const bool any = scope == Scope::lead_any_24h;
  const std::string own_step = any ? intent_.step_name() : std::string();
  for (auto r = lead_->reservations.rbegin(); r != lead_->reservations.rend() && r->ts > after; ++r) {
    if (r->book != book_ || (any ? r->step == own_step : r->channel != intent_.channel)) continue;
    if (++found.count == max) found.freeing_ts = r->ts;
  }
  return found;
}

// --- checks 11 to 13 ------------------------------------------------------------------------------------------------

const std::vector<std::string>& Trial::sender_ids() const {
  static const std::vector<std::string> none;
  // These need no definition: the channel itself is the sender.
  static const std::vector<std::string> own[kChannels] = {{}, {"linkedin"}, {"contact_form"}, {"phone_task"}};
  if (!known_channel_) return none;
  const auto defined = tenant_row_->senders.find(intent_.channel);
  return defined != tenant_row_->senders.end() ? defined->second : own[static_cast<std::size_t>(channel)];
}

std::string Trial::assigned_sender() const {
  if (!lead_) return {};
  const auto held = lead_->senders.find((book_ == kLive ? "live/" : "dry/") + intent_.channel);
  if (held == lead_->senders.end() || first_part(held->second) != std::to_string(book_)) return {};
  const std::string_view id = after_first(held->second);
  const auto& ids = sender_ids();
  return std::find(ids.begin(), ids.end(), id) != ids.end() ? std::string(id) : std::string();
}

Trial::Offer Trial::ask(const SenderRow& sender) const {
  Offer offer;
  // A dry run asks no provider.
  offer.closed = book_ != kLive || !sender.circuit.open;
  if (!offer.closed && !sender.circuit.passes(step_.now_ms)) {
    offer.is = SenderIs::down;
    offer.until_ms = sender.circuit.next_probe_ms;
  } else if (sender.allowance(channel, book_, local_day(settings_.zones, sender.timezone, step_.now_ms)) > 0) {
    offer.is = SenderIs::ready;
  } else {
    offer.until_ms = next_local_midnight(settings_.zones, sender.timezone, step_.now_ms);
  }
  return offer;
}

SenderIs Trial::sender() {
  static const SenderRow unknown;
  const auto row = [&](const std::string& id) -> const SenderRow& {
    const SenderRow* found = tables_.senders.find(key_of(tenant_, intent_.channel, id));
    return found ? *found : unknown;
  };
  if (std::string own = assigned_sender(); !own.empty()) {
    was_assigned_ = true;
    const Offer offer = ask(row(own));
    until_ms = offer.until_ms;
    waits_for = intent_.channel + ":" + own;
    sender_id = std::move(own);
    return offer.is;
  }
  waits_for = intent_.channel;
  until_ms = kNever;
  bool full = false;
  std::string probe;
  for (const std::string& id : sender_ids()) {
    const Offer offer = ask(row(id));
    if (offer.is == SenderIs::ready && offer.closed) {
      sender_id = id;
      return SenderIs::ready;
    }
    if (offer.is == SenderIs::ready && probe.empty()) probe = id;
    full |= offer.is == SenderIs::full;
    until_ms = std::min(until_ms, offer.until_ms);
  }
  if (!probe.empty()) {
    sender_id = std::move(probe);
    return SenderIs::ready;
  }
  return full ? SenderIs::full : SenderIs::down;
}

std::string Trial::zone() const {
  return settings_.zones.known(intent_.timezone) ? intent_.timezone : settings_.zone;
}

bool Trial::window_open() {
  if (intent_.is_task()) return true;
  std::string zone = this->zone();
  const auto opens = settings_.opens(zone, intent_.from_operator, step_.now_ms);
  if (opens && *opens <= step_.now_ms) return true;
  until_ms = opens.value_or(kNever);
  waits_for = intent_.from_operator ? zone + ":quiet" : zone;
  return false;
}

CommandText Trial::make(const SenderRow& sender) {
  const auto lead = wire::unseal<IntentPersonal>(*step_.keys, tenant_, intent_.sealed.text);
  if (!lead) return {{}, "no_address"};  // its key was destroyed
  std::string url;
  if (channel == Channel::email)
    url = settings_.dispatch.public_url + "/api/v1/cam/unsubscribe/" + unsubscribe_token(tenant_, intent_.message_id, *step_.keys);
  const TemplateRow* text =
      intent_.text_is_given()
          ? nullptr
          : tables_.templates.find(key_of(tenant_, intent_.template_id, std::to_string(intent_.template_version)));
  return make_text(intent_, *lead, text, sender, url);
}

std::string Trial::render() {
  static const SenderRow unknown;
  const SenderRow* row = tables_.senders.find(key_of(tenant_, intent_.channel, sender_id));
  text = make(row ? *row : unknown);
  return text.blocked;
}

CommandText Trial::preview() {
  static const SenderRow unknown;
  std::string id = assigned_sender();
  if (id.empty() && !sender_ids().empty()) id = sender_ids().front();
  const SenderRow* row = tables_.senders.find(key_of(tenant_, intent_.channel, id));
  return make(row ? *row : unknown);
}

std::vector<std::string> Trial::needed_queues() const {
  const LimitAsk ask{intent_.from_operator, !intent_.url_token.empty(), counts_domain()};
  const Limits limits = this->limits();
  std::vector<std::string> queues;
  for (std::size_t i = 0; i < kScopes; ++i) {
    const Scope scope = static_cast<Scope>(i);
    if (limits[i] && applies(scope, ask))
      queues.push_back("limit:" + std::string(name_of(scope)) + "/" + key_of_scope(scope));
  }
  for (const char* reason : {"warm_up/", "provider_down/"}) {
    queues.push_back(reason + intent_.channel + ":" + sender_id);
    if (!was_assigned_) queues.push_back(reason + intent_.channel);
  }
  return queues;
}

}  // namespace millrace::dispatch
