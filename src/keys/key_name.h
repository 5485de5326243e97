// The name of a key is the id of the first record that needed it; of a second key that the same record needed for
// another owner, or that is one of several makers', it is a hash over the record and what tells them apart (the owner; the
// key, of which a hash tells nothing), so that a name has one key.
#pragma once

#include <string>
#include <string_view>

#include "core/hash.h"

namespace millrace {

inline std::string second_key_name(std::string_view record_id, std::string_view apart) {
  return hid("", 32, {record_id, apart});
}

}  // namespace millrace
