// Properties with RapidCheck inside doctest cases: silent while they hold.
//
//   holds([](std::int64_t a, std::int64_t b) { RC_ASSERT(...); });
//
// RC_PARAMS="seed=..." in the environment replays a failure; the message tells the value.
#pragma once

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>
#include <sstream>
#include <string>

namespace millrace {

template <class Property>
void holds(Property&& property) {
  const auto result = rc::detail::checkTestable(std::forward<Property>(property));
  std::ostringstream message;
  if (!result.template is<rc::detail::SuccessResult>()) rc::detail::printResultMessage(result, message);
  CHECK_MESSAGE(result.template is<rc::detail::SuccessResult>(), message.str());
}

// Inside a property: any of the `n` numbers from 0 on, and any of a list.
inline int below(int n) { return *rc::gen::inRange(0, n); }
template <std::size_t N>
std::string one_of(const std::array<const char*, N>& list) {
  return list[static_cast<std::size_t>(below(static_cast<int>(N)))];
}

}  // namespace millrace
