#include "state/packed_text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace millrace::state {

TEST_SUITE_BEGIN("state/packed_text");

TEST_CASE("PT-1: a text is as it was, packed by its kind or not") {
  const std::string digits = "9c4ad4f04e5117e10a784e1b8f08e8ac3ffa4ef90ff10d9dabdb37a7fb7840da";
  const std::string base64 = "XpTDSDgYl+qEzJ4zfbuBWDEUr0DtcD8JwmqIKnARjtxpsEDYCbHq5FekAjKcnixP4bf8RNFyCsMG6PGyS3/GItl9TKsZ13GVQtcIBEmss0fnRNOgFt/I8A==";
  const std::string sealed = "s1.00ac76db2c56e512a82e4ae7929ac7a1.478151949582." + base64;
  const auto packed = [](const std::string& text) {
    std::string bytes = "x", back = "before";
    put_text(bytes, text);
    bytes.append("behind");
    std::string_view in = std::string_view(bytes).substr(1);
    CHECK(take_text(in, back));
    CHECK(back == text);
    CHECK(in == "behind");
    return bytes.size() - 7;
  };
  CHECK(packed(digits) == 2 + 32);
  CHECK(packed(sealed) == 2 + 1 + 3 + 17 + 7 + base64.size() / 4 * 3 - 2);
  CHECK(packed("." + base64.substr(0, 32)) == 2 + 1 + 1 + 24);
  for (const std::string& text : std::vector<std::string>{
           "", "a", "0123456", "01234567", "012345678", "0123456g", "0123ABCD", std::string(5000, 'f'), std::string(5001, 'f'), "s1..", ".", "....",
           "Delta Logistics 2117", base64, "x." + base64.substr(1), "x." + base64.substr(4), std::string("s1.\0.", 5) + base64,
           std::string(200, 'p') + "." + base64, "................" + base64, "s1.ABCDEF00." + base64.substr(0, base64.size() - 4) + "8B==",
           "s1." + base64.substr(0, base64.size() - 4) + "8AA=", "s1." + base64.substr(0, base64.size() - 4) + "8AB="})
    packed(text);
  CHECK(packed("s1." + base64.substr(0, base64.size() - 4) + "8B==") == 2 + 3 + base64.size());  // bits that padding leaves over
}

TEST_CASE("PT-1: damaged bytes of a text are refused or are another text") {
  std::string bytes;
  put_text(bytes, "s1.00ac76db2c56e512a82e4ae7929ac7a1.478151949582." + std::string(64, 'Q'));
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string_view cut = std::string_view(bytes).substr(0, i);
    CHECK_FALSE(take_text(cut, text));
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ 1 << bit);
      std::string_view in = flipped;
      (void)take_text(in, text);
    }
  }
}

TEST_SUITE_END();

}  // namespace millrace::state
