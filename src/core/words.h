// What somebody may have meant by a word that is none.      Tests: tests/unit/core_test.cpp
#pragma once

#include <cstddef>
#include <string_view>

namespace millrace {

// How many letters are to be changed, put in or taken out to make one word of the other (Levenshtein).
std::size_t letters_apart(std::string_view a, std::string_view b);

}  // namespace millrace
