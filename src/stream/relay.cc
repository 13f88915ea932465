#include <weir/stream/internal/relay.h>

namespace weir::internal {

// What the upstream's listeners own of a relay.
class RelayTap final : public Tap {
 public:
  RelayTap(Stream& upstream, Relay& relay) : Tap(upstream), relay_(&relay) {}
  ~RelayTap() override {
    if (relay_) relay_->on_tap_gone();
  }

  void forget_relay() noexcept { relay_ = nullptr; }

  Ref<Stream> result;  // where it is kept

 private:
  void on_readable() override {
    if (relay_) relay_->pump();
  }
  void on_over(const Error& error) override {
    if (relay_) relay_->on_over(error);
  }

  Relay* relay_;
};

Relay::~Relay() {
  if (tap_) tap_->forget_relay();
}

void Relay::start(Stream& result) {
  result_ = &result;
  const auto tap = make_ref<RelayTap>(*upstream_, *this);
  tap_ = tap.get();
  tap->watch();
}

bool Relay::may_read() const noexcept { return tap_ && tap_->may_read(); }

void Relay::pump() {
  if (pumping_ || done_) return;
  const Ref<Stream> alive(result_);
  // Not before it is asked for: to listen has the upstream read ahead.
  if (wanted_ && tap_ && !tap_->is_over() && !std::exchange(listening_, true)) tap_->listen();
  pumping_ = true;
  try {
    while (!done_) {
      if (wanted_ && transfer()) continue;
      if (over_ && !has_rest()) end();
      break;
    }
  } catch (...) {
    result_->destroy(Error::from_current_exception());
  }
  pumping_ = false;
  settle();
}

// Who keeps whom from now on; what is let go, goes last.
void Relay::settle() {
  const Ref<Stream> alive(result_);
  const Ref<Stream> upstream = std::exchange(upstream_, nullptr);
  if (!tap_) return;
  const Ref<Stream> result = std::exchange(tap_->result, nullptr);
  if (done_ || over_) return;
  if (wanted_)
    tap_->result = alive;
  else
    upstream_ = Ref<Stream>(tap_->stream());
}

void Relay::end() {
  if (done_) return;
  done_ = true;
  if (tap_) tap_->leave();
  push_end();
}

void Relay::stop() {
  done_ = true;
  if (tap_) tap_->leave();
  if (!pumping_) settle();
}

void Relay::on_over(const Error& error) {
  over_ = true;
  if (done_) return;
  const Ref<Stream> alive(result_);
  if (error)
    result_->destroy(error);
  else
    pump();
}

void Relay::on_tap_gone() {
  tap_ = nullptr;
  if (!done_ && !over_) result_->destroy(Errc::stream_premature_close);
}

}  // namespace weir::internal
