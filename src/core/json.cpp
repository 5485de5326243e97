#include "core/json.h"

#include <charconv>
#include <cstring>

namespace millrace {

static constexpr bool must_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

// True when one of eight characters may have to be escaped: the classic tests for a byte that is zero or below a limit,
// done on all bytes at once. A byte above one that must be may be reported too, which only costs a closer look.
static bool suspicious(const char* p) {
  constexpr std::uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
  std::uint64_t word;
  std::memcpy(&word, p, 8);
  const std::uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
  return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & tops;
}

void append_json_int(std::string& out, std::int64_t v) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
  out.append(digits, end);
}

void append_json_name(std::string& out, std::string_view name, bool& first) {
  out.append(first ? "\"" : ",\"");
  first = false;
  out.append(name).append("\":");
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t clean = 0;  // start of the run not yet copied
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (i + 8 <= text.size() && !suspicious(text.data() + i)) i += 8;
    if (i == text.size()) break;
    const char c = text[i];
    if (!must_escape(c)) continue;
    out.append(text, clean, i - clean);
    clean = i + 1;
    out.push_back('\\');
    switch (c) {
      case '"': out.push_back('"'); break;
      case '\\': out.push_back('\\'); break;
      case '\b': out.push_back('b'); break;
      case '\f': out.push_back('f'); break;
      case '\n': out.push_back('n'); break;
      case '\r': out.push_back('r'); break;
      case '\t': out.push_back('t'); break;
      default: {
        static constexpr char digits[] = "0123456789abcdef";
        out.append("u00").push_back(digits[c >> 4]);
        out.push_back(digits[c & 15]);
      }
    }
  }
  out.append(text, clean, std::string_view::npos);
  out.push_back('"');
}

}  // namespace millrace
