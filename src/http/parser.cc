#include "http/parser.h"

#include "http/text.h"

#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

constexpr std::size_t kMostExtensionBytes = 16 * 1024;  // of one chunk's

// What most heads fit in.
constexpr std::size_t kUsualLines = 16;
constexpr std::size_t kUsualBytes = 512;

class ParseCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "llhttp"; }
  std::string message(int value) const override {
    return llhttp_errno_name(static_cast<llhttp_errno_t>(value));
  }
};

const std::error_category& parse_category() noexcept {
  static const ParseCategory category;
  return category;
}

}  // namespace

// llhttp's callbacks, each of which finds its parser in `data`.
struct Parser::Callbacks {
  static Parser& of(llhttp_t* llhttp) noexcept { return *static_cast<Parser*>(llhttp->data); }

  static int message_begin(llhttp_t* llhttp) noexcept {
    Parser& parser = of(llhttp);
    parser.head_size_ = 0;
    parser.extension_size_ = 0;
    parser.target_.clear();
    parser.name_.clear();
    parser.value_.clear();
    parser.headers_.clear();
    parser.in_trailers_ = false;
    parser.handler_.on_message_begin();
    return 0;
  }
  static int target(llhttp_t* llhttp, const char* at, std::size_t size) noexcept {
    Parser& parser = of(llhttp);
    parser.target_.add(at, size);
    parser.lines_.first_line(at + size);
    return parser.count(size);
  }
  static int header_name(llhttp_t* llhttp, const char* at, std::size_t size) noexcept {
    Parser& parser = of(llhttp);
    const bool continues = !parser.name_.text().empty();
    parser.name_.add(at, size);
    if (const int refused = parser.check(parser.lines_.name(at, at + size, continues)))
      return refused;
    return parser.count(size);
  }
  static int header_value(llhttp_t* llhttp, const char* at, std::size_t size) noexcept {
    if (size == 0) return 0;  // it stands behind the line's end then
    Parser& parser = of(llhttp);
    parser.value_.add(at, size);
    if (const int refused = parser.check(parser.lines_.value(at, at + size))) return refused;
    return parser.count(size);
  }
  static int header_complete(llhttp_t* llhttp) noexcept { return of(llhttp).complete_line(); }
  static int headers_complete(llhttp_t* llhttp) noexcept { return of(llhttp).complete_head(); }
  static int body(llhttp_t* llhttp, const char* at, std::size_t size) noexcept {
    Parser& parser = of(llhttp);
    const auto begin = static_cast<std::size_t>(at - parser.bytes_->text().data());
    parser.handler_.on_body(parser.bytes_->slice(begin, begin + size));
    return 0;
  }
  static int extension(llhttp_t* llhttp, const char*, std::size_t size) noexcept {
    return of(llhttp).count_extension(size);
  }
  static int chunk_header(llhttp_t* llhttp) noexcept {
    of(llhttp).head_size_ = 0;
    of(llhttp).extension_size_ = 0;
    return 0;
  }
  static int message_complete(llhttp_t* llhttp) noexcept {
    Parser& parser = of(llhttp);
    if (const int refused = parser.check(parser.lines_.finish(parser.end_of_bytes())))
      return refused;
    parser.handler_.on_message_complete(std::exchange(parser.headers_, {}));
    return 0;
  }

  static const llhttp_settings_t& settings() noexcept {
    static const llhttp_settings_t table = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_message_begin = message_begin;
      made.on_url = target;
      made.on_status = target;
      made.on_header_field = header_name;
      made.on_header_value = header_value;
      made.on_header_value_complete = header_complete;
      made.on_headers_complete = headers_complete;
      made.on_body = body;
      made.on_chunk_extension_name = extension;
      made.on_chunk_extension_value = extension;
      made.on_chunk_header = chunk_header;
      made.on_message_complete = message_complete;
      return made;
    }();
    return table;
  }
};

Parser::Parser(Kind kind, ParserHandler& handler, Limits limits) noexcept
    : handler_(handler), limits_(limits) {
  llhttp_init(&llhttp_, kind == Kind::request ? HTTP_REQUEST : HTTP_RESPONSE,
              &Callbacks::settings());
  llhttp_.data = this;
  if (!limits_.insecure) return;
  // Node: kLenientAll.
  llhttp_set_lenient_headers(&llhttp_, 1);
  llhttp_set_lenient_chunked_length(&llhttp_, 1);
  llhttp_set_lenient_keep_alive(&llhttp_, 1);
  llhttp_set_lenient_transfer_encoding(&llhttp_, 1);
}

Parser::Result Parser::execute(const Buffer& bytes) {
  bytes_ = &bytes;
  const char* const begin = bytes.text().data();
  lines_.begin(begin);
  llhttp_errno_t status = llhttp_execute(&llhttp_, begin, bytes.size());
  if (status == HPE_OK) status = static_cast<llhttp_errno_t>(check(lines_.end(end_of_bytes())));
  bytes_ = nullptr;
  if (status == HPE_OK) {
    target_.keep();
    name_.keep();
    value_.keep();
    return {.parsed = bytes.size()};
  }
  const char* const position = llhttp_get_error_pos(&llhttp_);
  const std::size_t parsed = position ? static_cast<std::size_t>(position - begin) : bytes.size();
  if (status == HPE_PAUSED_UPGRADE) return {.parsed = parsed, .upgraded = true};
  return {.parsed = parsed, .error = error(status)};
}

Error Parser::finish() {
  const llhttp_errno_t status = llhttp_finish(&llhttp_);
  return status == HPE_OK ? Error() : error(status);
}

Error Parser::error(llhttp_errno_t code) const {
  const char* const reason = llhttp_get_error_reason(&llhttp_);
  if (!refused_as_.empty())
    return Error::named({HPE_USER, parse_category()}, std::string(refused_as_),
                        fmt::format("Parse Error: {}", refused_for_));
  return Error::named({static_cast<int>(code), parse_category()}, llhttp_errno_name(code),
                      fmt::format("Parse Error: {}", reason ? reason : ""));
}

const char* Parser::end_of_bytes() const noexcept {
  return bytes_ ? bytes_->text().data() + bytes_->size() : nullptr;
}

int Parser::refuse(std::string_view name, const char* reason) noexcept {
  if (refused_as_.empty()) {
    refused_as_ = name;
    refused_for_ = reason;
  }
  return HPE_USER;
}

int Parser::check(LineCheck::Fault fault) noexcept {
  if (limits_.insecure) return 0;
  switch (fault) {
    case LineCheck::Fault::none:
      break;
    case LineCheck::Fault::missing_cr:
      return refuse("HPE_CR_EXPECTED", "Missing expected CR after header value");
    case LineCheck::Fault::folded:
      return refuse("HPE_INVALID_HEADER_TOKEN", "Unexpected whitespace after header value");
  }
  return 0;
}

int Parser::count(std::size_t size) noexcept {
  head_size_ += size;
  if (head_size_ < limits_.header_size) return 0;
  return refuse("HPE_HEADER_OVERFLOW", "Header overflow");
}

int Parser::count_extension(std::size_t size) noexcept {
  extension_size_ += size;
  if (extension_size_ <= kMostExtensionBytes) return 0;
  return refuse("HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow");
}

int Parser::complete_line() {
  // llhttp has looked at neither.
  if (name_.text().empty()) return refuse("HPE_INVALID_HEADER_TOKEN", "Invalid header token");
  if (in_trailers_ && same_name(name_.text(), "content-length"))
    return refuse("HPE_INVALID_CONTENT_LENGTH",
                  "Content-Length can't be present with Transfer-Encoding");
  if (headers_.empty()) headers_.reserve(kUsualLines, kUsualBytes);
  if (limits_.header_count == 0 || headers_.size() < limits_.header_count)
    headers_.push_back(name_.text(), trimmed_end(value_.text()));
  name_.clear();
  value_.clear();
  return 0;
}

int Parser::complete_head() {
  if (check(lines_.finish(end_of_bytes())) != 0) return -1;
  head_size_ = 0;
  in_trailers_ = true;
  MessageHead head;
  head.version_major = llhttp_.http_major;
  head.version_minor = llhttp_.http_minor;
  if (llhttp_.type == HTTP_REQUEST) {
    head.method = llhttp_method_name(static_cast<llhttp_method_t>(llhttp_.method));
    head.url = target_.text();
  } else {
    head.status = llhttp_.status_code;
    head.reason = target_.text();
  }
  target_.clear();
  head.headers = std::exchange(headers_, {});
  head.keep_alive = llhttp_should_keep_alive(&llhttp_) != 0;
  head.upgrade = llhttp_.upgrade != 0;
  switch (handler_.on_head(std::move(head))) {
    case ParserHandler::Body::foreign:
      return 2;
    case ParserHandler::Body::none:
      return 1;
    case ParserHandler::Body::follows:
      // Nobody here speaks what it is to be upgraded to: it is a message like any other.
      llhttp_.upgrade = 0;
      return 0;
  }
  return 0;
}

}  // namespace weir::http
