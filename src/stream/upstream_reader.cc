#include <weir/stream/internal/upstream_reader.h>

namespace weir::internal {

// The part of a reader that the upstream's listeners own.
class UpstreamObserver final : public ReadObserver {
 public:
  UpstreamObserver(Stream& upstream, UpstreamReader& reader)
      : ReadObserver(upstream), reader_(&reader) {}
  ~UpstreamObserver() override {
    if (reader_) reader_->on_observer_gone();
  }

  void forget_reader() noexcept { reader_ = nullptr; }

  Ref<Stream> result;  // owns the result while it waits for the upstream

 private:
  void on_readable() override {
    if (reader_) reader_->pump();
  }
  void on_over(const Error& error) override {
    if (reader_) reader_->on_over(error);
  }

  UpstreamReader* reader_;
};

UpstreamReader::~UpstreamReader() {
  if (observer_) observer_->forget_reader();
}

void UpstreamReader::start(Stream& result) {
  result_ = &result;
  const auto observer = make_ref<UpstreamObserver>(*upstream_, *this);
  observer_ = observer.get();
  observer->watch();
}

bool UpstreamReader::may_read() const noexcept { return observer_ && observer_->may_read(); }

void UpstreamReader::pump() {
  if (pumping_ || demand_.is_done()) return;
  const Ref<Stream> alive(result_);
  // Listens only on the first demand, because a listener starts the upstream's read-ahead.
  if (demand_.is_wanted() && observer_ && !observer_->is_over() && !std::exchange(listening_, true))
    observer_->listen();
  pumping_ = true;
  try {
    while (!demand_.is_done()) {
      if (demand_.is_wanted() && transfer()) continue;
      if (over_ && !has_rest()) end();
      break;
    }
  } catch (...) {
    result_->destroy(Error::from_current_exception());
  }
  pumping_ = false;
  settle();
}

// Updates ownership between the result and its upstream; releases references last.
void UpstreamReader::settle() {
  const Ref<Stream> alive(result_);
  const Ref<Stream> upstream = std::exchange(upstream_, nullptr);
  if (!observer_) return;
  const Ref<Stream> result = std::exchange(observer_->result, nullptr);
  if (demand_.is_done() || over_) return;
  if (demand_.is_wanted())
    observer_->result = alive;
  else
    upstream_ = Ref<Stream>(observer_->stream());
}

void UpstreamReader::end() {
  if (!demand_.done()) return;
  if (observer_) observer_->leave();
  push_end();
}

void UpstreamReader::stop() {
  demand_.done();
  if (observer_) observer_->leave();
  if (!pumping_) settle();
}

void UpstreamReader::on_over(const Error& error) {
  over_ = true;
  if (demand_.is_done()) return;
  const Ref<Stream> alive(result_);
  if (error)
    result_->destroy(error);
  else
    pump();
}

void UpstreamReader::on_observer_gone() {
  observer_ = nullptr;
  if (!demand_.is_done() && !over_) result_->destroy(Errc::stream_premature_close);
}

}  // namespace weir::internal
