// What the tests of stage attribution share: a driver that lets keys talk until they are done, and sums of credits.
#pragma once

#include "tests/unit/stage_driver.h"
#include "topology/attribution/fold.h"

namespace millrace::test {

inline constexpr TimeMs kDay = 86'400'000, kHour = 3'600'000;
inline constexpr const char* kDealStages[] = {"lead", "appointment_scheduled", "show_up", "closed_won", "closed_lost"};

class AttributionDriver : public StageDriver {
 public:
  AttributionDriver() : StageDriver("attribution", topics::attribution_touches, attribution::make_fold) {}

  // Sends a record under "acme/<key>" and delivers what the keys say to each other; gives all outputs.
  std::vector<Sent> say(const std::string& type, const std::string& key, const Json& data, TimeMs at_ms) {
    return settle(send(type, data, {.at_ms = at_ms, .key = "acme/" + key}));
  }
  std::vector<Sent> settle(std::vector<Sent> out) {
    std::vector<Sent> all = out;
    while (!(out = deliver(out)).empty()) all.insert(all.end(), out.begin(), out.end());
    return all;
  }
  std::vector<Sent> touch(const std::string& lead, TimeMs ts_ms, const std::string& message, const std::string& channel = "email") {
    return say("touch", "subj:" + lead,
               {{"ts_ms", ts_ms}, {"kind", "click"}, {"message_id", message}, {"channel", channel}, {"lead_id", lead}},
               now());
  }
  std::vector<Sent> click(const std::string& click_id, TimeMs clicked_ms, const std::string& key, Json more = Json::object()) {
    Json data = {{"click_id", click_id}, {"clicked_ms", clicked_ms}, {"platform", "meta"},
                 {"ad_id", "ad_" + click_id}, {"ad_account", "A"}, {"campaign_id", "k"}, {"ids", {{"fbclid", click_id}}}};
    data.merge_patch(more);
    return say("click", key, data, now());
  }
  std::vector<Sent> stage(const std::string& lead, const std::string& event, const std::string& stage_to, TimeMs event_ms,
                          Json more = Json::object()) {
    Json data = {{"deal_id", "d1"}, {"event_id", event}, {"event_ms", event_ms}, {"stage_to", stage_to},
                 {"lead_id", lead}, {"subject", "subj:" + lead}, {"subject_rev", 0}, {"currency", "USD"}};
    data.merge_patch(more);
    return say("conversion", "subj:" + lead, data, now());
  }
  void now(TimeMs at_ms) { at_ms_ = at_ms; }
  TimeMs now() const { return at_ms_; }

  // Credits of a model and event: ref -> cents; all rows added.
  static std::map<std::string, std::int64_t> credits(const std::vector<Sent>& out, const std::string& model,
                                                     const std::string& event = "", const char* what = "amount_cents") {
    std::map<std::string, std::int64_t> sums;
    for (const Sent& each : out)
      if (each.type == "attribution.credit" && each.data.at("model") == model &&
          (event.empty() || each.data.at("event_id") == event))
        sums[each.data.at("ref")] += each.data.at(what).get<std::int64_t>();
    return sums;
  }
  static std::int64_t sum(const std::vector<Sent>& out, const std::string& model, const std::string& event = "") {
    std::int64_t total = 0;
    for (const auto& [ref, cents] : credits(out, model, event)) total += cents;
    return total;
  }

 private:
  TimeMs at_ms_ = 0;
};

inline const std::vector<std::string> kModels = {"matched",    "first",    "last",    "linear",
                                                 "time_decay", "position", "shapley", "markov"};

}  // namespace millrace::test
