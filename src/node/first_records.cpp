#include "node/first_records.h"

#include "core/hash.h"
#include "core/json.h"
#include "core/time.h"
#include "engine/loader.h"

namespace millrace::node {

namespace {

// A record of the machine itself.
template <class Event>
std::string control_body(const Event& event, std::string_view id, TimeMs time) {
  std::string out = "{\"data\":";
  append_json(out, event);
  out.append(",\"id\":");
  append_json_string(out, id);
  out.append(",\"source\":\"millrace/create\",\"specversion\":\"1.0\",\"tenant\":\"_\",\"time\":\"");
  append_rfc3339(out, time);
  out.append("\",\"type\":\"").append(Event::type).append("\"}");
  return out;
}

}  // namespace

std::vector<std::string> first_records(bool history, const TopicTable& topics, const OperatorKey& key,
                                       const std::string& policy_toml, TimeMs now) {
  NamespaceCreated created;
  created.clock = history ? "history" : "wall";
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const TopicInfo& topic = topics[TopicId{static_cast<std::uint8_t>(i)}];
    created.partitions[topic.name] = topic.partitions;
  }
  const TimeMs tick = history ? 0 : now / 10'000 * 10'000;
  return {control_body(created, "namespace", now), control_body(key, "key:" + key.key_id, now), engine::tick_body(tick),
          policy_record(policy_toml, now)};
}

std::string policy_record(const std::string& toml, TimeMs now) {
  PolicyChanged policy;
  policy.policy_sha256 = sha256_hex(toml, 16);
  policy.toml = toml;
  return control_body(policy, "policy:" + policy.policy_sha256, now);
}

}  // namespace millrace::node
