#include "topology/wiring.h"

#include "topology/attribution/fold.h"
#include "topology/control/fold.h"
#include "topology/dispatch/fold.h"
#include "topology/harvest/fold.h"
#include "topology/outreach/fold.h"
#include "topology/route/fold.h"
#include "topology/score/fold.h"
#include "topology/topics.h"
#include "topology/wire/stage_fold.h"

namespace millrace {

namespace {

using Make = std::unique_ptr<Fold> (*)(const wire::StageContext&);

engine::StageSpec stage(std::string name, TopicId inbox, Make make, const Environment& environment,
                        std::vector<TopicId> emits) {
  engine::StageSpec spec;
  spec.name = std::move(name);
  spec.inbox = inbox;
  spec.dead_letters = topics::dlq_of(inbox);
  spec.emits = std::move(emits);
  spec.make = [make, inbox, &environment](state::TableSpace& tables, Partition partition) {
    return make({tables, environment, inbox, partition});
  };
  // Facts are placed by producers, control has one partition: there the fold itself knows.
  spec.owns_by_key = inbox != topics::crm_events && inbox != topics::control;
  return spec;
}

}  // namespace

engine::Topology make_topology(std::uint16_t partitions, const Environment& environment) {
  using namespace topics;
  engine::Topology t;
  t.topics = make_table(partitions);
  t.control = topics::control;
  t.front_door = crm_events;
  t.history = history_in;
  t.stages.push_back(stage("control", topics::control, control::make_fold, environment,
                           {topics::control, crm_events, leads_harvested, leads_scored, routing_decisions, outreach_intents,
                            attribution_touches, ads_performance, learning_outcomes, alerts, audit_ledger}));
  t.stages.push_back(stage("harvest", crm_events, harvest::make_fold, environment,
                           {leads_harvested, leads_scored, routing_decisions, outreach_intents, attribution_touches,
                            ads_performance, learning_outcomes, alerts, enrichment_commands, erasure_commands, audit_ledger}));
  t.stages.push_back(stage("score", leads_harvested, score::make_fold, environment,
                           {leads_scored, routing_decisions, outreach_intents, learning_outcomes, audit_ledger}));
  t.stages.push_back(stage("route", leads_scored, route::make_fold, environment,
                           {routing_decisions, leads_harvested, alerts, audit_ledger}));
  t.stages.push_back(stage("outreach", routing_decisions, outreach::make_fold, environment,
                           {outreach_intents, learning_outcomes, attribution_touches, leads_harvested, alerts,
                            audit_ledger}));
  t.stages.push_back(stage("dispatch", outreach_intents, dispatch::make_fold, environment,
                           {routing_decisions, outreach_commands, alerts, audit_ledger}));
  t.stages.push_back(stage("attribution", attribution_touches, attribution::make_fold, environment,
                           {attribution_credits, ads_performance, learning_outcomes}));
  return t;
}

std::string describe(const engine::Topology& topology) {
  std::string out;
  for (const engine::StageSpec& s : topology.stages) {
    const std::uint16_t partitions = topology.topics.partitions(s.inbox);
    out += s.name + "\n  reads  " + topology.topics[s.inbox].name + " (" + std::to_string(partitions) +
           (partitions == 1 ? " partition" : " partitions") + ")\n  emits ";
    for (const TopicId id : s.emits) out += " " + topology.topics[id].name;
    out += "\n  poison " + topology.topics[s.dead_letters].name + "\n";
  }
  return out;
}

std::string graphviz(const engine::Topology& topology) {
  std::string out = "digraph millrace {\n  rankdir=LR;\n  node [fontname=\"Helvetica\"];\n";
  for (const engine::StageSpec& s : topology.stages) {
    out += "  \"" + s.name + "\" [shape=box, style=filled, fillcolor=\"#dbe9f6\"];\n";
    out += "  \"" + topology.topics[s.inbox].name + "\" -> \"" + s.name + "\";\n";
    for (const TopicId id : s.emits)
      out += "  \"" + s.name + "\" -> \"" + topology.topics[id].name + "\";\n";
  }
  return out + "}\n";
}

}  // namespace millrace
