// The codecs of all rows of dispatch are compiled here and nowhere else: where the tables are made.
#include "topology/dispatch/trial.h"

namespace millrace::dispatch {

Tables::Tables(state::TableSpace& space)
    : tenants(space, "tenant"),
      campaigns(space, "campaign"),
      campaign_names(space, "campaign_name"),
      templates(space, "template"),
      senders(space, "sender"),
      leads(space, "lead"),
      messages(space, "message"),
      commanded(space, "commanded"),
      suppressed(space, "suppressed"),
      holds(space, "hold"),
      rings(space),
      queues(space) {}

Rings::Rings(state::TableSpace& space) : rings_(space, "ring"), parts_(space, "ring_part") {}

Queues::Queues(state::TableSpace& space)
    : queues_(space, "queue"), deferred_(space, "deferred"), ready_(space, "ready") {}

std::string Tables::survivor_of(std::string_view tenant, std::string_view lead_id) {
  std::string id(lead_id);
  for (int hops = 0; hops < 16; ++hops) {
    const LeadRow* row = leads.find(key_of(tenant, id));
    if (!row || row->merged_into.empty()) break;
    id = row->merged_into;
  }
  return id;
}

}  // namespace millrace::dispatch
