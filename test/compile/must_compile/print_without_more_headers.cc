// stream->print of built-in types, texts and Errors needs no header but the stream's.
#include <weir/stream/writable.h>

#include <cstdint>
#include <string>
#include <string_view>

void print_all(weir::Writable& stream, const std::string& text, const weir::Error& error) {
  const std::string_view view = text;
  const char* const literal = "literal";
  stream.print("{} {} {} {:>8}\n", text, view, literal, "right");
  stream.print("{} {:#x} {:05d} {}\n", 1, 255u, -7L, std::uint64_t(9));
  stream.print("{:.3f} {} {:c} {}\n", 1.5, 2.5f, 'c', true);
  stream.print("{} {}\n", static_cast<const void*>(&stream), error);
  stream.print("{:>40} {:{}}\n", error, 1, 8);
}
