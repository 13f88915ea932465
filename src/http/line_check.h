// Whether the lines of a head end as they must: with CR LF, none of them folded, an empty one last.
//
// llhttp 8 takes a bare LF and folded lines; whoever stands before this server may not, and then
// the two see different messages. It checks what llhttp leaves out: the bytes between the texts
// that it reports.
#pragma once

#include <cstdint>

namespace weir::http {

class LineCheck {
 public:
  enum class Fault : std::uint8_t { none, missing_cr, folded };

  // A new chunk of bytes begins and ends here.
  void begin(const char* bytes) noexcept { at_ = bytes; }
  Fault end(const char* bytes) noexcept {
    return state_ == State::idle ? Fault::none : feed(bytes);
  }

  // The first line's text ends at `end`; a line break follows somewhere.
  void first_line(const char* end) noexcept {
    state_ = State::first_line;
    at_ = end;
  }
  // A name, a value, or a piece of one.
  Fault name(const char* begin, const char* end, bool continues) noexcept {
    const State wanted = continues ? State::text : State::line_start;
    return text(begin, end, wanted);
  }
  Fault value(const char* begin, const char* end) noexcept { return text(begin, end, State::text); }

  // The empty line was reached, at `most` at the latest.
  Fault finish(const char* most) noexcept {
    if (state_ == State::idle) return Fault::none;
    while (state_ != State::idle) {
      if (at_ == most) return Fault::missing_cr;
      if (const Fault fault = step(*at_++); fault != Fault::none) return fault;
    }
    return Fault::none;
  }

 private:
  //   idle        no head here; or trailers, of which nothing was seen
  //   first_line  behind a URL or a reason
  //   text        behind a name or a value
  //   cr          behind the CR that ends the line
  //   line_start  behind its LF
  //   last_cr     behind the CR of the empty line
  enum class State : std::uint8_t { idle, first_line, text, cr, line_start, last_cr };

  Fault text(const char* begin, const char* end, State wanted) noexcept {
    if (state_ != State::idle) {
      if (const Fault fault = feed(begin); fault != Fault::none) return fault;
      // More of a value, on a line of its own.
      if (state_ != wanted) return Fault::folded;
    }
    state_ = State::text;
    at_ = end;
    return Fault::none;
  }

  Fault feed(const char* end) noexcept {
    while (at_ < end)
      if (const Fault fault = step(*at_++); fault != Fault::none) return fault;
    return Fault::none;
  }

  Fault step(char c) noexcept {
    switch (state_) {
      case State::idle:
        break;
      case State::first_line:
      case State::text:
        if (c == '\r') state_ = State::cr;
        if (c == '\n') return Fault::missing_cr;
        break;
      case State::cr:
        if (c != '\n') return Fault::missing_cr;
        state_ = State::line_start;
        break;
      case State::line_start:
        if (c == ' ' || c == '\t') return Fault::folded;
        if (c != '\r') return Fault::missing_cr;
        state_ = State::last_cr;
        break;
      case State::last_cr:
        if (c != '\n') return Fault::missing_cr;
        state_ = State::idle;
        break;
    }
    return Fault::none;
  }

  const char* at_ = nullptr;
  State state_ = State::idle;
};

}  // namespace weir::http
