#include <weir/stream/consumers.h>

#include <weir/base/string_decoder.h>
#include <weir/stream/internal/consumer.h>
#include <weir/stream/readable.h>

#include <string_view>
#include <utility>

namespace weir {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct TextTask {
  Function<void(const Error&, std::string)> callback;
  StringDecoder decoder = StringDecoder(Encoding::utf8);
  std::string text = {};

  bool take(const Chunk& chunk) {
    text += chunk.encoding == Encoding::buffer ? decoder.write(chunk.bytes()) : chunk.text();
    return true;
  }
  void over(const Error& error) {
    text += decoder.end();
    if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
    callback(error, std::move(text));
  }
};

struct BufferTask {
  Function<void(const Error&, Buffer)> callback;
  Buffer first = {};  // alone, it need not be copied
  std::string joined = {};

  bool take(Chunk chunk) {
    if (first.empty() && joined.empty()) {
      first = std::move(chunk);
    } else {
      if (joined.empty()) joined = std::exchange(first, {}).text();
      joined += chunk.text();
    }
    return true;
  }
  void over(const Error& error) {
    callback(error, joined.empty() ? std::move(first) : Buffer::adopt(std::move(joined)));
  }
};

}  // namespace

void text(Ref<Readable> stream, Function<void(const Error&, std::string)> callback,
          std::stop_token signal) {
  internal::require_function(callback, "callback");
  internal::consume<Chunk>(*stream, TextTask{std::move(callback)}, signal);
}

void buffer(Ref<Readable> stream, Function<void(const Error&, Buffer)> callback,
            std::stop_token signal) {
  internal::require_function(callback, "callback");
  internal::consume<Chunk>(*stream, BufferTask{std::move(callback)}, signal);
}

}  // namespace weir
