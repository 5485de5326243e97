// The policy keys of dispatch (spec/dispatch.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "topology/dispatch/circuit.h"
#include "topology/dispatch/limit.h"
#include "topology/dispatch/window.h"
#include "topology/policy/policy.h"

namespace millrace::dispatch {

// dispatch.limit.<channel>.<scope>
struct LimitPolicy {
  std::int64_t email_lead_cooldown = 1, email_lead_7d = 3, email_lead_total = 8, email_lead_any_24h = 1,
               email_domain_day = 3, email_channel_hour = 100, email_channel_day = 500;
  std::int64_t linkedin_lead_cooldown = 1, linkedin_lead_7d = 2, linkedin_lead_total = 2, linkedin_lead_any_24h = 1,
               linkedin_channel_hour = 10, linkedin_channel_day = 10;
  std::int64_t form_lead_cooldown = 1, form_lead_7d = 1, form_lead_total = 1, form_lead_any_24h = 1, form_url_24h = 1,
               form_channel_hour = 5, form_channel_day = 20;
  std::int64_t phone_lead_cooldown = 1, phone_lead_7d = 2, phone_lead_total = 4, phone_lead_any_24h = 1,
               phone_channel_hour = 20, phone_channel_day = 50;
  std::int64_t global_day = 500;            // dispatch.limit.global_day: of a tenant, over all channels
  std::int64_t campaign_max_per_day = 20;   // of campaigns that name none

  static constexpr auto keys() {
    using P = LimitPolicy;
    return std::tuple{
        policy_key("dispatch.limit.email.lead_cooldown", &P::email_lead_cooldown),
        policy_key("dispatch.limit.email.lead_7d", &P::email_lead_7d),
        policy_key("dispatch.limit.email.lead_total", &P::email_lead_total),
        policy_key("dispatch.limit.email.lead_any_24h", &P::email_lead_any_24h),
        policy_key("dispatch.limit.email.domain_day", &P::email_domain_day),
        policy_key("dispatch.limit.email.channel_hour", &P::email_channel_hour),
        policy_key("dispatch.limit.email.channel_day", &P::email_channel_day),
        policy_key("dispatch.limit.linkedin.lead_cooldown", &P::linkedin_lead_cooldown),
        policy_key("dispatch.limit.linkedin.lead_7d", &P::linkedin_lead_7d),
        policy_key("dispatch.limit.linkedin.lead_total", &P::linkedin_lead_total),
        policy_key("dispatch.limit.linkedin.lead_any_24h", &P::linkedin_lead_any_24h),
        policy_key("dispatch.limit.linkedin.channel_hour", &P::linkedin_channel_hour),
        policy_key("dispatch.limit.linkedin.channel_day", &P::linkedin_channel_day),
        policy_key("dispatch.limit.contact_form.lead_cooldown", &P::form_lead_cooldown),
        policy_key("dispatch.limit.contact_form.lead_7d", &P::form_lead_7d),
        policy_key("dispatch.limit.contact_form.lead_total", &P::form_lead_total),
        policy_key("dispatch.limit.contact_form.lead_any_24h", &P::form_lead_any_24h),
        policy_key("dispatch.limit.contact_form.url_24h", &P::form_url_24h),
        policy_key("dispatch.limit.contact_form.channel_hour", &P::form_channel_hour),
        policy_key("dispatch.limit.contact_form.channel_day", &P::form_channel_day),
        policy_key("dispatch.limit.phone_task.lead_cooldown", &P::phone_lead_cooldown),
        policy_key("dispatch.limit.phone_task.lead_7d", &P::phone_lead_7d),
        policy_key("dispatch.limit.phone_task.lead_total", &P::phone_lead_total),
        policy_key("dispatch.limit.phone_task.lead_any_24h", &P::phone_lead_any_24h),
        policy_key("dispatch.limit.phone_task.channel_hour", &P::phone_channel_hour),
        policy_key("dispatch.limit.phone_task.channel_day", &P::phone_channel_day),
        policy_key("dispatch.limit.global_day", &P::global_day),
        policy_key("campaign.max_per_day", &P::campaign_max_per_day)};
  }
  // The scopes of a channel; campaign_day is the policy's, operator_send that of spec/governance.md section 4.
  Limits of(Channel channel) const;
};

struct DispatchPolicy {
  std::vector<std::string> opt_in_countries = {"DE", "AT", "CH", "CA"};
  std::vector<std::string> free_domains = {
      "gmail.com",  "googlemail.com", "outlook.com",    "hotmail.com", "live.com", "msn.com", "yahoo.com", "aol.com",
      "icloud.com", "me.com",         "proton.me",      "protonmail.com", "gmx.de", "gmx.net", "gmx.at",   "gmx.ch",
      "web.de",     "t-online.de",    "mail.com",       "orange.fr",   "free.fr",  "libero.it"};
  std::int64_t defer_max_ms = 604'800'000;    // of waiting for limits, warm-up and the window
  std::int64_t circuit_failures = 5;          // in a row, until a sender is left alone
  std::int64_t probe_ms = 60'000;             // between probes while it is
  std::int64_t unknown_ms = 259'200'000;      // until an unknown delivery counts as sent
  std::int64_t task_grace_ms = 86'400'000;    // of a task after its deadline
  std::int64_t review_ttl_ms = 604'800'000;   // of a hold
  std::int64_t arm_ttl_ms = 2'592'000'000;    // until a connector has to be armed again
  std::string window_start = "09:00", window_end = "18:00";
  std::vector<std::int64_t> window_days = {1, 2, 3, 4, 5};  // ISO weekdays
  std::vector<std::string> quiet = {"21:00", "08:00"};
  bool reply_rule = false;                    // low_reply_rate pauses campaigns
  std::string public_url = "https://localhost:8080";  // under which recipients reach the unsubscribe page

  Window window;  // of the four keys above

  static constexpr auto keys() {
    using P = DispatchPolicy;
    return std::tuple{policy_key("outreach.opt_in_countries", &P::opt_in_countries),
                      policy_key("dispatch.free_domains", &P::free_domains),
                      policy_key("dispatch.defer_max_ms", &P::defer_max_ms),
                      policy_key("dispatch.circuit_failures", &P::circuit_failures, 1),
                      policy_key("dispatch.probe_ms", &P::probe_ms, 1),
                      policy_key("dispatch.unknown_ms", &P::unknown_ms),
                      policy_key("dispatch.task_grace_ms", &P::task_grace_ms),
                      policy_key("route.review.ttl_ms", &P::review_ttl_ms),
                      policy_key("governance.arm_ttl_ms", &P::arm_ttl_ms, 1),
                      policy_key("dispatch.window.start", &P::window_start),
                      policy_key("dispatch.window.end", &P::window_end),
                      policy_key("dispatch.window.days", &P::window_days, 1, 7),
                      policy_key("dispatch.quiet", &P::quiet),
                      policy_key("campaign.reply_rule", &P::reply_rule),
                      policy_key("api.public_url", &P::public_url)};
  }
  // Makes `window`; an hour that is none leaves the default.
  void load(const Policy& policy, std::string_view tenant);

  CircuitRules circuit() const { return {circuit_failures, probe_ms}; }
};

}  // namespace millrace::dispatch
