// The process's log: one JSON object a line on stderr, without personal data (spec/conventions.md section 10).
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

namespace millrace::cli {

enum class Level { error, warn, info, debug };

// `event` is one of the names of the specification: start, ready, stop, config, fault, …
void log_event(Level level, std::string_view event,
               std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

}  // namespace millrace::cli
