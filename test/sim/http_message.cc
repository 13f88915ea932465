#include "sim/http_message.h"

#include "sim/pattern.h"

#include <fmt/format.h>

namespace weir::sim {

void Message::on_close() {
  world_.tell("{}: Close", name_);
  ++closes_;
  world_.require(closes_ == 1, "{}: Close comes {} times", name_, closes_);
}

void Message::on_error(const Error& error) {
  world_.tell("{}: {}", name_, error.what());
  world_.count("Error of a message");
  ++errors_;
  world_.require(errors_ == 1, "{}: Error comes {} times", name_, errors_);
  world_.require(world_.is_caused(error), "{}: an Error without a cause: {}", name_, error.what());
  world_.require(closes_ == 0, "{}: an Error after Close", name_);
}

void ReadMessage::on_bytes(std::string_view bytes) {
  world_.require(closes_ == 0, "{}: Data after Close", name_);
  world_.require(ends_ == 0, "{}: Data after End", name_);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == pattern_at(pattern_, received_ + i)) continue;
    world_.break_rule(fmt::format("{}: byte {} is wrong", name_, received_ + i));
    break;
  }
  received_ += bytes.size();
}

void ReadMessage::on_end() {
  world_.tell("{}: End after {} bytes", name_, received_);
  world_.count("End");
  ++ends_;
  world_.require(ends_ == 1, "{}: End comes {} times", name_, ends_);
  world_.require(received_ == size_ || is_ignored_, "{}: End after {} of {} bytes", name_,
                 received_, size_);
}

void ReadMessage::on_error(const Error& error) {
  Message::on_error(error);
  world_.require(ends_ == 0, "{}: an Error after End: {}", name_, error.what());
}

void WrittenMessage::on_finish() {
  world_.tell("{}: Finish", name_);
  ++finishes_;
  world_.require(finishes_ == 1, "{}: Finish comes {} times", name_, finishes_);
  world_.require(closes_ == 0, "{}: Finish after Close", name_);
}

}  // namespace weir::sim
