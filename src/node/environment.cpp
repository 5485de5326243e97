#include "node/environment.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/hash.h"
#include "topology/fold_version.h"

namespace millrace::node {

namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// "2025b", as tzdata names itself; the hash of its zone table where it does not.
std::string tzdata_version() {
  const std::string named = read_file("/usr/share/zoneinfo/tzdata.zi").substr(0, 64);
  const auto begin = named.find("# version ");
  if (begin == 0) return named.substr(10, named.find('\n') - 10);
  return sha256_hex(read_file("/usr/share/zoneinfo/zone.tab"), 16);
}

// zone.tab: country, coordinates, zone, comments, by tabs.
std::map<std::string, std::string> zone_countries() {
  std::map<std::string, std::string> countries;
  std::istringstream lines(read_file("/usr/share/zoneinfo/zone.tab"));
  for (std::string line; std::getline(lines, line);) {
    if (line.size() < 3 || line.front() == '#') continue;
    const auto second = line.find('\t', 3);
    if (second == std::string::npos) continue;
    const auto third = line.find('\t', second + 1);
    countries[line.substr(second + 1, third - second - 1)] = line.substr(0, 2);
  }
  return countries;
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) lines.insert(line);
  return lines;
}

// The lines of `text` that `other` has not.
std::string only_in(const std::string& text, const std::string& other) {
  const std::set<std::string> there = lines_of(other);
  std::string out;
  for (const std::string& line : lines_of(text))
    if (!there.contains(line)) out += (out.empty() ? "" : "; ") + line;
  return out;
}

fs::path note_in(const std::string& folder) { return fs::path(folder) / "environment"; }
fs::path notes_in(const std::string& folder) { return fs::path(folder) / "environments"; }

std::string noted(const std::string& folder) {
  std::string parts = read_file(note_in(folder));
  if (parts.ends_with('\n')) parts.pop_back();
  return parts;
}

using Other = FoldedUnder::Other;

// A line: the hash, then the parts, a tab before each.
std::vector<Other> noted_before(const std::string& folder) {
  std::vector<Other> all;
  std::istringstream lines(read_file(notes_in(folder)));
  for (std::string line; std::getline(lines, line);) {
    const auto tab = line.find('\t');
    Other each{line.substr(0, tab), tab == std::string::npos ? std::string() : line.substr(tab + 1)};
    std::replace(each.parts.begin(), each.parts.end(), '\t', '\n');
    all.push_back(std::move(each));
  }
  return all;
}

// The one that folded last; no hash: none did.
Other latest_of(const std::string& folder, const std::optional<std::string>& last) {
  const std::string parts = noted(folder);
  const std::string hash = parts.empty() ? std::string() : sha256_hex(parts);
  if (last && *last != hash) return {*last, {}};
  return {hash, parts};
}

bool holds(const std::vector<Other>& all, const std::string& hash) {
  return std::any_of(all.begin(), all.end(), [&](const Other& each) { return each.hash == hash; });
}

std::string named(const Other& each, const std::string& beside) {
  constexpr std::size_t kShown = 16;  // of a hash
  std::string what = each.parts.empty() ? "of which no more is noted here" : only_in(each.parts, beside);
  if (what.empty()) what = "without " + only_in(beside, each.parts);
  return each.hash.substr(0, kShown) + " {" + what + "}";
}

}  // namespace

Result<Environment> load_environment(const std::string& folder, const std::string& pepper_hash) {
  Environment environment;
  environment.tzdata = tzdata_version();
  environment.zone_country = zone_countries();
  std::string& names = environment.parts;
  names = "fold " + std::to_string(kFoldVersion) + "\ntzdata " + environment.tzdata + "\npepper " + pepper_hash;
  const fs::path lists = fs::path(folder) / "lists";
  std::error_code none;
  std::map<std::string, fs::path> found;
  if (fs::is_directory(lists, none))
    for (const auto& entry : fs::directory_iterator(lists, none))
      if (entry.is_regular_file()) found.emplace(entry.path().filename().string(), entry.path());
  for (const auto& [name, path] : found) {
    const std::string text = read_file(path);
    environment.list_sha256[name] = sha256_hex(text);
    names += "\nlist " + name + " " + environment.list_sha256[name];
    auto& words = environment.lists[name];
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto begin = line.find_first_not_of(" \t\r");
      if (begin == std::string::npos || line[begin] == '#') continue;
      std::string word = line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
      for (char& c : word)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      words.insert(std::move(word));
    }
  }
  environment.hash = sha256_hex(names);
  return environment;
}

std::optional<std::string> note_environment(const std::string& folder, const Environment& environment, const std::optional<std::string>& last) {
  const Other latest = latest_of(folder, last);
  if (!latest.hash.empty() && latest.hash != environment.hash && !holds(noted_before(folder), latest.hash)) {
    std::string line = latest.hash + (latest.parts.empty() ? "" : "\t" + latest.parts);
    std::replace(line.begin(), line.end(), '\n', '\t');
    std::ofstream(notes_in(folder), std::ios::binary | std::ios::app) << line << "\n";
  }
  const std::string before = noted(folder);
  if (before == environment.parts) return std::nullopt;
  std::ofstream(note_in(folder), std::ios::binary) << environment.parts << "\n";
  if (before.empty()) return std::nullopt;
  return "what folds here is not what folded here before: it was {" + only_in(before, environment.parts) + "} and is {" +
         only_in(environment.parts, before) +
         "}. Decisions are made by what is, from now on. A list that was not meant to change: stop, put its file back, start again";
}

FoldedUnder folded_under(const std::string& folder, const Environment& environment, const std::optional<std::string>& last) {
  FoldedUnder folded{noted_before(folder), false};
  Other latest = latest_of(folder, last);
  folded.this_too = latest.hash == environment.hash;
  if (!latest.hash.empty() && !holds(folded.others, latest.hash)) folded.others.push_back(std::move(latest));
  std::erase_if(folded.others, [&](const Other& each) { return each.hash == environment.hash; });
  return folded;
}

std::string in_words(const FoldedUnder& folded, const Environment& environment) {
  if (folded.others.empty()) return {};
  std::string words = "what is here was folded under ";
  for (const Other& each : folded.others) words += named(each, environment.parts) + ", ";
  const std::string& beside = folded.others.back().parts;
  words += (folded.this_too ? "then under " : "and again, by this command, under ") + named({environment.hash, environment.parts}, beside) +
           ": a difference may be what was changed between them, and no damage. ";
  if (!folded.this_too) return words + "Put back what was changed (the program, files of DATA/lists) and verify again; or go on with it: then what was "
                                       "folded before can be proven in a backup from before the change alone, with what was there then";
  return words + "What was folded before can be proven in a backup from before the change alone, with the program and DATA/lists of then; for a "
                 "history that is proven whole begin a new folder or namespace and produce its facts again";
}

}  // namespace millrace::node
