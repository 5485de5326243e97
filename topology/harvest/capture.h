// What a capture, or an update, does to the leads: find, join, change (spec/harvest.md section 6). The fold and the
// conformance cases call these; nothing else decides who a lead is.
//
// CP-1  refuse() tells before anything is written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/harvest/identity.h"
#include "topology/harvest/patch.h"

namespace millrace::harvest {

enum class CaptureResult { created, updated, merged };
constexpr std::array<std::string_view, 3> enum_names(CaptureResult) { return {"new", "update", "merge"}; }

struct CaptureOutcome {
  CaptureResult result = CaptureResult::created;
  LeadEdit lead;
  std::vector<std::string> absorbed;          // in the order of their first capture
  std::vector<Identity::Indexed> indexed;     // tokens that lead to it from now on
};

// Empty, no_identifier or identity_overflow. `matched`: what Identity::match() gave.
std::string refuse_capture(const Identifiers& ids, const std::vector<std::string>& matched, const IdentityLimits& limits);

// Needs: refuse_capture() was empty, or `matched` names the leads of an update (one at least). `new_id`: of the lead to make
// when nothing matched.
CaptureOutcome take_capture(Identity& identity, std::string_view tenant, std::vector<std::string> matched, std::string_view new_id,
                            const ReadLead& read, const IdentityLimits& limits, Keyring& keys);

}  // namespace millrace::harvest
