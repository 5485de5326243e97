// The filters of `tail` and `dlq ls`: type, and data fields equal to values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/record.h"
#include "core/result.h"

namespace millrace::cli {

class Where {
 public:
  // `conditions`: "field=value"; dots go into objects. Fails: bad_argument.
  static Result<Where> parse(const std::string& type, const std::vector<std::string>& conditions);
  bool matches(const Record& record);
  // For people, when nothing matched: of the records of that type none had this field; empty: each field was there.
  std::string never_seen() const;

 private:
  std::string type_;
  std::vector<std::pair<std::string, std::string>> conditions_;
  std::vector<bool> seen_;  // of each condition: its field stood in a record
};

}  // namespace millrace::cli
