#include "topology/dispatch/policy.h"

#include "topology/governance/governor.h"

namespace millrace::dispatch {

Limits LimitPolicy::of(Channel channel) const {
  Limits l;
  const auto set = [&](Scope scope, std::int64_t max) { l[index_of(scope)] = max; };
  const auto lead = [&](std::int64_t cooldown, std::int64_t week, std::int64_t total, std::int64_t any) {
    set(Scope::lead_cooldown, cooldown);
    set(Scope::lead_7d, week);
    set(Scope::lead_total, total);
    set(Scope::lead_any_24h, any);
  };
  const auto rate = [&](std::int64_t hour, std::int64_t day) {
    set(Scope::channel_hour, hour);
    set(Scope::channel_day, day);
  };
  switch (channel) {
    case Channel::email:
      lead(email_lead_cooldown, email_lead_7d, email_lead_total, email_lead_any_24h);
      rate(email_channel_hour, email_channel_day);
      set(Scope::domain_day, email_domain_day);
      break;
    case Channel::linkedin:
      lead(linkedin_lead_cooldown, linkedin_lead_7d, linkedin_lead_total, linkedin_lead_any_24h);
      rate(linkedin_channel_hour, linkedin_channel_day);
      break;
    case Channel::contact_form:
      lead(form_lead_cooldown, form_lead_7d, form_lead_total, form_lead_any_24h);
      rate(form_channel_hour, form_channel_day);
      set(Scope::url_24h, form_url_24h);
      break;
    case Channel::phone_task:
      lead(phone_lead_cooldown, phone_lead_7d, phone_lead_total, phone_lead_any_24h);
      rate(phone_channel_hour, phone_channel_day);
      break;
  }
  set(Scope::campaign_day, campaign_max_per_day);
  set(Scope::global_day, global_day);
  set(Scope::operator_send, governance::governor_limit("operator_send")->max);
  return l;
}

void DispatchPolicy::load(const Policy&, std::string_view) {
  const Window otherwise;
  window.hours.start_min = minute_of_day(window_start).value_or(otherwise.hours.start_min);
  window.hours.end_min = minute_of_day(window_end).value_or(otherwise.hours.end_min);
  window.days = 0;
  for (const std::int64_t day : window_days) window.days |= 1U << (day - 1);
  if (quiet.empty()) {
    window.quiet = {0, 0};
  } else if (quiet.size() == 2) {
    window.quiet.start_min = minute_of_day(quiet[0]).value_or(otherwise.quiet.start_min);
    window.quiet.end_min = minute_of_day(quiet[1]).value_or(otherwise.quiet.end_min);
  }
}

}  // namespace millrace::dispatch
