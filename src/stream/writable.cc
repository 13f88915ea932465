#include <weir/stream/writable.h>

#include <algorithm>

namespace weir {

Ref<Writable> Writable::make(TickQueue& ticks, SinkFunctions<Chunk> functions,
                             const WritableOptions& options) {
  auto sink = std::make_unique<internal::FunctionSink<Chunk>>(std::move(functions));
  const SinkTraits traits = sink->traits();
  return make(ticks, std::move(sink), traits, options);
}

Ref<Writable> Writable::make(TickQueue& ticks, std::unique_ptr<Sink> sink, SinkTraits traits,
                             const WritableOptions& options) {
  auto stream = Ref<Writable>::adopt(new Writable(ticks, std::move(sink), traits, options));
  stream->begin(options);
  return stream;
}

Writable::Writable(TickQueue& ticks, std::unique_ptr<Sink> sink, SinkTraits traits,
                   const WritableOptions& options)
    : BasicWritable<Chunk>(ticks, std::move(sink), traits, false, options),
      default_encoding_(options.default_encoding),
      decode_strings_(options.decode_strings),
      gathers_(traits.gathers) {}

bool Writable::write(std::string_view text, Callback callback) {
  return write(text, default_encoding_, std::move(callback));
}

bool Writable::write(std::string_view text, EncodingName encoding, Callback callback) {
  if (encoding == Encoding::utf8 && decode_strings_)
    return write_bytes(std::as_bytes(std::span(text)), std::move(callback));
  Chunk chunk = chunk_of(text, encoding);
  if (chunk.encoding == Encoding::buffer) return write(std::move(chunk), std::move(callback));
  const std::size_t length = length_of(chunk);
  return push_and_ask(std::move(chunk), length, std::move(callback));
}

bool Writable::write(std::span<const std::byte> bytes, Callback callback) {
  return write_bytes(bytes, std::move(callback));
}

bool Writable::write(Buffer chunk, Callback callback) {
  if (gathers_ && Slab::takes(chunk.size())) return gather(chunk.bytes(), std::move(callback));
  const std::size_t length = chunk.size();
  return push_and_ask(Chunk(std::move(chunk)), length, std::move(callback));
}

bool Writable::write_bytes(std::span<const std::byte> bytes, Callback callback) {
  if (gathers_ && Slab::takes(bytes.size())) return gather(bytes, std::move(callback));
  return push_and_ask(copied(bytes), bytes.size(), std::move(callback));
}

// Copies the bytes behind what is queued, into the same chunk where they fit.
bool Writable::gather(std::span<const std::byte> bytes, Callback callback) {
  if (Error refused = side().refusal()) [[unlikely]] {
    side().refuse(refused, std::move(callback));
    return false;
  }
  if (queue().empty() || !slab_.extend(queue().back(), bytes)) queue().push_back(slab_.copy(bytes));
  side().enqueue(bytes.size(), std::move(callback));
  return side().room();
}

bool Writable::vprint(fmt::string_view format, fmt::format_args args) {
  fmt::memory_buffer text;
  fmt::vformat_to(std::back_inserter(text), format, args);
  return write_bytes(std::as_bytes(std::span(text.data(), text.size())), {});
}

void Writable::end(std::string_view text, Callback callback) {
  end(text, default_encoding_, std::move(callback));
}

void Writable::end(std::string_view text, EncodingName encoding, Callback callback) {
  Chunk chunk = chunk_of(text, encoding);
  const std::size_t length = length_of(chunk);
  push_and_end(std::move(chunk), length, std::move(callback));
}

void Writable::end(Buffer chunk, Callback callback) {
  const std::size_t length = chunk.size();
  push_and_end(Chunk(std::move(chunk)), length, std::move(callback));
}

Chunk Writable::chunk_of(std::string_view text, Encoding encoding) {
  const auto bytes = std::as_bytes(std::span(text));
  if (!decode_strings_) return {copied(bytes), encoding};
  if (encoding == Encoding::utf8) return copied(bytes);
  return Buffer::adopt(decode(text, encoding));
}

Chunk Writable::copied(std::span<const std::byte> bytes) {
  return Slab::takes(bytes.size()) ? slab_.copy(bytes) : Buffer::copy(bytes);
}

std::size_t Writable::length_of(const Chunk& chunk) const noexcept {
  return chunk.encoding == Encoding::buffer ? chunk.size() : utf16_length(chunk.text());
}

}  // namespace weir
