// Lower case for matching: ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic letters of UTF-8 text. Other characters and
// bytes that are no UTF-8 stay as they are.      Tests: tests/unit/outreach_reply_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace millrace::outreach {

std::string lower_case(std::string_view utf8);
// Without spaces, tabs and line ends at both sides.
std::string_view trim(std::string_view text);

}  // namespace millrace::outreach
