// What is armed: the connectors that act for real, and until when; for people and for programs.
// Tests: tests/unit/armings_test.cpp, tests/integration/command_line.sh
#pragma once

#include <string>
#include <vector>

#include "core/fields.h"
#include "core/time.h"
#include "node/request.h"

namespace millrace::cli {

// Asks for every row of the table that says so.
node::Request armings_request();

struct Arming {
  std::string armed;  // the connector
  std::string tenant;
  TimeMs until_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("armed", &Arming::armed), field("tenant", &Arming::tenant), field("until_ms", &Arming::until_ms)};
  }
};

// `rows`: the answer, "<tenant>\t<row>" of every partition, which may lie a step apart: the latest counts. By tenant and
// connector.
std::vector<Arming> armings_of(const std::vector<std::string>& rows);
// One line an arming; one line that nothing is armed when there is none.
std::vector<std::string> in_words(const std::vector<Arming>& armings);

}  // namespace millrace::cli
