#include "cli/armings.h"

#include <algorithm>
#include <map>

#include "topology/outreach/tables.h"
#include "topology/wire/decode.h"

namespace millrace::cli {

node::Request armings_request() {
  node::Request request;
  request.op = node::Request::Op::state_list;
  request.args = {{"stage", "outreach"}, {"table", "armed"}, {"prefix", ""}, {"limit", "100000"}};
  return request;
}

std::vector<Arming> armings_of(const std::vector<std::string>& rows) {
  std::map<std::pair<std::string, std::string>, TimeMs> until;  // tenant, connector
  for (const std::string& row : rows) {
    const auto tab = row.find('\t');
    outreach::ArmedRow armed;
    std::string problem;
    if (tab == std::string::npos || !wire::decode_text(row.substr(tab + 1), armed, problem)) continue;
    for (const auto& [connector, ms] : armed.until_ms) {
      TimeMs& latest = until[{row.substr(0, tab), connector}];
      latest = std::max(latest, ms);
    }
  }
  std::vector<Arming> armings;
  for (const auto& [what, ms] : until) armings.push_back({what.second, what.first, ms});
  return armings;
}

std::vector<std::string> in_words(const std::vector<Arming>& armings) {
  std::vector<std::string> lines;
  for (const Arming& arming : armings) {
    std::string line = "armed: " + arming.armed + " of " + arming.tenant + " acts for real until ";
    append_rfc3339(line, arming.until_ms);
    lines.push_back(std::move(line));
  }
  if (lines.empty()) lines.push_back("nothing is armed: every effect is a dry run");
  return lines;
}

}  // namespace millrace::cli
