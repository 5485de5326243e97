#include "core/json.h"

namespace millrace {

static constexpr bool must_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t clean = 0;  // start of the run not yet copied
  for (std::size_t i = 0; i < text.size(); ++i) {
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
