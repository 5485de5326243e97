// What `tail` and its like print of a record.
#pragma once

#include <string>

#include "core/record.h"

namespace millrace::cli {

// The record as one line of JSON: the CloudEvent with its place and cause beside it.
std::string ndjson_line(const TopicTable& topics, const Record& record);
// The record as a few lines for people: time, type, key fields, reasons.
std::string pretty_lines(const TopicTable& topics, const Record& record);

}  // namespace millrace::cli
