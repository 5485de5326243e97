// What experiments and scripts did: exposures at the first live delivery, successes by their metric, and outreach's
// part of a deal packet (spec/outreach.md section 5).
#include <set>

#include "topology/events/learning_outcomes.h"
#include "topology/outreach/fold.h"
#include "topology/policy/synthetic.h"
#include "topology/topics.h"

namespace millrace::outreach {

namespace {
constexpr DurationMs kScriptWindow = 14 * kDayMs;
std::string script_key(std::string_view tenant, const std::string& slot) { return key_of(tenant, "script:" + slot); }
}  // namespace

void OutreachFold::expose(Lead& lead, const MessageRow& message, Step& step) {
  const auto first = [&](char kind, const std::string& id) -> ExposureRow* {
    const std::string key = lead.key + "/" + kind + ":" + id;
    if (id.empty() || exposures_.contains(key)) return nullptr;
    ++lead.row.exposures;
    ExposureRow& row = exposures_.edit(key);
    row.id = id;
    row.at_ms = step.event_ms;
    return &row;
  };
  if (ExposureRow* row = first('e', message.experiment_id)) {
    row->variant_id = message.variant_id;
    step.emit({.topic = topics::learning_outcomes, .key = key_of(lead.tenant, message.experiment_id)},
              OutcomeExposure{message.experiment_id, message.variant_id, lead.id, row->at_ms});
  }
  if (ExposureRow* row = first('s', message.script_id)) {
    row->slot = message.slot;
    step.emit({.topic = topics::learning_outcomes, .key = script_key(lead.tenant, message.slot)},
              ScriptExposure{message.slot, message.script_id, lead.id, row->at_ms});
  }
}

void OutreachFold::note_success(Lead& lead, const MetricFact& fact, Step& step) {
  if (lead.row.exposures == 0) return;
  const SyntheticTable& stages = policy().of<SyntheticTable>(lead.tenant);
  std::vector<std::string> succeeded;
  exposures_.scan(lead.key + "/", {}, [&](std::string_view key, const ExposureRow& row) {
    if (row.succeeded) return true;
    if (!row.slot.empty()) {  // of a script
      const bool good = counts(Metric::positive_reply, fact, {}, {}) && in_window(row.at_ms, fact.at_ms, kScriptWindow);
      if (good) succeeded.emplace_back(key);
      return true;
    }
    const ExperimentRow* experiment = definitions_.experiment(lead.tenant, row.id);
    const auto metric = experiment ? enum_of<Metric>(experiment->metric) : std::nullopt;
    if (metric && counts(*metric, fact, experiment->goal_stage, stages.won) &&
        in_window(row.at_ms, fact.at_ms, experiment->window_ms))
      succeeded.emplace_back(key);
    return true;
  });
  for (const std::string& key : succeeded) {
    ExposureRow& row = exposures_.edit(key);
    row.succeeded = true;
    if (!row.slot.empty()) {
      step.emit({.topic = topics::learning_outcomes, .key = script_key(lead.tenant, row.slot)},
                ScriptSuccess{row.slot, row.id, lead.id, fact.at_ms});
      continue;
    }
    const Metric metric = *enum_of<Metric>(definitions_.experiment(lead.tenant, row.id)->metric);
    step.emit({.topic = topics::learning_outcomes, .key = key_of(lead.tenant, row.id)},
              OutcomeSuccess{row.id, row.variant_id, lead.id, value_of(metric, fact), fact.at_ms});
  }
}

// outreach{channels[], messages, scripts[]}: what the lead was written, however it ended.
Verdict OutreachFold::packet(const PacketDraft& e, Step& step) {
  std::set<std::string> channels, scripts;
  std::int64_t messages = 0;
  messages_.scan(key_of(step.tenant, e.lead_id) + "/", {}, [&](std::string_view, const MessageRow& row) {
    if (!row.times.contains("sent")) return true;
    ++messages;
    channels.insert(row.channel);
    if (!row.script_id.empty()) scripts.insert(row.script_id);
    return true;
  });
  struct Part {
    std::vector<std::string> channels, scripts;
    std::int64_t messages = 0;
    // Lists are written also when they are empty.
    std::string text() const {
      std::string out = "{\"channels\":";
      append_json(out, channels);
      out.append(",\"messages\":");
      append_json_int(out, messages);
      out.append(",\"scripts\":");
      append_json(out, scripts);
      out.push_back('}');
      return out;
    }
  };
  PacketDraft draft = e;
  draft.outreach.text = Part{{channels.begin(), channels.end()}, {scripts.begin(), scripts.end()}, messages}.text();
  step.emit({.topic = topics::learning_outcomes, .key = key_of(step.tenant, "packet:" + e.lead_id)}, draft);
  return Verdict::handled();
}

}  // namespace millrace::outreach
