// Every topic of a namespace, with the ids that stages emit to (spec/conventions.md section 5).
#pragma once

#include "core/record.h"

namespace millrace::topics {

inline constexpr TopicId control{0};
inline constexpr TopicId crm_events{1};
inline constexpr TopicId leads_harvested{2};
inline constexpr TopicId leads_scored{3};
inline constexpr TopicId routing_decisions{4};
inline constexpr TopicId outreach_intents{5};
inline constexpr TopicId attribution_touches{6};
inline constexpr TopicId ads_performance{7};
inline constexpr TopicId learning_outcomes{8};
inline constexpr TopicId alerts{9};
inline constexpr std::uint8_t kInboxes = 10;  // the ids above
inline constexpr TopicId enrichment_commands{10};
inline constexpr TopicId outreach_commands{11};
inline constexpr TopicId attribution_credits{12};
inline constexpr TopicId ads_pending_changes{13};
inline constexpr TopicId ads_change_history{14};
inline constexpr TopicId learning_dataset{15};
inline constexpr TopicId erasure_commands{16};
inline constexpr TopicId alerts_out{17};
inline constexpr TopicId audit_ledger{18};
inline constexpr TopicId subscriptions_dlq{19};
inline constexpr TopicId history_in{20};  // no inbox: the load of a history namespace
inline constexpr std::uint8_t kFirstDlq = 21;
// The dead letters of an inbox.
constexpr TopicId dlq_of(TopicId inbox) { return TopicId{static_cast<std::uint8_t>(kFirstDlq + inbox.value)}; }

// The topic table of a namespace whose inboxes have `partitions` partitions (`control` has one).
TopicTable make_table(std::uint16_t partitions);

}  // namespace millrace::topics
