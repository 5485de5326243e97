// Texts of people and companies, made comparable: case, blanks and punctuation do not count.
//
// WO-1  words() is "" or " w1 w2 … wn ": so a run of words occurs in a text when the one string occurs in the other.
// WO-2  Latin, Greek and Cyrillic capitals fold to their small letters; other letters stay as they are.
//                                                      Tests: tests/unit/score_dimensions_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace millrace::score {

// Trimmed and lower-case.
std::string folded(std::string_view text);
// The lower-case alphanumeric tokens of a text, each between blanks (WO-1).
std::string words(std::string_view text);
// The words of `run` occur one after another in those of `text`. Both come from words(); an empty run occurs nowhere.
inline bool holds_run(std::string_view text, std::string_view run) {
  return !run.empty() && text.find(run) != std::string_view::npos;
}

}  // namespace millrace::score
