// Texts in rows, in as few bytes as their kind allows: tokens and ids are hex digits, sealed values end in base64, and neither
// is any smaller for the compression of a store.
//
// PT-1  take_text() gives what put_text() was given, byte for byte; damaged bytes give false, or another text.
// Tests: tests/unit/packed_text_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace millrace::state {

void put_text(std::string& out, std::string_view text);
bool take_text(std::string_view& in, std::string& text);

}  // namespace millrace::state
