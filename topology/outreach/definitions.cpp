#include "topology/outreach/definitions.h"

#include <algorithm>

#include "topology/outreach/campaign.h"
#include "topology/outreach/experiment.h"
#include "topology/outreach/render.h"
#include "topology/route/sequence.h"

namespace millrace::outreach {

std::string key_of(std::string_view tenant, std::string_view a) {
  std::string key;
  key.reserve(tenant.size() + a.size() + 1);
  return key.append(tenant).append("/").append(a);
}
std::string key_of(std::string_view tenant, std::string_view a, std::string_view b) {
  std::string key;
  key.reserve(tenant.size() + a.size() + b.size() + 2);
  return key.append(tenant).append("/").append(a).append("/").append(b);
}

bool is_sequence_channel(std::string_view channel) {
  return channel == "email" || channel == "linkedin" || channel == "contact_form";
}

Definitions::Definitions(state::TableSpace& tables)
    : campaigns_(tables, "campaign"),
      campaign_names_(tables, "campaign_name"),
      sequences_(tables, "sequence"),
      sequence_versions_(tables, "sequence_version"),
      templates_(tables, "template"),
      template_versions_(tables, "template_version"),
      scripts_(tables, "script"),
      experiments_(tables, "experiment"),
      slots_(tables, "slot") {}

// dispatch answers the refusals of campaigns; both keep the same table.
Ruling Definitions::define(std::string_view tenant, const CampaignDefined& e) {
  const auto verdict = judge_campaign(
      tenant, e.campaign_id.value_or(""), e.name,
      [&](std::string_view id) { return campaigns_.contains(key_of(tenant, id)); },
      [&](const std::string& name) {
        const auto* row = campaign_names_.find(key_of(tenant, name));
        return row ? row->campaign_id : std::string();
      });
  if (!verdict.error.empty()) return {};
  if (e.max_per_day && *e.max_per_day < 0) return {};  // a dead letter of dispatch
  const std::string name = campaign_name_key(e.name);
  CampaignRow& row = campaigns_.edit(key_of(tenant, verdict.campaign_id));
  if (!row.name_key.empty() && row.name_key != name) campaign_names_.erase(key_of(tenant, row.name_key));
  row.name_key = name;
  row.active = e.active.value_or(true);
  campaign_names_.edit(key_of(tenant, name)).campaign_id = verdict.campaign_id;
  return {};
}

Ruling Definitions::define(std::string_view tenant, const SequenceDefined& e, const OutreachPolicy& policy) {
  if (!route::is_sequence_name(e.name)) return Ruling::dead("bad_field:name");
  if (e.days.empty() || e.days.front() != 0 || e.days.size() > 100 || e.days.back() > 3650 ||
      std::adjacent_find(e.days.begin(), e.days.end(), std::greater_equal<>()) != e.days.end())
    return Ruling::dead("bad_field:days");
  if (!std::all_of(e.channels.begin(), e.channels.end(), is_sequence_channel)) return Ruling::dead("bad_field:channels");
  if (e.templates.size() != e.days.size()) return Ruling::dead("bad_field:templates");
  for (const auto& step : e.templates)
    for (const auto& [channel, id] : step)
      if (!is_sequence_channel(channel) || id.empty()) return Ruling::dead("bad_field:templates");

  const std::int64_t version = newest_sequence(tenant, e.name, policy) + 1;
  sequences_.edit(key_of(tenant, e.name)).newest = version;
  SequenceVersionRow& row = sequence_versions_.edit(key_of(tenant, e.name, std::to_string(version)));
  row.days = e.days;
  row.channels = e.channels;
  row.templates = e.templates;
  return {};
}

std::int64_t Definitions::newest_sequence(std::string_view tenant, std::string_view name, const OutreachPolicy& policy) {
  if (const auto* row = sequences_.find(key_of(tenant, name))) return row->newest;
  const auto seed = policy.sequences.find(std::string(name));
  if (seed == policy.sequences.end()) return 0;
  sequences_.edit(key_of(tenant, name)).newest = 1;
  SequenceVersionRow& row = sequence_versions_.edit(key_of(tenant, name, "1"));
  row.days = seed->second;
  for (std::size_t step = 1; step <= row.days.size(); ++step) {
    auto& templates = row.templates.emplace_back();
    for (const char* channel : {"email", "linkedin", "contact_form"})
      templates[channel] = std::string(name) + "/" + std::to_string(step) + "/" + channel;
  }
  return 1;
}

const SequenceVersionRow* Definitions::sequence(std::string_view tenant, std::string_view name, std::int64_t version) {
  return sequence_versions_.find(key_of(tenant, name, std::to_string(version)));
}

Ruling Definitions::define(std::string_view tenant, const TemplateDefined& e) {
  if (!is_sequence_channel(e.channel)) return Ruling::dead("bad_field:channel");
  if (e.template_id.empty()) return Ruling::dead("bad_field:template_id");
  if (e.version != newest_template(tenant, e.template_id) + 1) return Ruling::refused("bad_version");
  const std::string subject = e.subject.value_or("");
  for (const std::string* text : {&subject, &e.body}) {
    const std::string problem = template_problem(*text);
    if (problem.starts_with("unknown_placeholder:")) return Ruling::refused("unknown_placeholder", problem.substr(20));
    if (!problem.empty()) return Ruling::refused("bad_template");
  }
  if (e.channel == "email" && !(has_placeholder(e.body, "unsubscribe_url") && has_placeholder(e.body, "postal_address")))
    return Ruling::refused("template_not_compliant");

  templates_.edit(key_of(tenant, e.template_id)).newest = e.version;
  TemplateVersionRow& row = template_versions_.edit(key_of(tenant, e.template_id, std::to_string(e.version)));
  row.channel = e.channel;
  row.subject = subject;
  row.body = e.body;
  return {};
}

std::int64_t Definitions::newest_template(std::string_view tenant, std::string_view template_id) {
  const auto* row = templates_.find(key_of(tenant, template_id));
  return row ? row->newest : 0;
}

const TemplateVersionRow* Definitions::template_version(std::string_view tenant, std::string_view template_id,
                                                        std::int64_t version) {
  return template_versions_.find(key_of(tenant, template_id, std::to_string(version)));
}

Ruling Definitions::define(std::string_view tenant, const ScriptDefined& e) {
  ScriptRow& row = scripts_.edit(key_of(tenant, e.script_id));
  row.slot = e.slot;
  row.template_id = e.template_id;
  return {};
}

Ruling Definitions::define(std::string_view tenant, const ExperimentDefined& e) {
  const std::string state = e.state.value_or("running");
  const auto metric = enum_of<Metric>(e.metric.value_or("positive_reply"));
  if (!metric) return Ruling::dead("bad_field:metric");
  if (e.window_ms && *e.window_ms < 0) return Ruling::dead("bad_field:window_ms");
  const std::string key = key_of(tenant, e.experiment_id);
  const bool known = experiments_.contains(key);
  ExperimentRow& row = experiments_.edit(key);
  if (!known) {  // a further definition of a known one changes its state only
    row.slot = e.slot;
    row.metric = name_of(*metric);
    row.goal_stage = e.goal_stage.value_or("");
    row.window_ms = e.window_ms.value_or(default_window(*metric));
    for (const Variant& v : e.variants) row.variants.push_back({v.id, v.script_id, v.weight_bp});
  }
  row.running = state == "running" && !row.ended;
  const std::string slot = row.slot;
  const bool running = row.running;
  auto& list = slots_.edit(key_of(tenant, slot)).experiments;
  const auto at = std::find(list.begin(), list.end(), e.experiment_id);
  if (running && at == list.end()) list.push_back(e.experiment_id);
  if (!running && at != list.end()) list.erase(at);
  return {};
}

const ExperimentRow* Definitions::experiment(std::string_view tenant, std::string_view experiment_id) {
  return experiments_.find(key_of(tenant, experiment_id));
}

void Definitions::promote(std::string_view tenant, const Promotion& e) {
  SlotRow& slot = slots_.edit(key_of(tenant, e.slot));
  if (!e.state) {  // a change of the slot's primary
    slot.script_id = e.script_id.value_or("");
    return;
  }
  if (e.script_id || !e.experiment_id) return;
  // The end of an experiment; the slot's script stays.
  std::erase(slot.experiments, *e.experiment_id);
  if (ExperimentRow* row = experiments_.edit_if(key_of(tenant, *e.experiment_id))) {
    row->running = false;
    row->ended = true;
  }
}

void Definitions::clone(std::string_view parent, const ClonePromoted& e) {
  if (parent == e.tenant) return;
  for (const std::string& script_id : e.scripts) {
    const ScriptRow* found = scripts_.find(key_of(parent, script_id));
    if (!found) continue;
    const ScriptRow script = *found;
    scripts_.edit(key_of(e.tenant, script_id)) = script;
    const SlotRow* slot = slots_.find(key_of(parent, script.slot));
    if (slot && slot->script_id == script_id) slots_.edit(key_of(e.tenant, script.slot)).script_id = script_id;
    const std::int64_t newest = newest_template(parent, script.template_id);
    for (std::int64_t version = newest_template(e.tenant, script.template_id) + 1; version <= newest; ++version) {
      const TemplateVersionRow* row = template_version(parent, script.template_id, version);
      if (!row) break;
      const TemplateVersionRow copy = *row;
      template_versions_.edit(key_of(e.tenant, script.template_id, std::to_string(version))) = copy;
      templates_.edit(key_of(e.tenant, script.template_id)).newest = version;
    }
  }
}

bool Definitions::use_template(std::string_view tenant, std::string_view template_id, Text& text) {
  const std::int64_t version = newest_template(tenant, template_id);
  if (version == 0) return false;
  text.template_id = template_id;
  text.template_version = version;
  return true;
}

bool Definitions::use_script(std::string_view tenant, std::string_view script_id, Text& text) {
  const ScriptRow* script = scripts_.find(key_of(tenant, script_id));
  if (!script || !use_template(tenant, script->template_id, text)) return false;
  text.script_id = script_id;
  return true;
}

std::optional<Text> Definitions::text_of(std::string_view tenant, std::string_view lead_id, std::string_view sequence_name,
                                         std::int64_t version, std::int64_t step, std::string_view channel, bool connect,
                                         std::int64_t seed) {
  Text text;
  text.slot.append(sequence_name).append("/").append(std::to_string(step)).append("/").append(connect ? "connect" : channel);
  if (const SlotRow* found = slots_.find(key_of(tenant, text.slot))) {
    const SlotRow slot = *found;
    for (const std::string& id : slot.experiments) {
      const ExperimentRow* experiment = experiments_.find(key_of(tenant, id));
      if (!experiment || !experiment->running) continue;
      std::vector<std::int64_t> weights;
      for (const VariantRow& v : experiment->variants) weights.push_back(v.weight_bp);
      const Assignment made = assign(seed, id, lead_id, weights);
      if (made.variant == weights.size()) continue;
      const VariantRow variant = experiment->variants[made.variant];
      if (!use_script(tenant, variant.script_id, text)) continue;
      text.experiment_id = id;
      text.variant_id = variant.id;
      return text;
    }
    if (!slot.script_id.empty() && use_script(tenant, slot.script_id, text)) return text;
  }
  const SequenceVersionRow* definition = sequence(tenant, sequence_name, version);
  if (!definition || step < 1 || step > static_cast<std::int64_t>(definition->templates.size())) return std::nullopt;
  const auto& templates = definition->templates[static_cast<std::size_t>(step - 1)];
  const auto given = templates.find(std::string(channel));
  if (given == templates.end() || !use_template(tenant, std::string(given->second), text)) return std::nullopt;
  return text;
}

}  // namespace millrace::outreach
