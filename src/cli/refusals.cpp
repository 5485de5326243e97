#include "cli/refusals.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "node/node.h"
#include "topology/harvest/refusal.h"

namespace millrace::cli {

void Refusals::add(const std::string& reason) {
  ++count_;
  ++reasons_[reason];
}

void Refusals::tell(const std::string& place, const std::string& reason, std::string_view bytes) {
  add(reason);
  harvest::Door door;
  door.append_ms = node::wall_ms();
  door.wall = reason == "time_in_future";  // else the clock is not known here
  const std::string words = reasons_[reason] > kInWords ? reason : harvest::refusal_in_words(reason, bytes, door);
  std::fprintf(stderr, "%s: refused: %s\n", place.c_str(), words.c_str());
}

std::string Refusals::by_reason() const {
  constexpr std::size_t kNamed = 8;
  std::vector<std::pair<std::int64_t, std::string>> order;
  for (const auto& [reason, times] : reasons_) order.emplace_back(times, reason);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string out;
  for (std::size_t i = 0; i < order.size() && i < kNamed; ++i)
    out.append(out.empty() ? " (" : ", ").append(std::to_string(order[i].first)).append(" ").append(order[i].second);
  if (out.empty()) return out;
  return out + (order.size() > kNamed ? ", …)" : ")");
}

}  // namespace millrace::cli
