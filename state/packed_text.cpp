#include "state/packed_text.h"

#include <array>
#include <cstdint>

#include "state/varint.h"

namespace millrace::state {
namespace {

// The first number is four times the text's size and what follows:
//   plain   its bytes
//   hex     two digits a byte
//   dotted  a byte {parts in front, padding}; each part: a byte {its size, whether it is hex} and its bytes; then base64 as
//           bytes. The text is the parts, a dot behind each, and the base64.
enum Kind : std::uint64_t { plain = 0, hex = 1, dotted = 2 };

constexpr std::size_t kHexMin = 8, kTailMin = 32, kPartMax = 120, kPartsMax = 15;
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> values_in(std::string_view alphabet) {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < alphabet.size(); ++i) values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}
constexpr auto kDigitValues = values_in(kDigits), kBase64Values = values_in(kBase64);
std::uint8_t digit(char c) { return kDigitValues[static_cast<unsigned char>(c)]; }
std::uint8_t sextet(char c) { return kBase64Values[static_cast<unsigned char>(c)]; }

bool is_hex(std::string_view text) {
  if (text.size() < kHexMin || text.size() % 2) return false;
  for (const char c : text)
    if (digit(c) == kNone) return false;
  return true;
}
// Where `bytes` more of a text are written.
char* grow(std::string& text, std::size_t bytes) {
  text.append(bytes, '\0');
  return text.data() + text.size() - bytes;
}

void put_hex(std::string& out, std::string_view text) {
  char* to = grow(out, text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) *to++ = static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
}
void append_hex(std::string& text, std::string_view bytes) {
  char* to = grow(text, bytes.size() * 2);
  for (const char c : bytes) {
    *to++ = kDigits[static_cast<unsigned char>(c) >> 4];
    *to++ = kDigits[static_cast<unsigned char>(c) & 15];
  }
}

std::size_t padding_of(std::string_view base64) { return base64.ends_with("==") ? 2 : base64.ends_with("=") ? 1 : 0; }

// False when the text is no base64, with padding and nothing in the bits that it leaves over; then `out` ends with anything.
bool put_base64(std::string& out, std::string_view text) {
  if (text.size() < kTailMin || text.size() % 4) return false;
  const std::size_t padding = padding_of(text), whole = text.size() - (padding ? 4 : 0);
  const char* from = text.data();
  char* to = grow(out, text.size() / 4 * 3);
  std::uint8_t seen = 0;  // kNone has a bit that no digit has
  const auto put_four = [&](const char* four, char last_but_one, char last) {
    const std::uint8_t a = sextet(four[0]), b = sextet(four[1]), c = sextet(last_but_one), d = sextet(last);
    seen |= a | b | c | d;
    const std::uint32_t word = std::uint32_t{a} << 18 | std::uint32_t{b} << 12 | std::uint32_t{c} << 6 | d;
    for (const int shift : {16, 8, 0}) *to++ = static_cast<char>(word >> shift);
  };
  for (std::size_t i = 0; i < whole; i += 4) put_four(from + i, from[i + 2], from[i + 3]);
  if (padding) {
    put_four(from + whole, padding == 2 ? 'A' : from[whole + 2], 'A');
    const std::uint8_t last = sextet(from[text.size() - padding - 1]);
    if (last & (padding == 1 ? 3 : 15)) return false;
    out.resize(out.size() - padding);
  }
  return (seen & 0x80) == 0;
}
void append_base64(std::string& text, std::string_view bytes, std::size_t padding) {
  char* to = grow(text, (bytes.size() + 2) / 3 * 4);
  const auto put_three = [&](unsigned char a, unsigned char b, unsigned char c) {
    const std::uint32_t word = std::uint32_t{a} << 16 | std::uint32_t{b} << 8 | c;
    for (const int shift : {18, 12, 6, 0}) *to++ = kBase64[word >> shift & 63];
  };
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : static_cast<unsigned char>(0); };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3)
    put_three(static_cast<unsigned char>(bytes[i]), static_cast<unsigned char>(bytes[i + 1]), static_cast<unsigned char>(bytes[i + 2]));
  if (i < bytes.size()) put_three(at(i), at(i + 1), at(i + 2));
  text.replace(text.size() - padding, padding, padding, '=');
}

bool put_dotted(std::string& out, std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::size_t begin = out.size();
  put_varint(out, text.size() * 4 + dotted);
  const std::size_t mark = out.size();
  out.push_back(0);
  std::size_t parts = 0;
  for (std::string_view front = text.substr(0, dot + 1); !front.empty(); ++parts) {
    const std::string_view part = front.substr(0, front.find('.'));
    if (part.size() > kPartMax || parts == kPartsMax) {
      out.resize(begin);
      return false;
    }
    const bool digits = is_hex(part);
    out.push_back(static_cast<char>(part.size() << 1 | digits));
    if (digits) put_hex(out, part);
    else out.append(part);
    front.remove_prefix(part.size() + 1);
  }
  out[mark] = static_cast<char>(parts << 2 | padding_of(text));
  if (put_base64(out, text.substr(dot + 1))) return true;
  out.resize(begin);
  return false;
}

std::string_view take(std::string_view& in, std::size_t size) {
  const std::string_view bytes = in.substr(0, size);
  in.remove_prefix(size);
  return bytes;
}

bool take_dotted(std::string_view& in, std::size_t size, std::string& text) {
  if (in.empty()) return false;
  const auto mark = static_cast<unsigned char>(take(in, 1).front());
  const std::size_t padding = mark & 3;
  for (int parts = mark >> 2; parts > 0; --parts) {
    if (in.empty()) return false;
    const auto head = static_cast<unsigned char>(take(in, 1).front());
    const bool digits = head & 1;
    const std::size_t bytes = digits ? head >> 2 : head >> 1;
    if (bytes > in.size()) return false;
    if (digits) append_hex(text, take(in, bytes));
    else text.append(take(in, bytes));
    text.push_back('.');
  }
  if (text.size() > size || (size - text.size()) % 4 || size - text.size() < kTailMin || padding > 2) return false;
  const std::size_t bytes = (size - text.size()) / 4 * 3 - padding;
  if (bytes > in.size()) return false;
  append_base64(text, take(in, bytes), padding);
  return true;
}

}  // namespace

void put_text(std::string& out, std::string_view text) {
  if (is_hex(text)) {
    put_varint(out, text.size() * 4 + hex);
    put_hex(out, text);
  } else if (text.size() < kTailMin || !put_dotted(out, text)) {
    put_varint(out, text.size() * 4 + plain);
    out.append(text);
  }
}

bool take_text(std::string_view& in, std::string& text) {
  std::uint64_t head;
  if (!take_varint(in, head)) return false;
  const std::uint64_t size = head / 4;
  text.clear();
  if (head % 4 != plain && size / 2 <= in.size()) text.reserve(size);  // no more than twice what is there
  switch (head % 4) {
    case plain:
      if (size > in.size()) return false;
      text.assign(take(in, size));
      return true;
    case hex:
      if (size % 2 || size / 2 > in.size()) return false;
      append_hex(text, take(in, size / 2));
      return true;
    case dotted: return take_dotted(in, size, text);
    default: return false;
  }
}

}  // namespace millrace::state
