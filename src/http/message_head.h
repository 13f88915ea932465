// The text of an outgoing message's head: a pure function of its first line, its lines and the
// framing rules.
//
//   HeadText text;
//   const Framing framing = compose_head(text, {"HTTP/1.1 200 OK\r\n", 200, headers, date}, rules,
//                                        {.bytes = 5, .is_whole = true});
#pragma once

#include "http/framing.h"
#include <weir/http/headers.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace weir::http {

// Most heads fit in without an allocation.
inline constexpr std::size_t kUsualHead = 384;
using HeadText = fmt::basic_memory_buffer<char, kUsualHead>;

inline void append(HeadText& text, std::string_view more) {
  text.append(more.data(), more.data() + more.size());
}
void append_number(HeadText& text, std::uint64_t number);

struct HeadParts {
  std::string_view first_line;  // with its line end
  int status = 0;               // 0: a request
  const Headers& fields;
  std::string_view date;  // the value of the Date line
};

// Appends the head to `text`, as Node's _storeHeader does. ERRORS: throws ERR_HTTP_TRAILER_INVALID
// for a Trailer line without chunks; `text` is then as it was.
Framing compose_head(HeadText& text, const HeadParts& parts, const FramingRules& rules,
                     BodyHint hint);

}  // namespace weir::http
