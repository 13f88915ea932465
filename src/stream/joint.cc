#include <weir/stream/internal/joint.h>

#include "stream/ticks.h"
#include <weir/stream/events.h>
#include <weir/stream/finished.h>
#include <weir/stream/internal/read_side.h>
#include <weir/stream/internal/write_side.h>

#include <memory>

namespace weir::internal {

// The part of a joint that listeners and callbacks own: they may outlive the joint.
class JointLink final : public RefCounted {
 public:
  explicit JointLink(Joint& joint) noexcept : joint_(&joint) {}
  ~JointLink() override {
    if (joint_) joint_->on_tail_gone();
  }

  void forget_joint() noexcept { joint_ = nullptr; }

  template <class Event>
  void listen(Stream& stream, void (Joint::*call)()) {
    stream.listeners().add(
        &kEventKey<Event>,
        [self = Ref(this), call](const void*) {
          if (self->joint_) (self->joint_->*call)();
        },
        ListenerTable::Place::last, ListenerTable::Times::always);
  }
  void listen_to_data(Stream& tail, const EventKey* key) {
    tail.listeners().add(
        key,
        [self = Ref(this)](const void* event) {
          if (self->joint_) self->joint_->on_tail_data(event);
        },
        ListenerTable::Place::last, ListenerTable::Times::always);
  }
  Callback callback(void (Joint::*call)(const Error&)) {
    return [self = Ref(this), call](const Error& error) {
      if (self->joint_) (self->joint_->*call)(error);
    };
  }

  Ref<Stream> duplex;  // owns the duplex while it waits for the tail

 private:
  Joint* joint_;
};

Joint::Joint(Ref<Stream> head, Ref<Stream> tail, bool fed)
    : head_(std::move(head)),
      tail_(std::move(tail)),
      tail_line_(tail_ ? tail_->core().lifeline() : nullptr),
      link_(make_ref<JointLink>(*this)),
      fed_(fed) {}

Joint::~Joint() {
  link_->forget_joint();
  if (tail_link_) tail_link_->forget_joint();
}

void Joint::start_halves() {
  if (head_) {
    link_->listen<Drain>(*head_, &Joint::on_drain);
    link_->listen<Finish>(*head_, &Joint::on_head_finished);
    finished(*head_, link_->callback(&Joint::on_half_over));
  }
  if (tail_) listen_to_tail(&Joint::on_half_over);
}

Callback Joint::chain_callback() {
  parts_ = Parts::chain;
  return link_->callback(&Joint::on_chain_over);
}

void Joint::start_chain() {
  if (head_) link_->listen<Drain>(*head_, &Joint::on_drain);
  listen_to_tail(&Joint::on_chain_tail_over);
}

void Joint::listen_to_tail(void (Joint::*over)(const Error&)) {
  finished(*tail_, link_->callback(over));
  if (!duplex_->read_side()->enabled()) return;
  const auto link = make_ref<JointLink>(*this);
  tail_link_ = link.get();
  if (parts_ != Parts::halves)
    link->listen_to_data(*tail_, data_key());
  else
    link->listen<ReadableEvent>(*tail_, &Joint::pump);
  link->listen<End>(*tail_, &Joint::on_tail_end);
}

void Joint::want() {
  demand_.want();
  if (parts_ != Parts::halves)
    flow();
  else
    pump();
}

void Joint::flow() {
  if (demand_.is_done()) return;
  const Ref<Stream> alive(duplex_);
  if (Stream* const tail = this->tail(); tail && !tail->destroyed()) tail->read_side()->resume();
  settle();
}

void Joint::on_tail_data(const void* event) {
  if (demand_.is_done()) return;
  const Ref<Stream> alive(duplex_);
  take(event);
  if (!demand_.is_wanted() && !demand_.is_done()) tail()->read_side()->pause();
  settle();
}

void Joint::pump() {
  if (pumping_ || demand_.is_done()) return;
  const Ref<Stream> alive(duplex_);
  pumping_ = true;
  try {
    while (demand_.is_wanted() && tail() && !tail()->destroyed() && transfer()) continue;
  } catch (...) {  // thrown by a listener
    pumping_ = false;
    settle();
    throw;
  }
  pumping_ = false;
  settle();
}

// Updates ownership between the duplex and its tail; releases references last.
void Joint::settle() {
  if (fed_) return;
  const Ref<Stream> alive(duplex_);
  const Ref<Stream> tail = std::exchange(tail_, nullptr);
  if (!tail_link_) return;
  const Ref<Stream> duplex = std::exchange(tail_link_->duplex, nullptr);
  if (demand_.is_done()) return;
  if (demand_.is_wanted())
    tail_link_->duplex = alive;
  else
    tail_ = Ref<Stream>(this->tail());
}

void Joint::on_drain() {
  if (auto done = std::exchange(drained_, std::nullopt)) (*done)();
}

void Joint::on_head_finished() {
  if (auto done = std::exchange(head_finished_, std::nullopt)) (*done)();
}

void Joint::end_head(Done done) {
  head_finished_.emplace(std::move(done));
  head_->write_side()->end({}, {});
}

void Joint::on_tail_end() {
  if (!demand_.done()) return;
  const Ref<Stream> alive(duplex_);
  push_end();
  settle();
}

void Joint::on_tail_gone() {
  tail_link_ = nullptr;
  if (!demand_.is_done()) duplex_->destroy(Errc::stream_premature_close);
}

void Joint::on_half_over(const Error& error) {
  if (error) duplex_->destroy(error);
}

void Joint::on_chain_tail_over(const Error&) { on_head_finished(); }

void Joint::on_chain_over(const Error& error) {
  parts_ = Parts::chain_is_over;
  if (auto done = std::exchange(chain_ended_, std::nullopt))
    tell(*done, error);
  else if (error)
    duplex_->destroy(error);
}

void Joint::destroy_parts(Error error, Done done) {
  demand_.done();
  const Ref<Stream> alive(duplex_);
  const Error told = error ? error : stream_destroyed("write");
  if (auto drained = std::exchange(drained_, std::nullopt)) (*drained)(told);
  if (auto ended = std::exchange(head_finished_, std::nullopt)) (*ended)(told);
  if (parts_ == Parts::halves) return destroy_halves(std::move(error), std::move(done));
  if (parts_ == Parts::chain_is_over) return done(std::move(error));
  chain_ended_.emplace(std::move(done));
  aborts_ = !error;
  if (Stream* const tail = this->tail()) tail->destroy(error ? error : Error(Errc::aborted));
}

void Joint::destroy_halves(Error error, Done done) {
  Stream* const tail = this->tail();
  const bool head_is_over = !head_ || head_->destroyed() || head_->write_side()->finished();
  const bool tail_is_over = !tail || tail->destroyed() || tail->read_side()->finished();
  if (!error && head_is_over && tail_is_over) return done();
  aborts_ = !error;
  if (!error) error = Errc::aborted;

  struct Destroying {
    Done done;
    Error error;
    int parts = 0;
  };
  const auto destroying = std::make_shared<Destroying>(Destroying{std::move(done), error});
  TickQueue& ticks = duplex_->ticks();
  const auto over = [this, destroying] {
    if (--destroying->parts == 0) tell(destroying->done, destroying->error);
  };
  // On a later tick, after the part's own Error and Close.
  const auto destroy = [&](Stream* part) {
    if (!part) return;
    ++destroying->parts;
    part->destroy(error, [&ticks, over](const Error&) { ticks.next_tick(over); });
  };
  destroy(head_.get());
  destroy(tail);
  if (destroying->parts == 0) tell(destroying->done, error);  // a tail alone, which is gone
}

// Reports an abort only to an Error listener: a dropped stream is not an error.
void Joint::tell(Done& done, const Error& error) {
  const bool is_heard = duplex_->listeners().count(&kEventKey<Error>) > 0;
  done(aborts_ && !is_heard ? Error() : error);
}

}  // namespace weir::internal
