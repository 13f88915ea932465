// deliver: a pipe from a consume stream to a Writable that acknowledges what has been written.
#include "nats/receipts.h"
#include <weir/nats/consume_stream.h>
#include <weir/stream/finished.h>

#include <utility>
#include <vector>

namespace weir::nats {
namespace {

class Carrier final : public RefCounted, private LoopShutdownHook {
 public:
  Carrier(const Ref<ConsumeStream>& messages, const Ref<Writable>& destination,
          DeliverOptions options, Callback finished)
      : LoopShutdownHook(messages->ticks()),
        messages_(messages),
        destination_(destination),
        options_(std::move(options)),
        finished_(std::move(finished)) {}

  // The listeners keep this alive until the streams have closed: errors come after `finished`, too.
  void start() {
    self_ = Ref<Carrier>(this);
    messages_->on<Error>([self = self_](const Error& error) { self->finish(error); });
    messages_->on<Close>([self = self_] {
      if (!self->has_ended_) self->finish(weir::Errc::stream_premature_close);
      self->messages_are_closed_ = true;
      self->finish_when_closed();
    });
    messages_->on<End>([self = self_] {
      self->has_ended_ = true;
      self->end_when_written();
    });
    destination_->on<Error>([self = self_](const Error& error) { self->finish(error); });
    destination_->on<Close>([self = self_] {
      if (!self->destination_->writable_finished())
        self->finish(weir::Errc::stream_premature_close);
      self->destination_is_closed_ = true;
      self->finish_when_closed();
    });
    destination_->on<Drain>([self = self_] { self->messages_->resume(); });
    messages_->on<DataOf<Message>>(
        [self = self_](const DataOf<Message>& data) { self->write(data.chunk); });
  }

 private:
  void write(Message& message) {
    ++writing_;
    Buffer data = message.data;
    Callback written = [this, self = self_, message = std::move(message)](
                           const Error& error) mutable { on_written(error, std::move(message)); };
    bool room;
    if (options_.separator.empty()) {
      room = destination_->write(std::move(data), std::move(written));
    } else {
      destination_->write(std::move(data));
      room = destination_->write(std::string_view(options_.separator), std::move(written));
    }
    if (!room) messages_->pause();
  }

  void on_written(const Error& error, Message message) {
    --writing_;
    if (error) {
      message.nak(internal::kGivenBack);
      return finish(error);
    }
    if (!options_.sync) {
      message.ack();
      return end_when_written();
    }
    written_.push_back(std::move(message));
    sync();
  }

  // One sync at a time, for all messages that were written before it.
  void sync() {
    if (is_syncing_ || written_.empty()) return end_when_written();
    is_syncing_ = true;
    destination_->sync(
        [this, self = self_, synced = std::exchange(written_, {})](const Error& error) {
          is_syncing_ = false;
          for (const Message& message : synced)
            error ? message.nak(internal::kGivenBack) : message.ack();
          if (error) return finish(error);
          sync();
        });
  }

  void end_when_written() {
    if (!has_ended_ || writing_ > 0 || is_syncing_ || !written_.empty()) return;
    if (options_.end) {
      destination_->end();
    } else {
      destination_is_closed_ = true;
      finish_when_closed();
    }
  }

  void finish_when_closed() {
    if (has_ended_ && messages_are_closed_ && destination_is_closed_) finish({});
  }

  void finish(const Error& error) {
    if (!finished_) return;
    Callback finished = std::exchange(finished_, {});
    const Ref<Carrier> self = std::move(self_);
    if (error) {
      messages_->destroy(error);
      destination_->destroy(error);
    }
    finished(error);
  }

  void let_go() noexcept override {
    const Ref<Carrier> self = std::move(self_);
    const Callback dropped = std::move(finished_);
    written_.clear();
  }

  Ref<ConsumeStream> messages_;
  Ref<Writable> destination_;
  DeliverOptions options_;
  Callback finished_;
  std::vector<Message> written_;  // and not synced
  std::size_t writing_ = 0;
  bool is_syncing_ = false;
  bool has_ended_ = false;
  bool messages_are_closed_ = false;
  bool destination_is_closed_ = false;
  Ref<Carrier> self_;
};

}  // namespace

void deliver(const Ref<ConsumeStream>& messages, const Ref<Writable>& destination,
             const DeliverOptions& options, Callback finished) {
  weir::internal::require_function(finished, "finished");
  make_ref<Carrier>(messages, destination, options, std::move(finished))->start();
}

}  // namespace weir::nats
