// attribution.touches -> attribution: clicks, touches, conversions, and attribution's own messages between keys.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"
#include "topology/events/leads_harvested.h"

namespace millrace {

// Stored under the key it is sent to.
struct AttributionClick {
  static constexpr std::string_view type = "click";
  std::string click_id;
  std::int64_t clicked_ms = 0;
  std::map<std::string, std::string> ids;
  std::optional<std::string> fp, ipua, ad_id, campaign_id, ad_account, platform, lead_id;
  std::optional<bool> measure_consent;
  static constexpr auto fields() {
    return FieldList{field("ad_account", &AttributionClick::ad_account),
                      field("ad_id", &AttributionClick::ad_id),
                      field("campaign_id", &AttributionClick::campaign_id),
                      required("click_id", &AttributionClick::click_id),
                      required("clicked_ms", &AttributionClick::clicked_ms),
                      field("fp", &AttributionClick::fp),
                      field("ids", &AttributionClick::ids),
                      field("ipua", &AttributionClick::ipua),
                      field("lead_id", &AttributionClick::lead_id),
                      field("measure_consent", &AttributionClick::measure_consent),
                      field("platform", &AttributionClick::platform)};
  }
};

struct Touch {
  static constexpr std::string_view type = "touch";
  std::int64_t ts_ms = 0;
  std::string kind;
  std::optional<std::string> class_, platform, channel, message_id, ad_id, campaign_id, lead_id, record_id;
  std::map<std::string, std::string> click_ids, utm;
  std::vector<std::string> keys;
  static constexpr auto fields() {
    return FieldList{field("ad_id", &Touch::ad_id),
                      field("campaign_id", &Touch::campaign_id),
                      field("channel", &Touch::channel),
                      field("class", &Touch::class_),
                      field("click_ids", &Touch::click_ids),
                      field("keys", &Touch::keys),
                      required("kind", &Touch::kind),
                      field("lead_id", &Touch::lead_id),
                      field("message_id", &Touch::message_id),
                      field("platform", &Touch::platform),
                      field("record_id", &Touch::record_id),
                      required("ts_ms", &Touch::ts_ms),
                      field("utm", &Touch::utm)};
  }
};

struct Conversion {
  static constexpr std::string_view type = "conversion";
  std::string deal_id, event_id, stage_to, subject;
  std::int64_t event_ms = 0, subject_rev = 0;
  std::optional<std::int64_t> amount_cents, ids_ms;
  std::optional<std::string> currency, lead_id, fp, ipua;
  std::map<std::string, std::string> click_ids;
  std::optional<bool> measure_consent;
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &Conversion::amount_cents),
                      field("click_ids", &Conversion::click_ids),
                      field("currency", &Conversion::currency),
                      required("deal_id", &Conversion::deal_id),
                      required("event_id", &Conversion::event_id),
                      required("event_ms", &Conversion::event_ms),
                      field("fp", &Conversion::fp),
                      field("ids_ms", &Conversion::ids_ms),
                      field("ipua", &Conversion::ipua),
                      field("lead_id", &Conversion::lead_id),
                      field("measure_consent", &Conversion::measure_consent),
                      required("stage_to", &Conversion::stage_to),
                      required("subject", &Conversion::subject),
                      required("subject_rev", &Conversion::subject_rev)};
  }
};

struct AttributionDealUpdated {
  static constexpr std::string_view type = "deal.updated";
  std::string deal_id, event_id, subject;
  std::int64_t event_ms = 0, subject_rev = 0;
  std::optional<std::int64_t> amount_cents;
  std::optional<std::string> currency, lead_id;
  static constexpr auto fields() {
    return FieldList{field("amount_cents", &AttributionDealUpdated::amount_cents),
                      field("currency", &AttributionDealUpdated::currency),
                      required("deal_id", &AttributionDealUpdated::deal_id),
                      required("event_id", &AttributionDealUpdated::event_id),
                      required("event_ms", &AttributionDealUpdated::event_ms),
                      field("lead_id", &AttributionDealUpdated::lead_id),
                      required("subject", &AttributionDealUpdated::subject),
                      required("subject_rev", &AttributionDealUpdated::subject_rev)};
  }
};

struct DealRev {
  std::string deal_id;
  std::int64_t subject_rev = 0;
  static constexpr auto fields() {
    return FieldList{field("deal_id", &DealRev::deal_id),
                      field("subject_rev", &DealRev::subject_rev)};
  }
};

struct JourneyRekey {
  static constexpr std::string_view type = "journey.rekey";
  std::string from, to;
  std::vector<DealRev> deals;
  static constexpr auto fields() {
    return FieldList{field("deals", &JourneyRekey::deals),
                      required("from", &JourneyRekey::from),
                      required("to", &JourneyRekey::to)};
  }
};

struct MatchRequest {
  static constexpr std::string_view type = "match.request";
  std::string subject, deal_id, event_id, key;
  std::int64_t t_ms = 0, asked_ms = 0;
  std::vector<std::string> keys, ambiguous;  // keys left to ask; kinds of key that were a crowd
  std::optional<std::string> lead_id;
  static constexpr auto fields() {
    return FieldList{field("ambiguous", &MatchRequest::ambiguous),
                      required("asked_ms", &MatchRequest::asked_ms),
                      required("deal_id", &MatchRequest::deal_id),
                      required("event_id", &MatchRequest::event_id),
                      required("key", &MatchRequest::key),
                      field("keys", &MatchRequest::keys),
                      field("lead_id", &MatchRequest::lead_id),
                      required("subject", &MatchRequest::subject),
                      required("t_ms", &MatchRequest::t_ms)};
  }
};

struct MatchResult {
  static constexpr std::string_view type = "match.result";
  std::string subject, deal_id, event_id, method;
  std::int64_t layer = 0, confidence_bp = 0;
  std::optional<std::string> click_id, ad_id, campaign_id, ad_account, platform, channel;
  std::optional<std::int64_t> clicked_ms, window_ms;
  std::vector<std::string> ambiguous;
  std::optional<bool> late;
  static constexpr auto fields() {
    return FieldList{field("ad_account", &MatchResult::ad_account),
                      field("ad_id", &MatchResult::ad_id),
                      field("ambiguous", &MatchResult::ambiguous),
                      field("campaign_id", &MatchResult::campaign_id),
                      field("channel", &MatchResult::channel),
                      field("click_id", &MatchResult::click_id),
                      field("clicked_ms", &MatchResult::clicked_ms),
                      required("confidence_bp", &MatchResult::confidence_bp),
                      required("deal_id", &MatchResult::deal_id),
                      required("event_id", &MatchResult::event_id),
                      field("late", &MatchResult::late),
                      required("layer", &MatchResult::layer),
                      required("method", &MatchResult::method),
                      field("platform", &MatchResult::platform),
                      required("subject", &MatchResult::subject),
                      field("window_ms", &MatchResult::window_ms)};
  }
};

// journey.moved stands in topology/attribution/moved.h: only attribution reads what it says.

struct JourneyClosed {
  static constexpr std::string_view type = "journey.closed";
  std::string currency, result, day;
  std::vector<std::string> channels;
  static constexpr auto fields() {
    return FieldList{field("channels", &JourneyClosed::channels),
                      required("currency", &JourneyClosed::currency),
                      required("day", &JourneyClosed::day),
                      required("result", &JourneyClosed::result)};
  }
};

struct MatchCounted {
  static constexpr std::string_view type = "match.counted";
  std::string day;
  std::int64_t conversions = 0, matched = 0;
  static constexpr auto fields() {
    return FieldList{required("conversions", &MatchCounted::conversions),
                      required("day", &MatchCounted::day),
                      required("matched", &MatchCounted::matched)};
  }
};

struct MarkovShares {
  static constexpr std::string_view type = "markov.shares";
  std::string tenant, currency;
  std::map<std::string, std::int64_t> share_bp;
  std::int64_t version = 0;
  static constexpr auto fields() {
    return FieldList{required("currency", &MarkovShares::currency),
                      field("share_bp", &MarkovShares::share_bp),
                      required("tenant", &MarkovShares::tenant),
                      required("version", &MarkovShares::version)};
  }
};

struct ClickForget {
  static constexpr std::string_view type = "click.forget";
  std::string lead_id;
  std::vector<std::string> click_ids;
  static constexpr auto fields() {
    return FieldList{field("click_ids", &ClickForget::click_ids),
                      required("lead_id", &ClickForget::lead_id)};
  }
};

}  // namespace millrace
