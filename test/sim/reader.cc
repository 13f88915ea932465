#include "sim/reader.h"

#include "sim/follow.h"
#include "sim/pattern.h"
#include <weir/stream/events.h>

#include <algorithm>

namespace weir::sim {

void Reader::listen() {
  follow<End>(world_, *this, "End");
  follow<Close>(world_, *this, "Close");
  follow_error(world_, *this);
}

void Reader::on_event(std::string_view event) {
  if (event != "Error") world_.tell("{}: {}", name(), event);
  world_.count(event);
  world_.require(closes_ == 0, "{}: {} after Close", name(), event);
  if (event == "Close") {
    ++closes_;
  } else if (event == "Error") {
    ++errors_;
    world_.require(errors_ == 1, "{}: {} times Error", name(), errors_);
  } else {
    ++ends_;
    world_.require(ends_ == 1, "{}: {} times End", name(), ends_);
    world_.require(!is_destroyed_ || (end_may_be_due_ && world_.turns() <= destroyed_in_ + 1),
                   "{}: End after destroy", name());
    world_.require(!is_read_ || received_ == total(), "{}: End after {} of {} bytes", name(),
                   received_, total());
  }
}

void Reader::on_bytes(std::string_view bytes) {
  world_.tell("{}: {} bytes", name(), bytes.size());
  world_.require(closes_ == 0 && ends_ == 0, "{}: Data after {}", name(),
                 ends_ > 0 ? "End" : "Close");
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] != pattern_at(pattern(), received_ + i)) {
      world_.break_rule(fmt::format("{}: byte {} is wrong", name(), received_ + i));
      break;
    }
  received_ += bytes.size();
}

void Reader::flow() {
  if (is_read_ || is_piped_) return;
  world_.tell("{}: a Data listener", name());
  is_read_ = true;
  stream_->on<Data>(
      [this, self = weak_from_this(), token = world_.token("Data of " + name())](const Data& data) {
        const auto kept = self.lock();
        if (!kept) return;
        const std::size_t size = data.chunk.size();
        world_.require(!is_destroyed_ || size <= left_, "{}: Data after destroy", name());
        left_ -= std::min(size, left_);
        on_bytes(data.chunk.text());
      });
}

void Reader::read_on_demand(std::size_t size) {
  if (is_read_ || is_piped_) return;
  world_.tell("{}: reads {} bytes at a time", name(), size);
  is_read_ = true;
  stream_->on<ReadableEvent>(
      [this, self = weak_from_this(), token = world_.token("ReadableEvent of " + name()), size] {
        const auto kept = self.lock();
        if (!kept) return;
        world_.require(closes_ == 0, "{}: ReadableEvent after Close", name());
        while (auto chunk = size ? stream_->read(size) : stream_->read()) on_bytes(chunk->text());
      });
}

void Reader::pause() {
  if (is_piped_) return;
  world_.tell("{}: pause", name());
  stream_->pause();
}

// Without a listener, resume() would drop the data.
void Reader::resume() {
  if (is_piped_ || !is_read_) return;
  world_.tell("{}: resume", name());
  stream_->resume();
}

void Reader::drop() {
  world_.tell("{}: its Ref is dropped", name());
  world_.count("dropped Ref");
  stream_ = nullptr;
}

void Reader::destroy(Error error) {
  world_.tell("{}: destroy{}", name(), error ? " with an error" : "");
  if (error) world_.cause(error);
  is_destroyed_ = true;
  left_ = stream_->readable_length();
  destroyed_in_ = world_.turns();
  end_may_be_due_ = !error && stream_->metrics().read->bytes_out == total();
  stream_->destroy(std::move(error), [token = world_.token("destroy of " + name())] {});
}

void Reader::check() {
  if (world_.loop_ended()) return;
  const std::size_t most =
      std::max(stream_->readable_high_water_mark(), std::size_t{1}) + settings_.largest_chunk;
  world_.require(stream_->readable_length() <= most,
                 "{}: the buffer has {} bytes, with a mark of {}", name(),
                 stream_->readable_length(), stream_->readable_high_water_mark());
}

void Reader::check_over() {
  world_.require(stream_->closed(), "{}: it is not closed: {}", name(), stream_->status());
  world_.require(closes_ == (settings_.emits_close ? 1 : 0), "{}: {} times Close", name(), closes_);
}

}  // namespace weir::sim
