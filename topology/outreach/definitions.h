// What operators defined for a tenant: campaigns, sequences, templates, scripts, experiments, and what learning promoted
// (spec/outreach.md section 4 and 5). Each partition holds all of it, from the copies that reach every partition.
//
// DE-1  Versions count from 1 without a gap and are never changed; a message names the one it was made from.
// DE-2  A sequence of the policy is version 1 of its name, written down when it is first used, so that a running lead
//       keeps its days when the policy changes.
// DE-3  The text of a message: the variant of a running experiment on its slot, else the slot's promoted script, else
//       the template of the step; none of them: no script.
// Tests: tests/unit/outreach_definitions_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/fold.h"
#include "state/table.h"
#include "topology/events/control.h"
#include "topology/events/operator.h"
#include "topology/outreach/policy.h"
#include "topology/outreach/tables.h"

namespace millrace::outreach {

// How a definition was judged: taken, a dead letter, or refused to its operator.
struct Ruling {
  Verdict verdict = Verdict::handled();
  std::string code, detail;  // of operator.rejected; empty: taken or a dead letter
  static Ruling refused(std::string code, std::string detail = {}) {
    return {Verdict::handled(), std::move(code), std::move(detail)};
  }
  static Ruling dead(std::string reason) { return {Verdict::dead(std::move(reason)), {}, {}}; }
};

// The text that a message is made from.
struct Text {
  std::string template_id, slot;
  std::int64_t template_version = 0;
  std::string experiment_id, variant_id, script_id;
};

class Definitions {
 public:
  explicit Definitions(state::TableSpace& tables);

  Ruling define(std::string_view tenant, const CampaignDefined& e);
  Ruling define(std::string_view tenant, const SequenceDefined& e, const OutreachPolicy& policy);
  Ruling define(std::string_view tenant, const TemplateDefined& e);
  Ruling define(std::string_view tenant, const ScriptDefined& e);
  Ruling define(std::string_view tenant, const ExperimentDefined& e);
  void promote(std::string_view tenant, const Promotion& e);
  // The scripts that a clone names, with their templates, from `parent` to its own tenant.
  void clone(std::string_view parent, const ClonePromoted& e);

  // The newest version of a sequence; 0 when it is not defined.
  std::int64_t newest_sequence(std::string_view tenant, std::string_view name, const OutreachPolicy& policy);
  // nullptr when there is no such version. Valid until the next definition.
  const SequenceVersionRow* sequence(std::string_view tenant, std::string_view name, std::int64_t version);
  const TemplateVersionRow* template_version(std::string_view tenant, std::string_view template_id, std::int64_t version);
  const ExperimentRow* experiment(std::string_view tenant, std::string_view experiment_id);

  // DE-3. `step` from 1; `connect`: the text of a connection request.
  std::optional<Text> text_of(std::string_view tenant, std::string_view lead_id, std::string_view sequence,
                              std::int64_t version, std::int64_t step, std::string_view channel, bool connect,
                              std::int64_t seed);

 private:
  std::int64_t newest_template(std::string_view tenant, std::string_view template_id);
  bool use_template(std::string_view tenant, std::string_view template_id, Text& text);
  bool use_script(std::string_view tenant, std::string_view script_id, Text& text);

  state::Table<CampaignRow> campaigns_;
  state::Table<CampaignNameRow> campaign_names_;
  state::Table<NewestRow> sequences_;
  state::Table<SequenceVersionRow> sequence_versions_;
  state::Table<NewestRow> templates_;
  state::Table<TemplateVersionRow> template_versions_;
  state::Table<ScriptRow> scripts_;
  state::Table<ExperimentRow> experiments_;
  state::Table<SlotRow> slots_;
};

// "tenant/a" and "tenant/a/b".
std::string key_of(std::string_view tenant, std::string_view a);
std::string key_of(std::string_view tenant, std::string_view a, std::string_view b);

// Whether messages can go there: email, linkedin, contact_form.
bool is_sequence_channel(std::string_view channel);

}  // namespace millrace::outreach
