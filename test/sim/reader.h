// sim/reader.h - Reader: a readable stream of a life, and the rules that it must keep.
//
// - The bytes are those of the source, from its first on, in order.
// - End comes once, after the last byte, and not after a destroy. As in Node, a destroy without an
//   error does not revoke an End that is due on a tick, because the last byte was read.
// - A destroyed reader may emit the bytes of its buffer, as in Node, and no later ones.
// - The buffer holds at most one chunk more than its mark.
// - At most one Error, which has a cause. One Close, and nothing after it.
#pragma once

#include "sim/pattern.h"
#include "sim/world.h"
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/stream/readable.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weir::sim {

class Reader : public std::enable_shared_from_this<Reader> {
 public:
  struct Settings {
    std::string name;
    std::shared_ptr<Origin> origin = {};
    Function<std::size_t()> total = {};  // at its end
    bool emits_close = true;
    std::size_t largest_chunk = 0;
    bool is_socket = false;
  };

  Reader(World& world, Ref<Readable> stream, Settings settings)
      : world_(world), stream_(std::move(stream)), settings_(std::move(settings)) {}
  void listen();
  void on_event(std::string_view name);
  // The other end of a connection.
  void read_from(std::shared_ptr<Origin> origin) noexcept { settings_.origin = std::move(origin); }

  const std::string& name() const noexcept { return settings_.name; }
  Readable& stream() const noexcept { return *stream_; }
  const Ref<Readable>& ref() const noexcept { return stream_; }
  unsigned pattern() const noexcept { return settings_.origin->pattern(); }
  const std::shared_ptr<Origin>& origin() const noexcept { return settings_.origin; }
  std::size_t total() { return settings_.total(); }
  std::size_t largest_chunk() const noexcept { return settings_.largest_chunk; }
  bool emits_close() const noexcept { return settings_.emits_close; }
  bool has_ended() const noexcept { return ends_ > 0; }
  bool is_socket() const noexcept { return settings_.is_socket; }
  bool is_piped() const noexcept { return is_piped_; }
  // True if a listener of this class gets the bytes.
  bool is_read() const noexcept { return is_read_; }
  void pipe_away() noexcept { is_piped_ = true; }

  // --- What a program does. ---

  void flow();
  // Reads on ReadableEvent, `size` bytes at a time; 0: whole chunks.
  void read_on_demand(std::size_t size);
  void pause();
  void resume();
  void destroy(Error error);
  // Drops its Ref, and with it the Reader.
  void drop();

  // --- The rules. ---

  void check();
  void check_over();

 private:
  void on_bytes(std::string_view bytes);

  World& world_;
  Ref<Readable> stream_;
  Settings settings_;
  std::size_t received_ = 0;
  bool is_read_ = false;
  bool is_piped_ = false;
  bool is_destroyed_ = false;
  std::size_t left_ = 0;          // in the buffer, when it was destroyed
  std::size_t destroyed_in_ = 0;  // of World::turns()
  bool end_may_be_due_ = false;
  int closes_ = 0;
  int errors_ = 0;
  int ends_ = 0;
};

}  // namespace weir::sim
