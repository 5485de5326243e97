// alerts, enrichment.commands and erasure.commands.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"

namespace millrace {

// `context` is canonical JSON without personal data; context.subject names what it is about.
struct AlertRaised {
  static constexpr std::string_view type = "alert.raised";
  std::string task, reason, severity;
  RawJson context;
  static constexpr auto fields() {
    return FieldList{field("context", &AlertRaised::context),
                      required("reason", &AlertRaised::reason),
                      required("severity", &AlertRaised::severity),
                      required("task", &AlertRaised::task)};
  }
};

struct ConeChanged {
  static constexpr std::string_view type = "cone.changed";
  std::string zone;
  std::vector<std::string> top;
  static constexpr auto fields() {
    return FieldList{field("top", &ConeChanged::top),
                      required("zone", &ConeChanged::zone)};
  }
};

struct IdentityCandidate {
  static constexpr std::string_view type = "identity.candidate";
  std::string a, b;
  static constexpr auto fields() {
    return FieldList{required("a", &IdentityCandidate::a),
                      required("b", &IdentityCandidate::b)};
  }
};

struct CampaignPaused {
  static constexpr std::string_view type = "campaign.paused";
  std::string campaign_id;
  std::vector<std::string> reasons;
  static constexpr auto fields() {
    return FieldList{required("campaign_id", &CampaignPaused::campaign_id),
                      required("reasons", &CampaignPaused::reasons)};
  }
};

struct LeadEnrich {
  static constexpr std::string_view type = "lead.enrich";
  std::string lead_id;
  std::vector<std::string> fields_wanted;
  static constexpr auto fields() {
    return FieldList{required("fields_wanted", &LeadEnrich::fields_wanted),
                      required("lead_id", &LeadEnrich::lead_id)};
  }
};

struct KeyDestroy {
  static constexpr std::string_view type = "key.destroy";
  std::string lead_id, request_id;
  std::vector<std::string> tokens;
  static constexpr auto fields() {
    return FieldList{required("lead_id", &KeyDestroy::lead_id),
                      required("request_id", &KeyDestroy::request_id),
                      field("tokens", &KeyDestroy::tokens)};
  }
};

}  // namespace millrace
