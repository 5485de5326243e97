// The channels that dispatch serves, and what a command on each is called.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/fields.h"
#include "core/ids.h"

namespace millrace::dispatch {

enum class Channel : std::uint8_t { email, linkedin, contact_form, phone_task };
inline constexpr std::size_t kChannels = 4;
constexpr std::array<std::string_view, kChannels> enum_names(Channel) {
  return {"email", "linkedin", "contact_form", "phone_task"};
}

constexpr std::string_view command_type(Channel channel) {
  constexpr std::array<std::string_view, kChannels> types = {"email.send", "linkedin.task", "form.submit", "phone.task"};
  return types[static_cast<std::size_t>(channel)];
}

// Carried out by a person, not by a provider.
constexpr bool is_manual(Channel channel) { return channel == Channel::linkedin || channel == Channel::phone_task; }

// How long a command may wait for its worker.
constexpr DurationMs deadline_of(Channel channel) { return is_manual(channel) ? 3 * kDayMs : kHourMs; }

}  // namespace millrace::dispatch
