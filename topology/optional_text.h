// Between a row, where an unknown text is empty, and a record, where it is left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// nullopt for an empty text.
inline std::optional<std::string> given(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}
// Empty for nullopt. Lives as long as `text`.
inline std::string_view view(const std::optional<std::string>& text) {
  return text ? std::string_view(*text) : std::string_view{};
}

}  // namespace millrace
