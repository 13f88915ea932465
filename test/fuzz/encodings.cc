// Any text in any encoding: decoding and encoding return the same bytes, and a StringDecoder
// returns the same text for every split of the bytes.
#include "support/require.h"
#include <weir/base/encoding.h>
#include <weir/base/string_decoder.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

using weir::test::require;

constexpr weir::Encoding kEncodings[] = {
    weir::Encoding::utf8, weir::Encoding::utf16le, weir::Encoding::latin1,   weir::Encoding::ascii,
    weir::Encoding::hex,  weir::Encoding::base64,  weir::Encoding::base64url};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

void check_round_trip(std::string_view input, weir::Encoding encoding) {
  const std::string bytes = weir::decode(input, encoding);
  const std::string text = weir::encode(bytes_of(bytes), encoding);
  // ascii drops the eighth bit on the way out, and text may hold bytes that are no character.
  if (encoding == weir::Encoding::ascii || encoding == weir::Encoding::utf8) return;
  require(weir::decode(text, encoding) == bytes || encoding == weir::Encoding::utf16le);
}

void check_splits(std::string_view input, std::size_t split, weir::Encoding encoding) {
  // Half a pair has no text in UTF-8, and where it ends depends, as in Node, on the split.
  const bool is_text = weir::decode(weir::encode(bytes_of(input), encoding), encoding) == input;
  if (encoding == weir::Encoding::utf16le && !is_text) return;
  weir::StringDecoder whole(encoding);
  std::string expected = whole.write(bytes_of(input));
  expected += whole.end();

  weir::StringDecoder parts(encoding);
  std::string got = parts.write(bytes_of(input.substr(0, split)));
  got += parts.write(bytes_of(input.substr(split)));
  got += parts.end();
  require(got == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const weir::Encoding encoding = kEncodings[data[0] % std::size(kEncodings)];
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  check_round_trip(input, encoding);
  check_splits(input, input.empty() ? 0 : data[1] % (input.size() + 1), encoding);
  return 0;
}
