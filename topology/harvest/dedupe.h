// Whether a record of the front door has been seen (spec/harvest.md section 3).
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/ids.h"

namespace millrace::harvest {

enum class Seen { accept, duplicate, id_reuse };
constexpr std::array<std::string_view, 3> enum_names(Seen) { return {"accept", "duplicate", "id_reuse"}; }

// `first_ms`, `first_hash`: of the record seen under this (tenant, source, id); nullopt: none was. One that is older than the
// window does not count, and the new one takes its place.
inline Seen judge_seen(std::optional<TimeMs> first_ms, std::string_view first_hash, std::string_view hash, TimeMs now_ms, DurationMs window_ms) {
  if (!first_ms || now_ms - *first_ms >= window_ms) return Seen::accept;
  return first_hash == hash ? Seen::duplicate : Seen::id_reuse;
}

// The id under which a record is seen: that of the fact itself, when `id` is that of another try, <fact>#r<n> of a dead
// letter. So a fact that was tried again by an operator and sent again by its producer takes effect once.
inline std::string_view fact_id(std::string_view id, bool retried) {
  const auto mark = id.rfind("#r");
  if (!retried || mark == std::string_view::npos || mark == 0 || mark + 2 == id.size()) return id;
  return id.find_first_not_of("0123456789", mark + 2) == std::string_view::npos ? id.substr(0, mark) : id;
}

}  // namespace millrace::harvest
