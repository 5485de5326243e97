#include "node/verified.h"

#include <fstream>
#include <sstream>

#include "core/json.h"
#include "topology/wire/decode.h"

namespace millrace::node {

Result<void> note_verified(const std::string& folder, const Verified& outcome) {
  const std::string path = folder + "/verified";
  std::ofstream file(path, std::ios::binary);
  file << to_json(outcome) << "\n";
  if (!file.flush()) return fatal("io", "cannot write " + path + ": arming asks for it");
  return {};
}

std::optional<Verified> last_verified(const std::string& folder) {
  std::ifstream file(folder + "/verified", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  Verified outcome;
  std::string problem;
  if (text.str().empty() || !wire::decode_text(text.str(), outcome, problem)) return std::nullopt;
  return outcome;
}

Result<void> may_arm(const std::optional<Verified>& last, DurationMs max_age, TimeMs now, const std::string& command) {
  const std::string what = "; run `" + command + "`, also beside a running process, then arm again";
  if (!last) return fatal("verify_failed", "nothing was verified from this folder yet" + what);
  if (last->problems > 0)
    return fatal("verify_failed", "the last verify found " + std::to_string(last->problems) + " problems; mend them" + what);
  if (now - last->at_ms > max_age || now < last->at_ms)
    return fatal("verify_failed", "the last good verify is older than governance.verify_age_ms = " + std::to_string(max_age) + what);
  return {};
}

}  // namespace millrace::node
