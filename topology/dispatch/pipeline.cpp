#include "topology/dispatch/pipeline.h"

namespace millrace::dispatch {

namespace {

Decision block(std::string reason) { return {Decision::Result::block, std::move(reason)}; }
Decision defer(std::string reason) { return {Decision::Result::defer, std::move(reason)}; }

}  // namespace

Decision decide(Checks& checks) {
  if (checks.seen()) return {Decision::Result::drop, "duplicate"};
  if (checks.kill_switch()) return defer("kill_switch");
  switch (checks.campaign()) {
    case CampaignIs::unknown: return block("unknown_campaign");
    case CampaignIs::completed: return block("campaign_completed");
    case CampaignIs::paused: return defer("campaign_paused");
    case CampaignIs::active: break;
  }
  if (!checks.channel_enabled()) return block("channel_disabled");
  const Consent consent = checks.consent();
  if (consent == Consent::dnc) return block("dnc");
  if (consent != Consent::consented && checks.opt_in_country()) return block("no_consent");
  if (const auto reason = checks.suppressed()) return block("suppressed:" + std::string(name_of(*reason)));
  if (checks.block_listed()) return block("block_list");
  if (checks.tagged_do_not_contact()) return block("do_not_contact");
  if (checks.needs_review()) return defer("review_hold");
  if (const std::string_view scope = checks.full_limit(); !scope.empty()) {
    std::string reason = "limit:" + std::string(scope);
    return scope == "lead_total" ? block(std::move(reason)) : defer(std::move(reason));
  }
  switch (checks.sender()) {
    case SenderIs::down: return defer("provider_down");
    case SenderIs::full: return defer("warm_up");
    case SenderIs::ready: break;
  }
  if (!checks.window_open()) return defer("outside_window");
  if (std::string blocked = checks.render(); !blocked.empty()) return block("render:" + blocked);
  return {Decision::Result::command, {}, checks.live()};
}

std::string_view skip_reason(std::string_view reason, std::string_view kind) {
  if (reason.starts_with("suppressed:")) return kind == "address" ? "address_suppressed" : "suppressed_lead";
  if (reason == "limit:lead_total") return "lead_total";
  if (reason.starts_with("render:")) return "render_blocked";
  return reason;
}

}  // namespace millrace::dispatch
