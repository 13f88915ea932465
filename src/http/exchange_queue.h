// The unanswered requests of one connection, in order, and the turns of their responses.
//
//   exchange   on                                                 becomes
//   waiting    the response before is flushed, and not the last   at its turn
//   any        the response has finished                          removed
#pragma once

#include "http/message_source.h"
#include "http/message_writer.h"
#include <weir/base/ref.h>
#include <weir/http/server_response.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weir::http {

struct Exchange {
  // given_up: a listener threw; at the exchange's turn the connection sends 500.
  enum class Answer : std::uint8_t { programs, given_up };

  Ref<IncomingMessage> request;
  Ref<ServerResponse> response;
  Answer answer = Answer::programs;

  MessageWriter& writer() const noexcept { return response->writer(); }
  MessageSource& source() const noexcept { return MessageSource::of(*request); }
};

class ExchangeQueue {
 public:
  std::size_t size() const noexcept { return exchanges_.size(); }
  bool empty() const noexcept { return exchanges_.empty(); }
  Exchange& back() noexcept { return exchanges_.back(); }
  void push_back(Exchange exchange) { exchanges_.push_back(std::move(exchange)); }
  // REQUIRES: empty().
  void give_back_memory() noexcept { exchanges_ = {}; }

  // Null after the exchange has been removed.
  Exchange* find(const MessageWriter& writer) noexcept;
  Exchange* find(const IncomingMessage& request) noexcept;

  // The exchange at its turn, which owns the connection's output. Null: none.
  Exchange* current() noexcept { return turns_ > 0 ? &exchanges_[turns_ - 1] : nullptr; }
  bool has_turn(const Exchange& exchange) const noexcept {
    return static_cast<std::size_t>(&exchange - exchanges_.data()) < turns_;
  }
  // The connection has a part of the current response.
  bool is_mid_response() noexcept { return current() && current()->writer().head_sent(); }
  // Bytes that the responses before their turn have buffered.
  std::size_t waiting_length() const noexcept;

  // Passes each exchange that is due to `give`, in order, until `give` returns false. A nested call
  // does nothing: the outer one continues.
  template <class Give>
  void give_turns(Give give) {
    if (std::exchange(turning_, Turning::on) == Turning::on) return;
    while (is_next_due()) {
      const Exchange next = exchanges_[turns_++];
      if (!give(next)) break;
    }
    turning_ = Turning::off;
  }

  Exchange take(Exchange& exchange);
  std::vector<Exchange> take_all() noexcept;

 private:
  enum class Turning : std::uint8_t { off, on };

  bool is_next_due() noexcept;

  std::vector<Exchange> exchanges_;
  std::size_t turns_ = 0;  // exchanges at the front that have had their turn
  Turning turning_ = Turning::off;
};

}  // namespace weir::http
