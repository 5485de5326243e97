// What is armed, for people: the connectors that act for real, and until when.      Tests: tests/unit/armings_test.cpp
#pragma once

#include <string>
#include <vector>

#include "node/request.h"

namespace millrace::cli {

// Asks for every row of the table that says so.
node::Request armings_request();
// `rows`: its answer, "<tenant>\t<row>" of every partition, which may lie a step apart: the latest counts. One line an arming,
// by tenant and connector; one line that nothing is armed when there is none.
std::vector<std::string> armings_in_words(const std::vector<std::string>& rows);

}  // namespace millrace::cli
