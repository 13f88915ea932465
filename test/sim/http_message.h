// sim/http_message.h - the rules of an HTTP message, at the end that reads it or writes it.
//
// - The bytes that arrive are those that were sent, from the first on, in order.
// - End comes only after the last byte: a message that is cut off is never taken for a whole one.
// - At most one Finish or End, and one Error, which has a cause. One Close, and nothing after it.
#pragma once

#include "sim/world.h"
#include <weir/base/error.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace weir::sim {

class Message {
 public:
  Message(World& world, std::string name) : world_(world), name_(std::move(name)) {}

  void on_close();
  void on_error(const Error& error);

  bool is_closed() const noexcept { return closes_ > 0; }

 protected:
  World& world_;
  std::string name_;
  int closes_ = 0;

 private:
  int errors_ = 0;
};

// The request at the server, or the response at the client.
class ReadMessage : public Message {
 public:
  ReadMessage(World& world, std::string name, unsigned pattern, std::size_t size)
      : Message(world, std::move(name)), pattern_(pattern), size_(size) {}

  void on_bytes(std::string_view bytes);
  void on_end();
  void on_error(const Error& error);

  // As much has arrived as was sent.
  bool is_whole() const noexcept { return ends_ > 0; }
  // on_bytes gets nothing: the bytes are discarded.
  void ignore_bytes() noexcept { is_ignored_ = true; }

 private:
  bool is_ignored_ = false;
  unsigned pattern_;
  std::size_t size_;
  std::size_t received_ = 0;
  int ends_ = 0;
};

// The request at the client, or the response at the server.
class WrittenMessage : public Message {
 public:
  using Message::Message;

  void on_finish();

 private:
  int finishes_ = 0;
};

}  // namespace weir::sim
