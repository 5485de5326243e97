#include "log/embedded/namespace.h"

#include <charconv>

#include "core/hash.h"

namespace millrace::log {
namespace {

constexpr std::string_view kFirstLine = "millrace-log 1";
constexpr std::string_view kCheck = "crc32c ";

std::string checksum(std::string_view text) {
  const std::uint32_t crc = crc32c(0, text);
  char bytes[4];
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(crc >> (24 - 8 * i));
  return hex({bytes, 4}, 8);
}

// Cuts the text up to `end` off the front; all of it when there is no `end`.
std::string_view cut(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view front = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return front;
}

bool take_line(Namespace& ns, std::vector<TopicInfo>& topics, std::string_view line) {
  const std::string_view word = cut(line, ' ');
  if (word == "id") {
    ns.id = line;
  } else if (word == "clock" && (line == "wall" || line == "history")) {
    ns.clock = line == "wall" ? Clock::wall : Clock::history;
  } else if (word == "durability" && (line == "os" || line == "fsync")) {
    ns.durability = line == "os" ? Durability::os : Durability::fsync;
  } else if (word == "created_with") {
    ns.created_with = line;
  } else if (word == "topic") {
    TopicInfo topic{std::string(cut(line, ' ')), 0};
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), topic.partitions);
    if (error != std::errc() || end != line.data() + line.size() || topic.partitions == 0) return false;
    topics.push_back(std::move(topic));
  } else if (word == "fixed") {
    const std::string name(cut(line, ' '));
    ns.fixed[name] = line;
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string encode_namespace(const Namespace& ns) {
  std::string text = std::string(kFirstLine) + "\nid " + ns.id + "\n";
  text += ns.clock == Clock::wall ? "clock wall\n" : "clock history\n";
  text += ns.durability == Durability::os ? "durability os\n" : "durability fsync\n";
  text += "created_with " + ns.created_with + "\n";
  for (std::size_t i = 0; i < ns.topics.size(); ++i) {
    const TopicInfo& topic = ns.topics[TopicId{static_cast<std::uint8_t>(i)}];
    text += "topic " + topic.name + " " + std::to_string(topic.partitions) + "\n";
  }
  for (const auto& [name, value] : ns.fixed) text += "fixed " + name + " " + value + "\n";
  return text + std::string(kCheck) + checksum(text) + "\n";
}

Result<Namespace> decode_namespace(std::string_view text, const std::string& path) {
  const Fault corrupt = fatal("corrupt", path + " is damaged; put back a copy of it: every namespace's backup has one, "
                                                "and it never changes after creation");
  const std::size_t check = text.rfind(kCheck);
  if (check == std::string_view::npos || text.substr(check) != std::string(kCheck) + checksum(text.substr(0, check)) + "\n")
    return corrupt;
  text = text.substr(0, check);
  if (cut(text, '\n') != kFirstLine)
    return fatal("newer_format", path + " was made by a newer version; use that version or a later one");
  Namespace ns;
  std::vector<TopicInfo> topics;
  while (!text.empty())
    if (!take_line(ns, topics, cut(text, '\n'))) return corrupt;
  if (ns.id.empty() || topics.empty() || topics.size() > 256) return corrupt;
  ns.topics = TopicTable(std::move(topics));
  return ns;
}

Result<void> create_namespace(FileLayer& files, const std::string& folder, const Namespace& ns) {
  const std::string path = folder + "/namespace";
  const int there = files.open(path, OpenMode::read);
  if (there >= 0) {
    files.close(there);
    return fatal("exists", "a log stands in " + folder + " already; name another folder");
  }
  return put_file(files, folder, "namespace", encode_namespace(ns));
}

Result<Namespace> load_namespace(FileLayer& files, const std::string& folder) {
  const std::string path = folder + "/namespace";
  auto text = read_whole(files, path);
  if (!text && text.fault().code == "not_found")
    return fatal("not_found", "no log stands in " + folder + " (" + path + " is missing); create one, or name its folder");
  if (!text) return text.fault();
  return decode_namespace(*text, path);
}

}  // namespace millrace::log
