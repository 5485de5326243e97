// millrace.toml: the settings of this process, as against the policy, which is a record of the log.
//
//   data = "/srv/acme"          # the data folder; a relative one lies beside the file
//   threads = 2                 # folding threads
//   cache_mb = 256              # decoded rows
//   durability = "fsync"        # or "os"
//   brokers = "kafka:9092"      # with [kafka]: for the log on Apache Kafka
//   namespace = "sandbox.may"
//   metrics = "127.0.0.1:9464"  # where Prometheus reads this process
//   [log]
//   keep = "400d"               # what is older may be dropped (ms, s, m, h, d)
//   level = "info"              # error, warn, info, debug
//   segment_mb = 64
//   [engine]
//   intake_free_bp = 1000       # nothing is taken in below this share of the disk
//   fold_free_bp = 300          # nothing is folded below this one
//   [kafka]                     # passed on as it is
//   commit_ms = 100
//   chain = false
//
// ST-1  An unknown key, a wrong type or a value out of range is refused with file, line, key and what was meant.
// Tests: tests/unit/settings_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/result.h"

namespace millrace::node {

struct Settings {
  std::string file;  // empty: there is none
  std::optional<std::string> data, durability, brokers, name_space, log_level, metrics;
  std::optional<std::int64_t> threads, cache_mb, segment_mb, intake_free_bp, fold_free_bp;
  std::optional<DurationMs> log_keep;
  std::map<std::string, std::string> kafka;
};

// Fails: bad_settings, naming file, line and key.
Result<Settings> parse_settings(std::string_view text, const std::string& file);
// `file` when it is named; else ./millrace.toml; else the one in the data folder; else no settings.
// Fails: not_found (a named file), bad_settings.
Result<Settings> load_settings(const std::string& file, const std::string& data);

}  // namespace millrace::node
