// What is fixed when a namespace is created: its topics and partition counts, its clock, how durable a flush is unless
// a run says otherwise, and settings of the engine that must never change. It is the file `namespace`, lines of text
// closed by a checksum.
//
// NS-1  The file is put in place whole; a folder without it is not a log.
// NS-2  A damaged file is refused (corrupt), one of a newer format too (newer_format).
#pragma once

#include <map>
#include <string>

#include "core/record.h"
#include "log/embedded/file_layer.h"

namespace millrace::log {

enum class Clock { wall, history };
enum class Durability { os, fsync };  // os: survives the end of the process. fsync: also a power loss

struct Namespace {
  std::string id{};  // [0-9a-z-]{1,64}; made at random when empty. Every checksum of the log starts from it
  Clock clock = Clock::wall;
  Durability durability = Durability::fsync;
  std::string created_with{};  // version of the program
  TopicTable topics{};
  std::map<std::string, std::string> fixed{};  // name -> value, without blanks or newlines in a name, or newlines in a value
};

std::string encode_namespace(const Namespace& ns);
// Fails: corrupt, newer_format. `path` words the fault.
Result<Namespace> decode_namespace(std::string_view text, const std::string& path);

// Fails: exists when the folder holds a namespace; disk_full; io.
Result<void> create_namespace(FileLayer& files, const std::string& folder, const Namespace& ns);
// Fails: not_found, corrupt, newer_format, io.
Result<Namespace> load_namespace(FileLayer& files, const std::string& folder);

}  // namespace millrace::log
