#include <weir/stream/readable.h>

#include "stream/chunk_text.h"
#include <weir/stream/make_stream.h>

#include <algorithm>
#include <string>
#include <utility>

namespace weir {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// A source with one chunk.
class OneChunk final : public Source {
 public:
  explicit OneChunk(Buffer chunk) : chunk_(std::move(chunk)) {}
  void read(Readable& stream, std::size_t) override {
    if (!chunk_.empty()) stream.push(std::exchange(chunk_, {}));
    stream.push(nullptr);
  }

 private:
  Buffer chunk_;
};

}  // namespace

Ref<Readable> Readable::make(TickQueue& ticks, SourceFunctions<Chunk> functions,
                             const ReadableOptions& options) {
  auto source = std::make_unique<internal::FunctionSource<Chunk>>(std::move(functions));
  const bool constructs = source->constructs();
  return make(ticks, std::move(source), constructs, options);
}

Ref<Readable> Readable::make(TickQueue& ticks, std::unique_ptr<Source> source, bool constructs,
                             const ReadableOptions& options) {
  return internal::make_stream<Readable>(ticks, std::move(source),
                                         internal::life_of(options, constructs), options);
}

Ref<Readable> Readable::from(TickQueue& ticks, Buffer bytes, const ReadableOptions& options) {
  return make(ticks, std::make_unique<OneChunk>(std::move(bytes)), options);
}

Readable::Readable(Source& source, const internal::ReadSide::Settings& settings,
                   const ReadableOptions& options)
    : BasicReadable<Chunk>(source, settings), default_encoding_(options.default_encoding) {
  if (options.encoding) decoder_ = make_owned<StringDecoder>(*options.encoding);
}

bool Readable::push(std::nullptr_t) {
  WEIR_STREAM_ENTRY("push");
  if (is_gone_for("push")) return false;
  const Pin alive(*this);
  if (side().is_parking()) side().unpark();
  side().end_request();
  if (side().ended()) return false;
  std::size_t tail = 0;
  if (decoder_) {
    Chunk rest(Buffer::adopt(decoder_->end()), Encoding::utf8);
    tail = internal::length_of(rest);
    if (tail > 0) queue().push_back(std::move(rest));
  }
  side().end(tail);
  return false;
}

bool Readable::push(Buffer chunk) {
  WEIR_STREAM_ENTRY("push");
  if (side().is_parking()) [[unlikely]] {
    if (side().may_park() && queue().empty() && !chunk.empty() && !decoder_) {
      const std::size_t length = chunk.size();
      queue().push_back(std::move(chunk));
      return side().park(length);
    }
    side().unpark();
  }
  if (chunk.empty()) {
    side().end_request();
    return side().pushed();
  }
  if (!side().admits()) return false;
  side().end_request();
  if (decoder_) {
    if (chunk.is_external()) chunk = chunk.external_bytes().fetch(chunk.size());
    return push_text(decoder_->write(chunk.bytes()));
  }
  const std::size_t length = chunk.size();
  return add(std::move(chunk), length, Place::back);
}

bool Readable::push(std::string_view text, EncodingName encoding) {
  WEIR_STREAM_ENTRY("push");
  if (side().is_parking()) side().unpark();
  if (!decoder_ || decoder_->encoding() != encoding)
    return push(encoding == Encoding::utf8 ? Buffer::copy(text)
                                           : Buffer::adopt(decode(text, encoding)));
  if (text.empty()) return push(Buffer());
  if (!side().admits()) return false;
  side().end_request();
  return push_text(std::string(text));
}

bool Readable::push_text(std::string text) {
  if (text.empty()) return side().pushed();
  Chunk chunk(Buffer::adopt(std::move(text)), Encoding::utf8);
  const std::size_t length = internal::length_of(chunk);
  return add(std::move(chunk), length, Place::back);
}

bool Readable::unshift(Buffer chunk) {
  WEIR_STREAM_ENTRY("unshift");
  if (chunk.empty()) return side().room();
  if (!side().admits_unshift()) return false;
  return put_back(std::move(chunk));
}

bool Readable::put_back(Chunk chunk) {
  const std::size_t length = internal::length_of(chunk);
  return add(std::move(chunk), length, Place::front);
}

bool Readable::unshift(std::string_view text, EncodingName encoding) {
  WEIR_STREAM_ENTRY("unshift");
  if (!decoder_) return unshift(Buffer::adopt(decode(text, encoding)));
  std::string own = decoder_->encoding() == encoding
                        ? std::string(text)
                        : encode(bytes_of(decode(text, encoding)), decoder_->encoding());
  if (own.empty()) return side().room();
  if (!side().admits_unshift()) return false;
  return put_back({Buffer::adopt(std::move(own)), Encoding::utf8});
}

std::optional<Chunk> Readable::read() { return read_bytes(internal::ReadSide::kAll); }

bool Readable::flow_one() {
  const Pin alive(*this);
  Chunk chunk = queue().pop_front();
  if (!side().read_next()) return false;
  if (side().may_emit()) {
    side().emitting();
    emit_data(chunk);
  }
  return true;
}

std::optional<Chunk> Readable::read(std::size_t size) {
  return read_bytes(internal::ReadSide::sized(size));
}

// Reads a chunk as bytes: fetches them if they are external.
std::optional<Chunk> Readable::read_bytes(std::ptrdiff_t size) {
  return read_chunk(size, [this](std::size_t length) {
    Chunk chunk = take_length(length);
    if (chunk.is_external()) fetch(chunk);
    return chunk;
  });
}

bool Readable::read_and_drop() {
  const auto take = [this](std::size_t length) { return take_length(length); };
  return read_chunk(internal::ReadSide::kAll, take).has_value();
}

std::size_t Readable::first_length() const noexcept {
  return queue().empty() ? 0 : internal::length_of(queue()[0]);
}

// Bytes keep the chunks in which they were pushed; read() joins text.
std::size_t Readable::next_length() const noexcept {
  const bool joins = decoder_ && side().flowing() != internal::ReadSide::Choice::yes;
  return joins ? side().length() : first_length();
}

// Removes the first `length` of the buffer, as one chunk.
Chunk Readable::take_length(std::size_t length) {
  Ring<Chunk>& chunks = queue();
  const bool takes_all = length >= side().length();
  if (takes_all ? chunks.size() == 1 : first_length() == length) return chunks.pop_front();
  if (!takes_all && first_length() > length) {
    if (chunks.front().is_external()) fetch(chunks.front());
    return internal::split(chunks.front(), length);
  }

  fetch_all();
  std::string joined;
  while (!chunks.empty() && (takes_all || length > 0)) {
    const std::size_t first = first_length();
    const bool is_whole = takes_all || first <= length;
    joined += (is_whole ? chunks.pop_front() : internal::split(chunks.front(), length)).text();
    length -= std::min(first, length);
  }
  return {Buffer::adopt(std::move(joined)), decoder_ ? Encoding::utf8 : Encoding::buffer};
}

void Readable::fetch_all() {
  for (std::size_t i = 0; i < queue().size(); ++i)
    if (queue()[i].is_external()) fetch(queue()[i]);
}

Readable& Readable::set_encoding(EncodingName encoding) {
  WEIR_STREAM_ENTRY("set_encoding");
  fetch_all();
  decoder_ = make_owned<StringDecoder>(encoding);
  std::string text;
  while (!queue().empty()) {
    const Chunk chunk = queue().pop_front();
    text += chunk.encoding == Encoding::buffer ? decoder_->write(chunk.bytes()) : chunk.text();
  }
  if (side().ended()) text += decoder_->end();
  Chunk decoded(Buffer::adopt(std::move(text)), Encoding::utf8);
  const std::size_t length = internal::length_of(decoded);
  if (length > 0) queue().push_back(std::move(decoded));
  side().relength(length);
  return *this;
}

std::optional<Encoding> Readable::readable_encoding() const noexcept {
  if (!decoder_) return std::nullopt;
  return decoder_->encoding();
}

}  // namespace weir
