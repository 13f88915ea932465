// support/connection_pair.h - two connections that are connected to each other in memory.
//
//   auto [client, server] = connection_pair(loop);
//   client->wire().pieces_of = 1;             // its writes arrive byte by byte
//   client->wire().stalled = true;            // and not at all, until release()
//   EXPECT_LT(client->wire().sent, 100'000);  // bytes written so far
//
// A write completes when the other end reads on. Both ends may be half-open.
#pragma once

#include <weir/net/connection.h>
#include <weir/stream/make_stream.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace weir::test {

class PairedConnection;

// One direction: the writes of one end.
struct Wire {
  PairedConnection* reader = nullptr;  // null once the reader is destroyed
  std::size_t pieces_of = 0;           // 0: as it was written
  bool stalled = false;
  std::size_t sent = 0;

  Buffer held = {};             // while stalled
  std::optional<Done> written;  // waits for the reader to read
  std::optional<Done> ended;    // waits for the stall to end
};

class PairedConnection : public net::Connection {
 public:
  static std::pair<Ref<PairedConnection>, Ref<PairedConnection>> make(TickQueue& ticks,
                                                                      bool allow_half_open) {
    const auto there = std::make_shared<Wire>();
    const auto back = std::make_shared<Wire>();
    auto first = make_end(ticks, there, back, allow_half_open);
    auto second = make_end(ticks, back, there, allow_half_open);
    there->reader = second.get();
    back->reader = first.get();
    return {std::move(first), std::move(second)};
  }

  Wire& wire() { return *outgoing_; }
  void release() {
    outgoing_->stalled = false;
    deliver(*outgoing_, std::exchange(outgoing_->held, {}));
    if (auto done = std::exchange(outgoing_->ended, std::nullopt))
      deliver_end(*outgoing_, std::move(*done));
  }
  void time_out() { emit(net::Timeout{}); }

  bool has_no_delay = false;
  bool is_referenced = true;

  PairedConnection& set_timeout(std::chrono::milliseconds idle, Callback timed_out) override {
    timeout_ = idle;
    if (timed_out)
      once<net::Timeout>([timed_out = std::move(timed_out)]() mutable { timed_out(); });
    return *this;
  }
  std::chrono::milliseconds timeout() const noexcept override { return timeout_; }
  PairedConnection& set_stall_timeout(std::chrono::milliseconds) override { return *this; }
  PairedConnection& set_no_delay(bool no_delay) override {
    has_no_delay = no_delay;
    return *this;
  }
  PairedConnection& set_keep_alive(bool, std::chrono::seconds, std::chrono::seconds, int) override {
    return *this;
  }
  PairedConnection& ref() override {
    is_referenced = true;
    return *this;
  }
  PairedConnection& unref() override {
    is_referenced = false;
    return *this;
  }
  PairedConnection& reset_and_destroy() override {
    destroy();
    return *this;
  }
  bool connecting() const noexcept override { return false; }
  bool pending() const noexcept override { return destroyed(); }
  std::optional<net::Address> local_address() const override {
    return net::Address{"127.0.0.1", net::Family::ipv4, 1};
  }
  std::optional<net::Address> remote_address() const override {
    return net::Address{"127.0.0.1", net::Family::ipv4, 2};
  }
  std::uint64_t bytes_read() const noexcept override { return 0; }
  std::uint64_t bytes_written() const noexcept override { return outgoing_->sent; }
  std::uint64_t bytes_acknowledged() const noexcept override { return outgoing_->sent; }

 private:
  class End;
  using SharedWire = std::shared_ptr<Wire>;

 protected:
  PairedConnection(End& end, const DuplexOptions& options, SharedWire outgoing)
      : net::Connection(end, options), outgoing_(std::move(outgoing)) {}

 private:
  class End final : public Source, public Sink {
   public:
    End(SharedWire incoming, SharedWire outgoing)
        : incoming_(std::move(incoming)), outgoing_(std::move(outgoing)) {}
    ~End() override { leave(); }

    void read(Readable&, std::size_t) override {
      if (auto done = std::exchange(incoming_->written, std::nullopt)) (*done)();
    }
    void write(Chunk chunk, Done done) override {
      outgoing_->sent += chunk.size();
      if (!outgoing_->reader) return done(Error::system(EPIPE, "write"));
      outgoing_->written.emplace(std::move(done));
      if (outgoing_->stalled)
        outgoing_->held = std::move(chunk);
      else
        deliver(*outgoing_, chunk);
    }
    void final(Done done) override {
      if (outgoing_->stalled)
        outgoing_->ended.emplace(std::move(done));
      else
        deliver_end(*outgoing_, std::move(done));
    }
    void destroy(Error error, Done done) override {
      const Ref<PairedConnection> reader(outgoing_->reader);
      leave();
      // The peer sees the end, as of a closed socket.
      if (reader && !reader->destroyed() && !reader->has_end_) {
        reader->has_end_ = true;
        reader->ticks().next_tick([reader] { reader->push(nullptr); });
      }
      done(std::move(error));
    }

   private:
    void leave() {
      incoming_->reader = nullptr;
      // Delivered bytes count as written, whether they are read or not.
      complete(incoming_->written, incoming_->stalled ? Error::system(EPIPE, "write") : Error());
      complete(outgoing_->written, Errc::stream_premature_close);
      complete(outgoing_->ended, Errc::stream_premature_close);
    }
    static void complete(std::optional<Done>& waiting, Error error) {
      if (auto done = std::exchange(waiting, std::nullopt)) (*done)(std::move(error));
    }

    SharedWire incoming_;
    SharedWire outgoing_;
  };

  static Ref<PairedConnection> make_end(TickQueue& ticks, const SharedWire& incoming_of_other,
                                        const SharedWire& outgoing_of_other, bool allow_half_open) {
    return make_stream<PairedConnection>(
        ticks, std::make_unique<End>(outgoing_of_other, incoming_of_other),
        DuplexOptions{.allow_half_open = allow_half_open}, incoming_of_other);
  }

  static void deliver(Wire& wire, const Buffer& bytes) {
    const std::size_t size =
        wire.pieces_of ? wire.pieces_of : std::max<std::size_t>(bytes.size(), 1);
    for (std::size_t at = 0; at < bytes.size() && wire.reader; at += size) {
      const Ref<PairedConnection> reader(wire.reader);
      reader->push(bytes.slice(at, at + size));
    }
  }
  static void deliver_end(Wire& wire, Done done) {
    if (wire.reader && !std::exchange(wire.reader->has_end_, true)) {
      const Ref<PairedConnection> reader(wire.reader);
      reader->push(nullptr);
    }
    done();
  }

  SharedWire outgoing_;
  bool has_end_ = false;
  std::chrono::milliseconds timeout_{};
};

inline auto connection_pair(TickQueue& ticks, bool allow_half_open = true) {
  return PairedConnection::make(ticks, allow_half_open);
}

}  // namespace weir::test
