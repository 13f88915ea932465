#include <weir/stream/writable.h>

#include "stream/chunk_text.h"

#include <algorithm>

namespace weir {
namespace {

// A block that holds what is gathered until the sink gets it, and the write that is one too many.
std::size_t largest_block(std::size_t high_water_mark) noexcept {
  return std::min(high_water_mark, std::size_t{1024} * 1024) + 4096;
}

}  // namespace

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
      slab_(largest_block(side().high_water_mark())),
      default_encoding_(options.default_encoding),
      decode_strings_(options.decode_strings),
      gathers_(traits.gathers && !traits.batches),
      plain_text_(is_plain_text()) {}

Writable::Writable(Sink& sink, const internal::WriteSide::Settings& settings,
                   const WritableOptions& options)
    : BasicWritable<Chunk>(sink, settings),
      slab_(largest_block(side().high_water_mark())),
      default_encoding_(options.default_encoding),
      decode_strings_(options.decode_strings),
      gathers_(settings.gathers && !settings.keeps_chunks),
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
  if (gathers_ && Slab::takes(bytes.size()) && !side().idle())
    return gather(bytes, std::move(callback));
  return put(copied(bytes), bytes.size(), std::move(callback));
}

bool Writable::gather(Buffer chunk, Callback&& callback) {
  if (Slab::takes(chunk.size()) && !chunk.is_elsewhere())
    return gather(chunk.bytes(), std::move(callback));
  queue_gathered();
  const std::size_t length = chunk.size();
  return enqueue(std::move(chunk), length, std::move(callback));
}

// Copies the bytes behind what is gathered, into the same chunk where they fit.
bool Writable::gather(std::span<const std::byte> bytes, Callback&& callback) {
  count_gathered();
  if (side().refuses()) [[unlikely]] {
    side().refuse(side().refusal(), std::move(callback));
    return false;
  }
  slab_.unlimit();
  if (!slab_.append(bytes)) {
    queue_gathered();
    slab_.open(bytes.size());
    slab_.append(bytes);
  }
  slab_.count();
  bool room;
  if (callback) {
    side().enqueue(bytes.size(), std::move(callback));
    room = side().room();
  } else {
    room = side().gather(bytes.size());
  }
  slab_.limit(side().free_length());
  return room;
}

void Writable::count_gathered() noexcept {
  side().count(slab_.uncounted());
  slab_.count();
  slab_.limit(0);
}

void Writable::queue_gathered() {
  count_gathered();
  if (Buffer gathered = slab_.take(); !gathered.empty()) queue().push_back(std::move(gathered));
}

const Ring<Chunk>& Writable::writable_buffer() {
  queue_gathered();
  for (std::size_t i = 0; i < queue().size(); ++i)
    if (Chunk& chunk = queue()[i]; chunk.is_elsewhere())
      static_cast<Buffer&>(chunk) = chunk.place().fetch(chunk.size());
  return queue();
}

void Writable::write_all() {
  queue_gathered();
  BasicWritable::write_all();
}

void Writable::drop_all() {
  count_gathered();
  slab_.take();
  BasicWritable::drop_all();
}

bool Writable::vprint(fmt::string_view format, fmt::format_args args) {
  WEIR_STREAM_ENTRY("vprint");
  if (slab_.room() > 0) {
    // Right behind what is gathered, where it fits.
    const auto text = fmt::vformat_to_n(slab_.cursor(), slab_.room(), format, args);
    if (text.size <= slab_.room()) {
      slab_.advance(text.size);
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
  queue_gathered();
  Chunk chunk = chunk_of(text, encoding);
  const std::size_t length = internal::length_of(chunk);
  push_and_end(std::move(chunk), length, std::move(callback));
  return *this;
}

Writable& Writable::end(ByteSpan bytes, Callback callback) {
  Chunk chunk = copied(bytes);
  push_and_end(std::move(chunk), bytes.size(), std::move(callback));
  return *this;
}

Writable& Writable::end(Buffer chunk, Callback callback) {
  WEIR_STREAM_ENTRY("end");
  queue_gathered();
  const std::size_t length = chunk.size();
  push_and_end(Chunk(std::move(chunk)), length, std::move(callback));
  return *this;
}

Chunk Writable::chunk_of(std::string_view text, Encoding encoding) {
  const auto bytes = std::as_bytes(std::span(text));
  if (!decode_strings_) return {copied(bytes), encoding};
  if (encoding == Encoding::utf8) return copied(bytes);
  return Buffer::adopt(decode(text, encoding));
}

Chunk Writable::copied(std::span<const std::byte> bytes) {
  queue_gathered();
  return Slab::takes(bytes.size()) ? slab_.copy(bytes) : Buffer::copy(bytes);
}

}  // namespace weir
