#include "http/compose_head.h"

#include "http/status_code.h"
#include "http/text.h"
#include <weir/base/error.h>
#include <weir/http/errors.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

using std::string_view_literals::operator""sv;

bool has_no_body(int status) {
  return status == kNoContent || status == kResetContent || status == kNotModified ||
         (status > 0 && status < kOk);
}

// Whether a header announces a body that a response with this status does not have (RFC 9110, 8.6
// and 15.3.6; RFC 9112, 6.1).
bool announces_missing_body(int status, std::string_view name) {
  if (!has_no_body(status)) return false;
  if (status != kNotModified && same_name(name, "content-length")) return true;
  return same_name(name, "transfer-encoding");
}

class Composer {
 public:
  Composer(HeadText& text, const HeadParts& parts, const FramingRules& rules, BodyHint hint)
      : text_(text), parts_(parts), rules_(rules), omitted_(rules.omitted) {
    if (hint.is_whole) framing_.length = hint.bytes;
    framing_.wanted = rules.wanted;
    framing_.after = rules.after;
    framing_.rule = rules.body;
    if (has_no_body(parts.status)) framing_.rule = rules.bodiless;
    // A request with a body is chunked, whatever its method.
    if (is_client() && hint.bytes > 0) unsized_ = Body::chunked;
  }

  Framing compose() {
    const std::size_t before = text_.size();
    append(text_, parts_.first_line);
    for (const Field& field : parts_.fields) add_field(field);
    if (!seen_.has(Line::date) && !omitted_.has(Line::date)) add_line("Date"sv, parts_.date);
    add_connection_lines();
    if (parts_.status == kResetContent)
      add_line("Content-Length"sv, "0"sv);
    else
      add_framing_lines();
    if (!is_chunked_ && seen_.has(Line::trailer)) {
      text_.shrink(before);
      throw Error(Errc::trailer_invalid);
    }
    append(text_, "\r\n"sv);
    framing_.body = body();
    return framing_;
  }

 private:
  bool is_client() const noexcept { return rules_.sender == FramingRules::Sender::client; }

  void add_line(std::string_view name, std::string_view value) { text_.append_line(name, value); }

  // Node: processHeader.
  void add_field(Field field) {
    if (announces_missing_body(parts_.status, field.name)) return;
    if (!is_one_line(field.name)) {
      add_line(field.name, field.value);
      return note(field);
    }
    const auto values = parts_.fields.get_all(field.name);
    if (values.front().data() != field.value.data()) return;  // joined into the first one's line
    const std::string joined = fmt::format("{}", fmt::join(values, "; "));
    add_line(field.name, joined);
    note({field.name, joined});
  }

  bool is_one_line(std::string_view name) const noexcept {
    if (same_name(name, "cookie")) return true;
    return rules_.unique && std::ranges::any_of(*rules_.unique, [name](const std::string& each) {
             return same_name(each, name);
           });
  }

  void see(Line line) noexcept {
    seen_.add(line);
    omitted_.remove(line);
  }

  // Node: matchHeader.
  void note(const Field& field) {
    switch (field.name.size()) {
      case 4:
        if (same_name(field.name, "date")) seen_.add(Line::date);
        break;
      case 7:
        if (same_name(field.name, "trailer")) seen_.add(Line::trailer);
        break;
      case 10:
        if (same_name(field.name, "connection"))
          note_connection(field.value);
        else if (same_name(field.name, "keep-alive"))
          seen_.add(Line::keep_alive);
        break;
      case 14:
        if (same_name(field.name, "content-length")) note_length(field.value);
        break;
      case 17:
        if (same_name(field.name, "transfer-encoding")) {
          see(Line::encoding);
          if (has_word(field.value, "chunked")) is_chunked_ = true;
        }
        break;
      default:
        break;
    }
  }

  void note_connection(std::string_view value) {
    see(Line::connection);
    if (has_word(value, "close"))
      framing_.after = Persistence::close;
    else
      framing_.wanted = Persistence::keep;
  }

  void note_length(std::string_view value) {
    see(Line::length);
    std::uint64_t length = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), length);
    if (parsed.ec == std::errc()) framing_.length = length;
  }

  void add_connection_lines() {
    if (omitted_.has(Line::connection)) {
      framing_.after = framing_.wanted;
      return;
    }
    if (seen_.has(Line::connection)) return;
    const bool keeps_alive = framing_.wanted == Persistence::keep &&
                             (seen_.has(Line::length) || unsized_ == Body::chunked || is_client());
    if (!keeps_alive || rules_.reached_limit) {
      if (!keeps_alive) framing_.after = Persistence::close;
      return append(text_, "Connection: close\r\n"sv);
    }
    append(text_, "Connection: keep-alive\r\n"sv);
    if (rules_.keep_alive_timeout.count() == 0 || seen_.has(Line::keep_alive)) return;
    append(text_, "Keep-Alive: timeout="sv);
    append_number(text_, static_cast<std::uint64_t>(rules_.keep_alive_timeout.count() / 1000));
    if (rules_.most_requests > 0) {
      append(text_, ", max="sv);
      append_number(text_, static_cast<std::uint64_t>(rules_.most_requests));
    }
    append(text_, "\r\n"sv);
  }

  void add_framing_lines() {
    if (seen_.has(Line::length) || seen_.has(Line::encoding)) return;
    if (framing_.rule != BodyRule::sent) return;
    if (unsized_ != Body::chunked) {
      framing_.after = Persistence::close;
      if (is_client()) framing_.rule = BodyRule::refused;
    } else if (!seen_.has(Line::trailer) && !omitted_.has(Line::length) && framing_.length) {
      append(text_, "Content-Length: "sv);
      append_number(text_, *framing_.length);
      append(text_, "\r\n"sv);
      seen_.add(Line::length);
    } else if (!omitted_.has(Line::encoding)) {
      append(text_, "Transfer-Encoding: chunked\r\n"sv);
      is_chunked_ = true;
    } else {
      framing_.after = Persistence::close;
    }
  }

  Body body() const noexcept {
    if (framing_.rule != BodyRule::sent) return Body::none;
    if (is_chunked_) return Body::chunked;
    return seen_.has(Line::length) ? Body::sized : Body::until_close;
  }

  HeadText& text_;
  const HeadParts& parts_;
  const FramingRules& rules_;
  LineSet omitted_;
  LineSet seen_;
  Body unsized_ = rules_.unsized;
  bool is_chunked_ = false;
  Framing framing_;
};

}  // namespace

void HeadText::grow(std::size_t more) {
  const std::size_t room = std::max(2 * room_, size_ + more);
  auto block = std::make_unique_for_overwrite<char[]>(room);
  std::memcpy(block.get(), begin_, size_);
  block_ = std::move(block);
  begin_ = block_.get();
  room_ = room;
}

void append_number(HeadText& text, std::uint64_t number) {
  const fmt::format_int digits(number);
  append(text, {digits.data(), digits.size()});
}

Framing compose_head(HeadText& text, const HeadParts& parts, const FramingRules& rules,
                     BodyHint hint) {
  return Composer(text, parts, rules, hint).compose();
}

}  // namespace weir::http
