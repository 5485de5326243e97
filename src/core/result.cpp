#include "core/result.h"

#include <cstdio>
#include <cstdlib>

#include "core/json.h"
#include "core/place.h"

namespace millrace {

static thread_local Place noted;

void note_place(const Place& place) { noted = place; }

// One JSON line of conventions.md section 10, written with one call so that lines of two threads do not mix.
void invariant_failed(const char* id, const char* condition, const char* file, int line,
                      std::string_view detail) noexcept {
  std::string text = "{\"level\":\"error\",\"event\":\"fault\",\"code\":";
  append_json_string(text, id);
  if (!noted.stage.empty()) {
    text.append(",\"stage\":");
    append_json_string(text, noted.stage);
  }
  if (!noted.inbox.empty()) {
    text.append(",\"inbox\":");
    append_json_string(text, noted.inbox);
    text.append(",\"partition\":");
    append_json_int(text, noted.partition.value);
    text.append(",\"offset\":");
    append_json_int(text, noted.offset.value);
  }
  text.append(",\"condition\":");
  append_json_string(text, condition);
  text.append(",\"at\":");
  append_json_string(text, std::string(file) + ":" + std::to_string(line));
  text.append(",\"detail\":");
  append_json_string(text, detail);
  text.append("}\n");
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  std::abort();
}

}  // namespace millrace
