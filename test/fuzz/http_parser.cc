// Any bytes as requests or responses, whole, in two pieces, and byte by byte: the pieces do not
// change the result.
#include "http/parser.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using weir::Buffer;
using weir::http::Headers;
using weir::http::MessageHead;
using weir::http::Parser;
using weir::http::ParserHandler;

// Writes down the events, with the pieces of a body joined.
class Recorder final : public ParserHandler {
 public:
  std::string log;

  void on_message_begin() noexcept override { log += "begin"; }
  Next on_head(MessageHead&& head) noexcept override {
    log.append(head.method).append(head.url).append(std::to_string(head.status));
    log.append(head.reason).append(head.keep_alive ? "keep" : "close");
    add(head.headers);
    return head.upgrade ? Next::tunnel : Next::body;
  }
  void on_body(Buffer piece) noexcept override { log += piece.text(); }
  void on_message_complete(Headers&& trailers) noexcept override {
    add(trailers);
    log += "complete";
  }

 private:
  void add(const Headers& headers) {
    for (const auto [name, value] : headers) log.append(name).append("=").append(value);
  }
};

struct Settings {
  Parser::Kind kind;
  bool insecure;
};

// The first piece has `first` bytes, each other one `others`.
std::string parse(std::string_view bytes, Settings settings, std::size_t first,
                  std::size_t others) {
  Recorder recorder;
  Parser parser(settings.kind, recorder,
                {.header_size = 64, .header_count = 4, .insecure = settings.insecure}, "GET");
  std::size_t size = first;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, size);
    const Parser::Result result = parser.execute(Buffer::copy(piece));
    if (result.parsed > piece.size()) std::abort();
    if (result.error) return recorder.log + result.error.what();
    if (result.upgraded) return recorder.log + "upgraded";
    if (result.parsed != piece.size()) std::abort();
    bytes.remove_prefix(piece.size());
    size = others;
  }
  if (const weir::Error error = parser.finish()) recorder.log += error.what();
  return recorder.log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Settings settings{(data[0] & 1) != 0 ? Parser::Kind::response : Parser::Kind::request,
                          (data[0] & 2) != 0};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string whole = parse(bytes, settings, bytes.size(), bytes.size());
  if (parse(bytes, settings, data[1] % (bytes.size() + 1), bytes.size()) != whole) std::abort();
  if (parse(bytes, settings, 1, 1) != whole) std::abort();
  return 0;
}
