// Who may do what (spec/governance.md section 15): rules governance.rbac and governance.kill_switch.
//
// AC-1  A role allows what its row of the table names and nothing else; a role that is not there allows nothing.
// AC-2  Another tenant's object does not exist for a token, whatever its roles; tenant "*" is that of all.
// AC-3  Nobody approves what they proposed.
// AC-4  Who may send may stop: the switch goes on with `pause` and off with `kill_switch`; over all tenants only by a
//       token of all; with a reason always.
// Pure: the caller knows token, actor and proposer.      Tests: tests/unit/governance_test.cpp, conformance governance.rbac
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace millrace::governance {

// Whether one of the roles has the permission.
bool may(std::span<const std::string> roles, std::string_view permission);

struct Access {
  bool allowed = false;
  int status = 0;             // of a refusal: 401, 403, 404 or 422
  std::string_view code = {};  // unauthorised, forbidden, not_found, self_approval, validation
};

// What a token says of whoever holds it.
struct Token {
  std::span<const std::string> roles;
  std::string_view tenant;  // or "*"
  std::string_view actor = {};
};

// `tenant` is the object's. `proposer`, of an approval: who asked for what is approved.
Access access(const Token& token, std::string_view permission, std::string_view tenant, std::string_view proposer = {});

// `scope` tenant or global.
Access kill_switch_access(const Token& token, bool on, std::string_view scope, std::string_view reason);

}  // namespace millrace::governance
