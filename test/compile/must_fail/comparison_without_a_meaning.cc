#include <weir/base/buffer.h>
#include <weir/base/encoding.h>
#include <weir/base/error.h>
#include <weir/stream/sink.h>

#include <string_view>
#include <system_error>

bool right(const weir::Error& error, const weir::Buffer& buffer, const weir::Chunk& chunk) {
  return error == weir::Errc::aborted || error == std::errc::timed_out || error == weir::Error() ||
         buffer == chunk || chunk.encoding == weir::Encoding::utf8 || buffer.text() == "text";
}

#ifndef WEIR_MUST_FAIL
#define WEIR_MUST_FAIL 0
#endif

bool wrong(const weir::Error& error, const weir::Buffer& buffer, const weir::Chunk& chunk) {
  (void)error, (void)buffer, (void)chunk;

#if WEIR_MUST_FAIL == 1
  return error == "ENOENT";
#elif WEIR_MUST_FAIL == 2
  return error == std::string_view("ENOENT");
#elif WEIR_MUST_FAIL == 3
  return error == nullptr;
#elif WEIR_MUST_FAIL == 4
  return error == 2;
#elif WEIR_MUST_FAIL == 5
  return error == false;
#elif WEIR_MUST_FAIL == 6
  return buffer == "text";
#elif WEIR_MUST_FAIL == 7
  return chunk == std::string_view("text");
#elif WEIR_MUST_FAIL == 8
  return chunk.encoding == "utf8";
#elif WEIR_MUST_FAIL == 9
  return error.code() == 2;
#elif WEIR_MUST_FAIL == 10
  return error.name() == weir::Errc::aborted;
#endif
  return false;
}
