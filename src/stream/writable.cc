#include <weir/stream/writable.h>

#include <iterator>

#include <fmt/format.h>

namespace weir {
Ref<Writable> Writable::make(TickQueue& ticks, SinkFunctions<Chunk> functions,
                             const WritableOptions& options) {
  auto sink = std::make_unique<internal::FunctionSink<Chunk>>(std::move(functions));
  const SinkTraits traits = sink->traits();
  return make(ticks, std::move(sink), traits, options);
}

Ref<Writable> Writable::make(TickQueue& ticks, std::unique_ptr<Sink> sink, SinkTraits traits,
                             const WritableOptions& options) {
  Sink& kept = *sink;
  auto stream = Ref<Writable>::adopt(new Writable(ticks, std::move(sink), kept, traits, options));
  stream->begin(traits.construct, options.signal);
  return stream;
}

Writable::Writable(TickQueue& ticks, std::unique_ptr<Resource> owner, Sink& sink, SinkTraits traits,
                   const WritableOptions& options)
    : Stream(ticks, std::move(owner), {options.emit_close, options.auto_destroy}),
      BasicWritable<Chunk>(sink, settings_of(ticks, options, traits, false)),
      default_encoding_(options.default_encoding),
      decode_strings_(options.decode_strings),
      merges_(traits.merges),
      plain_text_(is_plain_text()) {}

Writable::Writable(Sink& sink, const internal::WriteSide::Settings& settings,
                   const WritableOptions& options)
    : BasicWritable<Chunk>(sink, settings),
      default_encoding_(options.default_encoding),
      decode_strings_(options.decode_strings),
      merges_(settings.merges),
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

bool Writable::write_bytes(std::span<const std::byte> bytes, Callback callback) {
  if (merges_ && Slab::takes(bytes.size()) && !side().idle())
    return merge(bytes, std::move(callback));
  return put(queue().copy(bytes), bytes.size(), std::move(callback));
}

bool Writable::merge(std::span<const std::byte> bytes, Callback callback) {
  if (side().refuses()) [[unlikely]]
    return side().refuse(std::move(callback));
  queue().merge(bytes);
  return side().queued(std::move(callback));
}

const Ring<Chunk>& Writable::writable_buffer() {
  queue().finish_chunk();
  queue().fetch_all();
  return queue().chunks();
}

bool Writable::vprint(fmt::string_view format, fmt::format_args args) {
  WEIR_STREAM_ENTRY("vprint");
  // Right behind what is merged, where it fits.
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
