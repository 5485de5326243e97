#include "topology/governance/access.h"

#include <algorithm>
#include <array>

namespace millrace::governance {

namespace {

struct Role {
  std::string_view name;
  std::array<std::string_view, 9> permissions;  // the empty ones are none
};
constexpr std::array<Role, 6> kRoles = {{{"viewer", {"read"}},
                                         {"operator", {"read", "write", "execute", "send", "pause"}},
                                         {"approver", {"read", "approve"}},
                                         {"auditor", {"read", "ledger", "verify"}},
                                         {"privacy", {"read", "erase"}},
                                         {"admin", {"read", "write", "execute", "send", "pause", "arm", "kill_switch", "policy", "tokens"}}}};

bool allows(const Role& role, std::string_view permission) {
  return std::find(role.permissions.begin(), role.permissions.end(), permission) != role.permissions.end();
}

Access refused(int status, std::string_view code) { return {false, status, code}; }

}  // namespace

bool may(std::span<const std::string> roles, std::string_view permission) {
  return !permission.empty() && std::any_of(kRoles.begin(), kRoles.end(), [&](const Role& role) {
    return std::find(roles.begin(), roles.end(), role.name) != roles.end() && allows(role, permission);
  });
}

Access access(const Token& token, std::string_view permission, std::string_view tenant, std::string_view proposer) {
  if (token.tenant != "*" && token.tenant != tenant) return refused(404, "not_found");
  if (!may(token.roles, permission)) return refused(403, "forbidden");
  if (permission == "approve" && !proposer.empty() && token.actor == proposer) return refused(403, "self_approval");
  return {true};
}

Access kill_switch_access(const Token& token, bool on, std::string_view scope, std::string_view reason) {
  if (!may(token.roles, on ? "pause" : "kill_switch")) return refused(403, "forbidden");
  if (scope == "global" && token.tenant != "*") return refused(403, "forbidden");
  const bool known_scope = scope == "tenant" || scope == "global";
  const bool has_reason = reason.find_first_not_of(" \t\r\n") != std::string_view::npos;
  return known_scope && has_reason ? Access{true} : refused(422, "validation");
}

}  // namespace millrace::governance
