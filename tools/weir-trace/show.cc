#include "weir-trace/show.h"

#include <span>

#include <fmt/format.h>

namespace trace {

using namespace weir;

std::string show_bytes(std::string_view bytes) {
  const std::string text = encode(std::as_bytes(std::span(bytes)), Encoding::latin1);
  return "b" + Json(text).dump();
}

std::string show_text(std::string_view text) { return "s" + Json(text).dump(); }

std::string show_object(const Json& value) {
  if (is_bytes(value)) return show_bytes(bytes_of(value));
  if (value.is_string()) return show_text(value.get_ref<const std::string&>());
  return value.is_null() ? "null" : "o" + value.dump();
}

std::string name_of(const Error& error) {
  if (!error) return "ok";
  return std::string(error.name().empty() ? error.message() : error.name());
}

bool is_bytes(const Json& chunk) {
  return chunk.is_object() && chunk.contains("hex") && chunk["hex"].is_string();
}

std::string bytes_of(const Json& chunk) {
  return decode(chunk["hex"].get_ref<const std::string&>(), Encoding::hex);
}

std::string describe(const Stream& stream, const WritableBase* writable,
                     const ReadableBase* readable) {
  std::string text;
  const auto out = std::back_inserter(text);
  if (writable) {
    fmt::format_to(out,
                   "writable={} writableLength={} writableNeedDrain={} writableCorked={} "
                   "writableEnded={} writableFinished={} ",
                   writable->writable(), static_cast<std::ptrdiff_t>(writable->writable_length()),
                   writable->writable_need_drain(), writable->writable_corked(),
                   writable->writable_ended(), writable->writable_finished());
    // Node's Duplex lacks it.
    if (!readable) fmt::format_to(out, "writableAborted={} ", writable->writable_aborted());
  }
  if (readable) {
    const Flowing flowing = readable->readable_flowing();
    fmt::format_to(
        out,
        "readable={} readableLength={} readableFlowing={} readableEnded={} readableAborted={} ",
        readable->readable(), readable->readable_length(),
        flowing == std::nullopt ? "null"
        : flowing               ? "true"
                                : "false",
        readable->readable_ended(), readable->readable_aborted());
  }
  return text + fmt::format("destroyed={} closed={} errored={}", stream.destroyed(),
                            stream.closed(), stream.errored() ? name_of(stream.errored()) : "null");
}

}  // namespace trace
