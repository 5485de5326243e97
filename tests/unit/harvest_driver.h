// Stage harvest with an operator at its door: short verbs over tests/unit/stage_driver.h.
#pragma once

#include "keys/key_seed.h"
#include "node/operator_door.h"
#include "tests/unit/stage_driver.h"
#include "topology/harvest/fold.h"

namespace millrace::test {

struct HarvestDesk {
  HarvestDesk() : signer(seeded_operator("harvest")), driver("harvest", topics::crm_events, harvest::make_fold) {
    driver.tick(1000);
    driver.send("control.operator_key", {{"key_id", signer.key_id()}, {"public_key", signer.public_key()}}, {.tenant = "_", .broadcast = true});
  }
  std::vector<Sent> ask(const std::string& type, Json data) {
    const std::string id = "rq-" + std::to_string(++count);
    data["request_id"] = id;
    if (!data.contains("actor")) data["actor"] = "ann";
    const Json record = {{"specversion", "1.0"}, {"id", id}, {"source", "api"}, {"type", type}, {"tenant", "acme"}, {"data", data},
                         {"time", "1970-01-01T00:00:01Z"}};
    return driver.send_raw(node::signed_record(record.dump(), signer), {});
  }
  std::vector<Sent> capture(Json data, TimeMs at_ms = -1) {
    if (!data.contains("lead_source")) data["lead_source"] = "csv";
    return driver.send("lead.captured", data, {.at_ms = at_ms});
  }

  OperatorSigner signer;
  StageDriver driver;
  int count = 0;
};

}  // namespace millrace::test
