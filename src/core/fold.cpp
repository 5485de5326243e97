#include "core/fold.h"

namespace millrace {

std::string& Step::open(const To& to) {
  Headers headers;
  headers.hop = static_cast<std::uint8_t>(in.hop + (to.same_hop ? 0 : 1));
  headers.broadcast = to.partition >= 0;
  headers.cause = at;
  headers.root = root;
  headers.set_by = set_by;
  const Partition target{to.partition >= 0 ? static_cast<std::uint16_t>(to.partition)
                                           : partition_of(to.key, topics->partitions(to.topic))};
  return outputs->open({to.topic, target}, now_ms, to.key, headers);
}

void Step::close(const To& to, std::string_view id, std::string_view type, std::string& out) {
  out.append(",\"id\":\"").append(id).append("\",\"source\":\"millrace/").append(stage);
  out.append("\",\"specversion\":\"1.0\"");
  if (!to.subject.empty()) {
    out.append(",\"subject\":");
    append_json_string(out, to.subject);
  }
  out.append(",\"tenant\":");
  append_json_string(out, to.tenant.empty() ? std::string_view(tenant) : to.tenant);
  out.append(",\"time\":\"");
  append_rfc3339(out, to.event_ms < 0 ? event_ms : to.event_ms);
  out.append("\",\"type\":\"").append(type).append("\"}");
  ++next_ordinal;
  const std::size_t size = outputs->close();
  if (size <= kOutputMax) return;
  outputs->drop_last();
  if (!refused.empty()) refused.append("; ");
  refused.append(type).append(", ").append(std::to_string(size)).append(" bytes");
}

}  // namespace millrace
