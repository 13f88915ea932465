#include <weir/stream/writable.h>

#include <weir/stream/make_stream.h>
#include <weir/stream/reservation.h>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace weir {
namespace {

// A part of write_all.
bool is_external(const ByteSpan&) { return false; }
bool is_external(const Buffer& part) { return part.is_external(); }
std::span<const std::byte> bytes_in(const ByteSpan& part) { return part; }
std::span<const std::byte> bytes_in(const Buffer& part) { return part.bytes(); }

}  // namespace

Ref<Writable> Writable::make(TickQueue& ticks, SinkFunctions<Chunk> functions,
                             const WritableOptions& options) {
  auto sink = std::make_unique<internal::FunctionSink<Chunk>>(std::move(functions));
  const SinkTraits traits = sink->traits();
  return make(ticks, std::move(sink), traits, options);
}

Ref<Writable> Writable::make(TickQueue& ticks, std::unique_ptr<Sink> sink, SinkTraits traits,
                             const WritableOptions& options) {
  return internal::make_stream<Writable>(
      ticks, std::move(sink), internal::life_of(options, traits.construct), traits, options);
}

Writable::Writable(Sink& sink, const internal::WriteSide::Settings& settings,
                   const WritableOptions& options)
    : BasicWritable<Chunk>(sink, settings),
      default_encoding_(options.default_encoding),
      decode_strings_(options.decode_strings),
      merges_(settings.sink.merges),
      plain_text_(is_plain_text()) {}

bool Writable::write(std::string_view text, EncodingName encoding, Callback callback) {
  WEIR_STREAM_ENTRY("write");
  if (encoding == Encoding::utf8 && decode_strings_)
    return write_bytes(std::as_bytes(std::span(text)), std::move(callback));
  Chunk chunk = chunk_of(text, encoding);
  if (chunk.encoding == Encoding::buffer) return write(std::move(chunk), std::move(callback));
  const std::size_t length = internal::length_of(chunk);
  return put(std::move(chunk), length, std::move(callback));
}

bool Writable::write_bytes(std::span<const std::byte> bytes, Callback&& callback) {
  if (merges_ && Slab::takes(bytes.size()) && !side().idle())
    return merge(bytes, std::move(callback));
  return put(queue().copy(bytes), bytes.size(), std::move(callback));
}

bool Writable::merge(std::span<const std::byte> bytes, Callback&& callback) {
  if (side().refuses(bytes.size())) [[unlikely]]
    return side().refuse(bytes.size(), std::move(callback));
  if (bytes.empty() && callback)
    queue().push(Chunk(), 0);  // so that the callback has a place among the flushes and syncs
  else
    queue().merge(bytes);
  return side().queued(std::move(callback));
}

bool Writable::write_nothing(Callback callback) {
  if (callback || side().refuses()) return write_bytes({}, std::move(callback));
  return !side().need_drain() && side().writable();
}

template <class Part>
bool Writable::write_parts(std::span<const Part> parts, Callback callback) {
  if (parts.empty()) return write_nothing(std::move(callback));
  std::size_t length = 0;
  for (const Part& part : parts) length += part.size();
  if (side().refuses(length)) return side().refuse(length, std::move(callback));
  if (parts.size() == 1) return write(parts[0], std::move(callback));
  if (merges_ && length == 0) return write_nothing(std::move(callback));
  // Merged bytes below the mark become one chunk, which other writes may join.
  const bool is_merged =
      merges_ && Slab::takes(length) && side().length() + length < side().high_water_mark();
  const auto in_memory = [](const Part& part) { return !is_external(part); };
  if (is_merged && !side().idle() && std::ranges::all_of(parts, in_memory)) {
    for (const Part& part : parts) queue().merge(bytes_in(part));
    return side().queued(std::move(callback));
  }
  if (!is_merged) cork();
  for (const Part& part : parts.first(parts.size() - 1)) write(part);
  const bool has_room = write(parts.back(), std::move(callback));
  if (is_merged) return has_room;
  uncork();
  return has_room && side().writable();
}

bool Writable::write_all(std::span<const ByteSpan> parts, Callback callback) {
  WEIR_STREAM_ENTRY("write_all");
  return write_parts(parts, std::move(callback));
}

bool Writable::write_all(std::span<const Buffer> parts, Callback callback) {
  WEIR_STREAM_ENTRY("write_all");
  return write_parts(parts, std::move(callback));
}

Reservation Writable::reserve(std::size_t size) {
  WEIR_STREAM_ENTRY("reserve");
  return {*this, size > 0 ? queue().reserve(size) : Buffer()};
}

bool Writable::commit(const Buffer& reserved, std::size_t size, Callback callback) {
  WEIR_STREAM_ENTRY("commit");
  if (size == 0) {
    give_back(reserved);
    return write_nothing(std::move(callback));
  }
  if (merges_ && queue().has_reserved(reserved) && !side().refuses(size)) [[likely]] {
    const bool has_room = !callback && queue().has_room_to_commit(size);
    queue().commit(size);
    return has_room || side().queued(std::move(callback));
  }
  return write(queue().take_reserved(reserved, size), std::move(callback));
}

void Writable::give_back(const Buffer& reserved) noexcept {
  if (queue().has_reserved(reserved)) queue().commit(0);
}

const Ring<Chunk>& Writable::writable_buffer() {
  queue().finish_chunk();
  queue().fetch_all();
  return queue().chunks();
}

bool Writable::vprint(fmt::string_view format, fmt::format_args args) {
  WEIR_STREAM_ENTRY("vprint");
  // Formats into the merged chunk if the text fits.
  if (const std::size_t room = queue().room(); room > 0) {
    const auto text = fmt::vformat_to_n(queue().cursor(), room, format, args);
    if (text.size <= room) {
      queue().advance(text.size);
      return true;
    }
  }
  fmt::memory_buffer text;
  fmt::vformat_to(std::back_inserter(text), format, args);
  return write_bytes(std::as_bytes(std::span(text.data(), text.size())), {});
}

Writable& Writable::end(std::string_view text, Callback callback) {
  return end(text, default_encoding_, std::move(callback));
}

Writable& Writable::end(std::string_view text, EncodingName encoding, Callback callback) {
  WEIR_STREAM_ENTRY("end");
  Chunk chunk = chunk_of(text, encoding);
  const std::size_t length = internal::length_of(chunk);
  put_last(std::move(chunk), length, std::move(callback));
  return *this;
}

Writable& Writable::end(ByteSpan bytes, Callback callback) {
  WEIR_STREAM_ENTRY("end");
  put_last(queue().copy(bytes), bytes.size(), std::move(callback));
  return *this;
}

Writable& Writable::end(Buffer chunk, Callback callback) {
  WEIR_STREAM_ENTRY("end");
  const std::size_t length = chunk.size();
  put_last(Chunk(std::move(chunk)), length, std::move(callback));
  return *this;
}

Chunk Writable::chunk_of(std::string_view text, Encoding encoding) {
  const auto bytes = std::as_bytes(std::span(text));
  if (!decode_strings_) return {queue().copy(bytes), encoding};
  if (encoding == Encoding::utf8) return queue().copy(bytes);
  return Buffer::adopt(decode(text, encoding));
}

}  // namespace weir
