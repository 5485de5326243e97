// What a refusal of the front door means, for the person who sent the fact: the reason in a sentence that says what to do, and
// what else is wrong, so that the fact is mended once.
//
//   missing_field:lead_source: a lead.captured needs data.lead_source; also bad_time, bad_field:employee_count
//
// RW-1  Every reason that check_envelope() gives, and `forbidden`, has a sentence.
// RW-2  No value of data is repeated, since it may be personal; of the attributes type, tenant and time are.
// Tests: tests/unit/refusal_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "topology/harvest/envelope.h"

namespace millrace::harvest {

// `bytes` is the fact that was refused with `reason` at a door like this one.
std::string refusal_in_words(std::string_view reason, std::string_view bytes, const Door& door);

// The same for a row of a CSV file that became no fact: csv_bad_row, csv_bad_money, no_identifier, bad_number:<field>, …
std::string row_error_in_words(std::string_view error);

}  // namespace millrace::harvest
