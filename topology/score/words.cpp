#include "topology/score/words.h"

#include <cstdint>

namespace millrace::score {

namespace {

// One code point of up to two bytes, lower-cased; longer sequences pass through byte by byte.
char32_t lower(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + 32;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;                           // Latin-1
  if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177)) return c | 1;  // Latin Extended-A
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + (c & 1);
  if (c == 0x178) return 0xFF;
  if (c >= 0x391 && c <= 0x3A9) return c + 32;                                      // Greek
  if (c >= 0x410 && c <= 0x42F) return c + 32;                                      // Cyrillic
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

void append(std::string& out, char32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

// Lower-cases `text`, and calls `letter` or `other` for each character.
template <class Letter, class Other>
void walk(std::string_view text, Letter letter, Other other) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      const char32_t c = lower(byte);
      if ((c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9')) letter(c);
      else other(c);
      ++i;
    } else if ((byte & 0xE0) == 0xC0 && i + 1 < text.size()) {
      const char32_t c = (byte & 0x1FU) << 6 | (static_cast<unsigned char>(text[i + 1]) & 0x3FU);
      if (c >= 0xC0 && c != 0xD7 && c != 0xF7) letter(lower(c));
      else other(c);
      i += 2;
    } else {
      const std::size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 1;
      const std::string_view whole = text.substr(i, size);
      other(whole);
      i += size;
    }
  }
}

// General punctuation (dashes, quotes, narrow blanks) and ideographic blanks part words; other long sequences are
// letters.
bool parts_words(std::string_view sequence) {
  return sequence.starts_with("\xE2\x80") || sequence.starts_with("\xE2\x81") || sequence.starts_with("\xE3\x80");
}

struct Separator {
  std::string& out;
  void operator()(char32_t) const {
    if (!out.empty() && out.back() != ' ') out.push_back(' ');
  }
  void operator()(std::string_view sequence) const {
    if (parts_words(sequence)) return (*this)(U' ');
    if (out.empty()) out.push_back(' ');
    out.append(sequence);
  }
};

struct Copy {
  std::string& out;
  void operator()(char32_t c) const { append(out, c); }
  void operator()(std::string_view sequence) const { out.append(sequence); }
};

}  // namespace

std::string folded(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n\f\v");
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, text.find_last_not_of(" \t\r\n\f\v") - begin + 1);
  std::string out;
  out.reserve(text.size());
  walk(text, Copy{out}, Copy{out});
  return out;
}

std::string words(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  walk(
      text,
      [&](char32_t c) {
        if (out.empty()) out.push_back(' ');
        append(out, c);
      },
      Separator{out});
  if (!out.empty() && out.back() != ' ') out.push_back(' ');
  return out;
}

}  // namespace millrace::score
