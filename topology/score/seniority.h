// How senior a role is (spec/score.md section 3, rule score.seniority).
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::score {

// Both from words(): the role decides, the job level only when the role names no known phrase. 5000 when neither does.
std::int64_t seniority_bp(std::string_view role, std::string_view job_level);

}  // namespace millrace::score
