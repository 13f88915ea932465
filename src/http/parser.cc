#include "http/parser.h"

#include "http/chunk_line_parser.h"

#include <algorithm>
#include <utility>

namespace weir::http {
namespace {

// A line's bytes that its limit does not count: method, version, spaces.
constexpr std::size_t kLineSyntax = 64;

// Headers stores 32 bit offsets.
constexpr std::size_t kMostHead = std::size_t{1} << 30;

constexpr std::size_t kMostChunkLine = 16 * 1024;

}  // namespace

Parser::Parts::Parts(Kind kind, bool insecure) noexcept
    : parser(kind == Kind::request ? HTTP_REQUEST : HTTP_RESPONSE, insecure) {}

Parser::Parser(Kind kind, ParserHandler& handler, Limits limits, std::string method) noexcept
    : kind_(kind), handler_(handler), limits_(limits), method_(std::move(method)) {
  limits_.header_size = std::min(limits_.header_size, kMostHead);
}

Parser::Result Parser::execute(const Buffer& bytes) {
  if (state_ == State::failed) return {.error = error_};
  bytes_ = &bytes;
  paused_ = false;
  std::string_view rest = bytes.text();
  while (!rest.empty() && !paused_ && state_ != State::failed && state_ != State::tunnel)
    step(rest);
  bytes_ = nullptr;
  if (state_ == State::failed) return {.parsed = failed_at_, .error = error_};
  return {
      .parsed = bytes.size() - rest.size(), .upgraded = state_ == State::tunnel, .paused = paused_};
}

Error Parser::finish() {
  switch (state_) {
    case State::start:
    case State::closed:
    case State::tunnel:
    case State::failed:
      return {};
    case State::until_close:
      complete_message();
      return {};
    default:
      return parse_error(ParseErrc::cut_off);
  }
}

void Parser::step(std::string_view& rest) {
  switch (state_) {
    case State::start:
      return begin_message(rest);
    case State::first_line:
    case State::fields:
    case State::chunk_size:
    case State::trailers:
      return take_line(rest);
    case State::sized:
    case State::until_close:
    case State::chunk:
      return take_body(rest);
    case State::chunk_cr:
      return skip(rest, '\r', State::chunk_lf);
    case State::chunk_lf:
      return skip(rest, '\n', State::chunk_size);
    case State::closed:
      rest = {};
      return;
    case State::tunnel:
    case State::failed:
      return;
  }
}

// RFC 9112, 2.2: a server ignores empty lines before a message.
void Parser::begin_message(std::string_view& rest) {
  while (!rest.empty() && (rest.front() == '\r' || rest.front() == '\n')) rest.remove_prefix(1);
  if (rest.empty()) return;
  if (!message_) message_ = std::make_unique<Parts>(kind_, limits_.insecure);
  // The handler may have moved parts of the head.
  message_->head.url.clear();
  message_->head.reason.clear();
  message_->head.headers.clear();
  message_->trailers.clear();
  head_size_ = 0;
  framing_ = {};
  message_->parser.begin();
  state_ = State::first_line;
  handler_.on_message_begin();
}

// --- Lines ---

LineReader::Rules Parser::line_rules() const noexcept {
  if (state_ == State::chunk_size) return {.most = kMostChunkLine};
  const bool is_field = state_ != State::first_line;
  return {.most = limits_.header_size + kLineSyntax,
          .takes_bare_lf = limits_.insecure,
          .unfolds = is_field && (limits_.insecure || kind_ == Kind::response)};
}

void Parser::take_line(std::string_view& rest) {
  const std::size_t begin = bytes_->size() - rest.size();
  const LineReader::Status status = message_->lines.next(rest, line_rules());
  const std::string_view line = message_->lines.line();
  LineFault fault;
  if (status == LineReader::Status::line)
    fault = on_line(line);
  else if (state_ == State::first_line)
    fault = check_start(line);
  if (!fault && status == LineReader::Status::too_long) fault = {overflow()};
  if (!fault && status == LineReader::Status::missing_cr)
    fault = {ParseErrc::missing_cr, line.size()};
  if (fault) fail(fault.code, begin + fault.at - std::min(fault.at, message_->lines.earlier()));
}

LineFault Parser::check_start(std::string_view start) const noexcept {
  return kind_ == Kind::request ? check_request_start(start) : check_status_start(start);
}

LineFault Parser::on_line(std::string_view line) {
  if (state_ == State::first_line) return on_first_line(line);
  if (state_ == State::chunk_size) return on_chunk_line(line);
  if (!line.empty()) return on_field_line(line);
  if (state_ == State::fields) return {complete_head()};
  complete_message();
  return {};
}

LineFault Parser::on_first_line(std::string_view line) {
  state_ = State::fields;
  MessageHead& head = message_->head;
  Version version;
  if (kind_ == Kind::request) {
    RequestLine request;
    if (const LineFault fault = message_->parser.read(line, request)) return fault;
    version = request.version;
    head.method = request.method;
    head.url = request.target;
    if (!has_room_for(request.target.size())) return {ParseErrc::target_too_long};
  } else {
    StatusLine status;
    if (const LineFault fault = message_->parser.read(line, status)) return fault;
    version = status.version;
    head.status = status.status;
    head.reason = status.reason;
    if (!has_room_for(status.reason.size())) return {ParseErrc::head_too_large};
  }
  head.version_major = version.major;
  head.version_minor = version.minor;
  return {};
}

LineFault Parser::on_field_line(std::string_view line) {
  const bool is_trailer = state_ == State::trailers;
  Headers& fields = is_trailer ? message_->trailers : message_->head.headers;
  if (line[0] == ' ' || line[0] == '\t')
    return {fields.empty() ? ParseErrc::space_before_fields : ParseErrc::folded_line};
  Field field;
  if (const LineFault fault = message_->parser.read(line, field)) return fault;
  if (!has_room_for(field.name.size() + field.value.size())) return {ParseErrc::head_too_large};
  if (is_trailer && FramingFields::frames(field.name)) return {ParseErrc::framing_in_trailers};
  if (!is_trailer) {
    const ParseErrc code = framing_.note(field.name, field.value, limits_.insecure);
    if (code != ParseErrc::none) return {code};
  }
  if (limits_.header_count == 0 || fields.size() < limits_.header_count)
    fields.push_back(field.name, field.value);
  return {};
}

// Bounds the cost of chunk lines relative to their chunks, for small chunks and for large
// extensions.
LineFault Parser::on_chunk_line(std::string_view line) {
  constexpr std::uint64_t kUsualLine = 16;
  if (const LineFault fault = parse_chunk_line(line, body_left_)) return fault;
  chunk_surplus_ += line.size();
  chunk_surplus_ -= std::min(chunk_surplus_, kUsualLine + 2 * std::min(body_left_, chunk_surplus_));
  if (chunk_surplus_ > kMostChunkLine) return {ParseErrc::chunk_extensions_too_large};
  head_size_ = 0;
  state_ = State::chunk;
  if (body_left_ > 0) return {};
  state_ = State::trailers;
  message_->parser.begin_trailers();
  return {};
}

bool Parser::has_room_for(std::size_t size) noexcept {
  head_size_ += size;
  return head_size_ < limits_.header_size;
}

ParseErrc Parser::overflow() const noexcept {
  if (state_ == State::chunk_size) return ParseErrc::chunk_extensions_too_large;
  return state_ == State::first_line && kind_ == Kind::request ? ParseErrc::target_too_long
                                                               : ParseErrc::head_too_large;
}

// --- Messages ---

ParseErrc Parser::complete_head() {
  const bool is_request = kind_ == Kind::request;
  MessageHead& head = message_->head;
  BodyLength length = is_request ? length_of_request(framing_, head.method)
                                 : length_of_response(framing_, head.status, method_);
  if (length.fault != ParseErrc::none) {
    if (!limits_.insecure) return length.fault;
    length = {Body::until_close};
  }
  head.host = framing_.host();
  head.keep_alive = keeps_alive(framing_, head.version_minor, length.body);
  // A body would be followed by two protocols (RFC 9110, 7.8: a server may ignore Upgrade).
  head.upgrade = is_request ? length.body == Body::none &&
                                  wants_upgrade(framing_, head.method, head.version_minor)
                            : length.body == Body::tunnel;
  // An interim response is followed by another response.
  keeps_alive_ = head.keep_alive || (!is_request && head.status / 100 == 1);
  body_left_ = length.size;
  chunk_surplus_ = 0;
  if (handler_.on_head(std::move(head)) == ParserHandler::Next::tunnel) length.body = Body::tunnel;
  switch (length.body) {
    case Body::none:
      complete_message();
      break;
    case Body::sized:
      state_ = State::sized;
      break;
    case Body::chunked:
      state_ = State::chunk_size;
      break;
    case Body::until_close:
      state_ = State::until_close;
      break;
    case Body::tunnel:
      complete_message();
      state_ = State::tunnel;
      break;
  }
  return ParseErrc::none;
}

void Parser::complete_message() {
  state_ = keeps_alive_ || limits_.insecure ? State::start : State::closed;
  handler_.on_message_complete(std::move(message_->trailers));
}

// --- Bodies ---

void Parser::take_body(std::string_view& rest) {
  const std::size_t begin = bytes_->size() - rest.size();
  std::size_t size = rest.size();
  if (state_ != State::until_close) {
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, body_left_));
    body_left_ -= size;
  }
  rest.remove_prefix(size);
  const bool ended = state_ != State::until_close && body_left_ == 0;
  handler_.on_body(bytes_->slice(begin, begin + size));
  if (!ended) return;
  if (state_ == State::chunk)
    state_ = State::chunk_cr;
  else
    complete_message();
}

void Parser::skip(std::string_view& rest, char expected, State next) {
  if (rest.front() != expected)
    return fail(ParseErrc::missing_chunk_end, bytes_->size() - rest.size());
  rest.remove_prefix(1);
  state_ = next;
}

void Parser::fail(ParseErrc code, std::size_t at) {
  state_ = State::failed;
  error_ = parse_error(code);
  failed_at_ = at;
}

}  // namespace weir::http
