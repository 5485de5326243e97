#include "node/environment.h"

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

std::string joined(const std::set<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "; ") + line;
  return out;
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

std::optional<std::string> note_environment(const std::string& folder, const Environment& environment) {
  const fs::path path = fs::path(folder) / "environment";
  const std::string before = read_file(path);
  if (before == environment.parts + "\n") return std::nullopt;
  std::ofstream(path, std::ios::binary) << environment.parts << "\n";
  if (before.empty()) return std::nullopt;
  std::set<std::string> gone, come;
  std::istringstream old_lines(before), new_lines(environment.parts);
  for (std::string line; std::getline(old_lines, line);) gone.insert(line);
  for (std::string line; std::getline(new_lines, line);)
    if (!gone.erase(line)) come.insert(line);
  return "what folds here is not what folded here before: it was {" + joined(gone) + "} and is {" + joined(come) +
         "}. Decisions are made by what is, from now on. A list that was not meant to change: stop, put its file back, start again";
}

}  // namespace millrace::node
