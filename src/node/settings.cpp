#include "node/settings.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "core/words.h"
#include "topology/policy/toml.h"

namespace millrace::node {

namespace fs = std::filesystem;

namespace {

struct SettingRule {
  std::string_view key;
  std::optional<std::string> Settings::*text;
  std::string_view one_of;  // empty: any
  std::optional<std::int64_t> Settings::*number;
  std::int64_t least, most;
};
constexpr SettingRule kRules[] = {
    {"data", &Settings::data, "", nullptr, 0, 0},
    {"durability", &Settings::durability, "|os|fsync|", nullptr, 0, 0},
    {"brokers", &Settings::brokers, "", nullptr, 0, 0},
    {"namespace", &Settings::name_space, "", nullptr, 0, 0},
    {"metrics", &Settings::metrics, "", nullptr, 0, 0},
    {"threads", nullptr, "", &Settings::threads, 1, 256},
    {"cache_mb", nullptr, "", &Settings::cache_mb, 1, 1 << 20},
    {"log.level", &Settings::log_level, "|error|warn|info|debug|", nullptr, 0, 0},
    {"log.segment_mb", nullptr, "", &Settings::segment_mb, 1, 1024},
    {"engine.intake_free_bp", nullptr, "", &Settings::intake_free_bp, 0, 10000},
    {"engine.fold_free_bp", nullptr, "", &Settings::fold_free_bp, 0, 10000},
};
constexpr std::string_view kKeepKey = "log.keep";

std::string_view nearest_key(std::string_view key) {
  std::string_view best = kKeepKey;
  for (const SettingRule& rule : kRules)
    if (letters_apart(key, rule.key) < letters_apart(key, best)) best = rule.key;
  return best;
}

// "400d" in milliseconds.
std::optional<DurationMs> duration_of(std::string_view text) {
  DurationMs count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc() || count < 0 || count > 1'000'000) return std::nullopt;
  if (unit == "ms") return count;
  if (unit == "s") return count * 1000;
  if (unit == "m") return count * 60'000;
  if (unit == "h") return count * 3'600'000;
  if (unit == "d") return count * 86'400'000;
  return std::nullopt;
}

class SettingsReader {
 public:
  SettingsReader(const std::string& file, Settings& settings) : file_(file), settings_(settings) {}

  Result<void> read(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      if (prefix == "kafka.") {
        if (auto taken = take_kafka(std::string(name.str()), key, node); !taken) return taken;
      } else if (const auto* inner = node.as_table(); inner && (key == "log" || key == "engine" || key == "kafka")) {
        if (auto done = read(*inner, key + "."); !done) return done;
      } else if (auto taken = take(key, node); !taken) {
        return taken;
      }
    }
    return {};
  }

 private:
  Fault bad(const toml::node& node, const std::string& key, const std::string& what) const {
    return fatal("bad_settings", file_ + " line " + std::to_string(node.source().begin.line) + ": " + key + " " + what);
  }

  Result<void> take_kafka(const std::string& name, const std::string& key, const toml::node& node) {
    if (const auto* text = node.as_string()) settings_.kafka[name] = text->get();
    else if (const auto* number = node.as_integer()) settings_.kafka[name] = std::to_string(number->get());
    else if (const auto* flag = node.as_boolean()) settings_.kafka[name] = flag->get() ? "true" : "false";
    else return bad(node, key, "must be a text in quotes, an integer, or true or false");
    return {};
  }

  Result<void> take(const std::string& key, const toml::node& node) {
    if (key == kKeepKey) {
      const auto* text = node.as_string();
      settings_.log_keep = text ? duration_of(text->get()) : std::nullopt;
      if (!settings_.log_keep) return bad(node, key, "must be a time like \"400d\" (ms, s, m, h, d)");
      return {};
    }
    const auto rule = std::find_if(std::begin(kRules), std::end(kRules), [&](const SettingRule& r) { return r.key == key; });
    if (rule == std::end(kRules)) return bad(node, key, "is not a setting; did you mean " + std::string(nearest_key(key)) + "?");
    if (rule->text) {
      const auto* text = node.as_string();
      if (!text) return bad(node, key, "must be a text in quotes");
      if (!rule->one_of.empty() && rule->one_of.find("|" + text->get() + "|") == std::string_view::npos)
        return bad(node, key, "= \"" + text->get() + "\" is none of " + std::string(rule->one_of.substr(1, rule->one_of.size() - 2)));
      settings_.*(rule->text) = text->get();
      return {};
    }
    const auto* number = node.as_integer();
    if (!number) return bad(node, key, "must be an integer");
    if (number->get() < rule->least || number->get() > rule->most)
      return bad(node, key, "= " + std::to_string(number->get()) + " is outside " + std::to_string(rule->least) + " to " + std::to_string(rule->most));
    settings_.*(rule->number) = number->get();
    return {};
  }

  const std::string& file_;
  Settings& settings_;
};

}  // namespace

Result<Settings> parse_settings(std::string_view text, const std::string& file) {
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed)
    return fatal("bad_settings", file + " line " + std::to_string(parsed.error().source().begin.line) + ": " + std::string(parsed.error().description()));
  Settings settings;
  settings.file = file;
  if (auto read = SettingsReader(file, settings).read(parsed.table(), ""); !read) return read.fault();
  if (settings.data && !fs::path(*settings.data).is_absolute())
    settings.data = (fs::path(file).parent_path() / *settings.data).string();
  return settings;
}

Result<Settings> load_settings(const std::string& file, const std::string& data) {
  std::error_code none;
  std::string found = file;
  if (found.empty() && fs::exists("millrace.toml", none)) found = "millrace.toml";
  if (found.empty() && fs::exists(fs::path(data) / "millrace.toml", none)) found = (fs::path(data) / "millrace.toml").string();
  if (found.empty()) return Settings{};
  std::ifstream in(found, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return fatal("not_found", "cannot read the settings " + found);
  return parse_settings(text.str(), found);
}

}  // namespace millrace::node
