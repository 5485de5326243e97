// Records with what lies sealed in them opened, for who holds the keys of the folder: what `dlq show` prints.
// Tests: tests/unit/opened_test.cpp, tests/integration/doors.sh
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace millrace::cli {

struct Globals;

// The sealed values that stand in a JSON text, each once, without their quotes.
std::vector<std::string> sealed_in(std::string_view json);
// The text with these values replaced, quotes and all, by what they hold (JSON); one that holds nothing stays.
std::string with_opened(std::string_view json, const std::map<std::string, std::string, std::less<>>& opened);

struct OpenedRecord {
  std::string text;  // as far as it could be opened
  std::string why;   // some of it is sealed still: why; empty: all is open
};
// A record's value; asks the running process for what is sealed, or opens the folder. `tenant`: whose keys, where the record does
// not say.
OpenedRecord opened_record(const Globals& globals, std::string_view value, std::string_view tenant = {});

}  // namespace millrace::cli
