#include "cli/event_log.h"

#include <cstdio>
#include <string>

#include "core/json.h"
#include "core/time.h"
#include "node/node.h"

namespace millrace::cli {

void log_event(Level level, std::string_view event,
               std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  static constexpr std::string_view names[] = {"error", "warn", "info", "debug"};
  std::string line = "{\"ts\":\"" + rfc3339(node::wall_ms()) + "\",\"level\":\"";
  line.append(names[static_cast<std::size_t>(level)]).append("\",\"event\":");
  append_json_string(line, event);
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    line.append(",\"").append(name).append("\":");
    append_json_string(line, value);
  }
  line.append("}\n");
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace millrace::cli
