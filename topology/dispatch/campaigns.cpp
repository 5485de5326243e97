// Campaigns: definition, pause and resume, and the rules by which they pause themselves; templates.
#include <algorithm>

#include "topology/dispatch/fold.h"
#include "topology/outreach/campaign.h"
#include "topology/outreach/render.h"
#include "topology/topics.h"

namespace millrace::dispatch {

namespace {

// Left by one of these a contacted lead is lost (spec/route.md section 7).
constexpr std::array<std::string_view, 4> kLosses = {"replied_negative", "unsubscribed", "complained", "deal_lost"};

struct PauseBody {
  std::string campaign_id;
  std::vector<std::string> reasons;
  static constexpr auto fields() {
    return FieldList{field("campaign_id", &PauseBody::campaign_id), field("reasons", &PauseBody::reasons)};
  }
};

void set_stale_timer(const std::string& key, CampaignRow& row, TimeMs now, Step& step) {
  if (row.since_ms > 0) step.cancel_timer(row.since_ms + kStaleMs + 1, "stale", key);
  row.since_ms = now;
  step.set_timer(now + kStaleMs + 1, "stale", key);
}

}  // namespace

Verdict DispatchFold::campaign_defined(const CampaignDefined& e, Step& step) {
  if (e.max_per_day && *e.max_per_day < 0) return Verdict::dead("bad_field:max_per_day");
  const std::string& tenant = step.tenant;
  const auto verdict = outreach::judge_campaign(
      tenant, e.campaign_id.value_or(""), e.name,
      [&](std::string_view id) { return tables_.campaigns.contains(key_of(tenant, id)); },
      [&](const std::string& name) {
        const CampaignNameRow* held = tables_.campaign_names.find(key_of(tenant, name));
        return held ? held->campaign_id : std::string();
      });
  if (!verdict.error.empty()) {
    ledger().reject(step, e.request_id, verdict.error);
    return Verdict::handled();
  }
  const std::string key = key_of(tenant, verdict.campaign_id), name = outreach::campaign_name_key(e.name);
  const bool is_new = !tables_.campaigns.contains(key);
  CampaignRow& row = tables_.campaigns.edit(key);
  if (!row.name_key.empty() && row.name_key != name) tables_.campaign_names.erase(key_of(tenant, row.name_key));
  tables_.campaign_names.edit(key_of(tenant, name)).campaign_id = verdict.campaign_id;
  row.name_key = name;
  row.active = e.active.value_or(true);
  row.review_messages = e.review_messages.value_or(false);
  row.max_per_day = e.max_per_day;
  row.target_clients = e.target_clients;
  if (is_new) set_stale_timer(key, row, step.now_ms, step);
  return Verdict::handled();
}

Verdict DispatchFold::campaign_state(const CampaignState& e, bool paused, Step& step) {
  const std::string key = key_of(step.tenant, e.campaign_id);
  CampaignRow* row = tables_.campaigns.edit_if(key);
  if (!row) {
    ledger().reject(step, e.request_id, "unknown_campaign");
    return Verdict::handled();
  }
  row->paused = paused;
  if (paused) return Verdict::handled();
  row->sent = row->delivered = row->bounced_hard = row->complaints = row->replied = 0;
  row->contacted = row->lost = row->won = row->qualified = 0;
  ++row->resumes;
  set_stale_timer(key, *row, step.now_ms, step);
  tables_.queues.release(step.tenant, key_of("campaign_paused", e.campaign_id), step);
  return Verdict::handled();
}

Verdict DispatchFold::status_changed(const StatusChanged& e, Step& step) {
  if (!e.campaign_id) return Verdict::handled();
  const std::string& tenant = step.tenant;
  const std::string key = key_of(tenant, *e.campaign_id);
  const bool won = e.to == "WON", qualified = e.to == "QUALIFIED";
  const bool lost = std::find(kLosses.begin(), kLosses.end(), e.trigger) != kLosses.end();
  if (!won && !qualified && !lost) return Verdict::handled();
  CampaignRow* row = tables_.campaigns.edit_if(key);
  if (!row) return Verdict::handled();
  row->won += won;
  row->qualified += qualified;
  if (lost)
    if (LeadRow* lead = tables_.leads.edit_if(key_of(tenant, tables_.survivor_of(tenant, e.lead_id)))) {
      const auto contact = lead->contacted.find(*e.campaign_id);
      if (contact != lead->contacted.end() && contact->second == row->resumes * 2) {
        ++contact->second;  // once
        ++row->lost;
      }
    }
  watch(tenant, *e.campaign_id, step);
  return Verdict::handled();
}

void DispatchFold::watch(std::string_view tenant, const std::string& campaign_id, Step& step) {
  const std::string key = key_of(tenant, campaign_id);
  const CampaignRow* found = tables_.campaigns.find(key);
  if (!found || found->paused || !found->active) return;
  CampaignPaused out;
  out.reasons = pause_reasons(found->counts(step.now_ms), found->target_clients, settings(tenant, step).dispatch.reply_rule);
  if (out.reasons.empty()) return;
  tables_.campaigns.edit(key).paused = true;
  out.campaign_id = campaign_id;
  step.emit({.topic = topics::alerts, .key = tenant, .tenant = tenant}, out);
  ledger().append(step, "action", "dispatch", campaign_id, to_json(PauseBody{campaign_id, out.reasons}));
}

// outreach answers what it refuses; both keep the same table.
Verdict DispatchFold::template_defined(const TemplateDefined& e, Step& step) {
  const auto channel = enum_of<Channel>(e.channel);
  if (!channel || e.template_id.empty()) return Verdict::handled();
  const std::string key = key_of(step.tenant, e.template_id);
  const TemplateRow* known = tables_.templates.find(key);
  if (e.version != (known ? known->newest : 0) + 1) return Verdict::handled();
  const std::string subject = e.subject.value_or("");
  if (!outreach::template_problem(subject).empty() || !outreach::template_problem(e.body).empty()) return Verdict::handled();
  if (*channel == Channel::email && !(outreach::has_placeholder(e.body, "unsubscribe_url") &&
                                      outreach::has_placeholder(e.body, "postal_address")))
    return Verdict::handled();
  tables_.templates.edit(key).newest = e.version;
  TemplateRow& row = tables_.templates.edit(key_of(step.tenant, e.template_id, std::to_string(e.version)));
  row.body = e.body;
  row.channel = e.channel;
  row.subject = subject;
  return Verdict::handled();
}

}  // namespace millrace::dispatch
