// The door of operator.* records (spec/conventions.md section 4): whoever holds the operator key of the namespace seals
// what is personal in them and signs them, on their way to the log. Nothing else may write them.
//
// OD-1  Of operator.send_message subject and body are sealed under the lead's key, of operator.suppress and unsuppress an
//       address; beside it stands its token, where the value alone tells it. Identifiers of operator.lead_split go in as
//       tokens, external ids as they are.
// OD-2  The signature covers the record as it goes to the log.
// Left in clear: a phone number without its country in lead_split, since only the policy can tell its token.
#pragma once

#include <string>

#include "core/keys.h"
#include "keys/operator_signer.h"

namespace millrace::node {

// The canonical record with its signature. Needs: canonical text without sig.
std::string signed_record(const std::string& canonical, const OperatorSigner& signer);

// The record as it goes to the log: sealed, then signed. Needs: as above.
std::string operator_record(const std::string& canonical, const OperatorSigner& signer, Keyring& keys);

}  // namespace millrace::node
