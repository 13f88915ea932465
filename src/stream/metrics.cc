// What a stream tells about itself: metrics(), status(), destinations().
#include <weir/stream/metrics.h>

#include <weir/stream/internal/read_side.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/resource.h>
#include <weir/stream/stream.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir {
namespace internal {

WriteMetrics WriteSide::metrics() const noexcept {
  return {.high_water_mark = high_water_mark(),
          .length = length(),
          .peak = std::max(peak_, length()),
          .bytes_in = given_ + queue_.length(),
          .bytes_out = given_ - in_flight_length_,
          .chunks_in = passed_by_ + queue_.all_chunks(),
          .chunks_out = passed_by_ + queue_.taken_chunks(),
          .full = full_,
          .drains = drains_,
          .pressure = pressure_.sum(core_.ticks().turn_time()),
          .is_under_pressure = need_drain()};
}

const char* WriteSide::obstacle() const noexcept {
  if (!core_.constructed()) return "its construction";
  if (call_.awaits_answer() || !flights_.empty()) return "the sink";
  if (phase_ == Phase::finalizing) return "the sink's final";
  if (corked_ > 0 && !queue_.empty()) return "uncork";
  return queue_.empty() ? nullptr : "a tick";
}

ReadMetrics ReadSide::metrics() const noexcept {
  return {
      .high_water_mark = high_water_mark(),
      .length = length(),
      .peak = std::max(peak_, length()),
      .bytes_in = pushed_,
      .bytes_out = pushed_ - std::min<std::uint64_t>(pushed_, length()),
      .chunks_in = pushed_chunks_,
      .chunks_out = pushed_chunks_ - std::min<std::uint64_t>(pushed_chunks_, chunks_.chunk_count()),
      .starvation = starvation_.sum(core_.ticks().turn_time()),
      .is_starved = is_starved()};
}

const char* ReadSide::obstacle() const noexcept {
  if (!core_.constructed()) return "its construction";
  if (pipes_.is_blocked()) return "Drain of its destination";
  if (is_starved()) return "the source";
  if (length_ > 0 && flowing_ != Choice::yes) return "a reader";
  if (phase_ != Phase::open) return nullptr;
  return flowing_ == Choice::no ? "resume" : flowing_ == Choice::undecided ? "a reader" : nullptr;
}

std::vector<const Stream*> PipeEnds::alive() const {
  std::vector<const Stream*> streams;
  for (const End& end : ends_)
    if (end.lifeline->stream) streams.push_back(end.lifeline->stream);
  return streams;
}

}  // namespace internal

Stream& Stream::set_name(std::string name) {
  WEIR_STREAM_ENTRY("set_name");
  give_name(std::move(name));
  return *this;
}

StreamMetrics Stream::metrics() const {
  StreamMetrics metrics{
      .write = {}, .read = {}, .system_calls = resource_.system_calls(), .lag = resource_.lag()};
  if (write_side_ && write_side_->enabled()) metrics.write = write_side_->metrics();
  if (read_side_ && read_side_->enabled()) metrics.read = read_side_->metrics();
  return metrics;
}

std::string Stream::state() const {
  if (errored()) return "failed";
  if (core_.closed()) return "closed";
  if (core_.destroyed()) return "destroyed";
  const bool is_written = write_side_ && write_side_->enabled();
  const bool is_read = read_side_ && read_side_->enabled();
  const bool is_done =
      (!is_written || write_side_->finished()) && (!is_read || read_side_->finished());
  if (is_done) return "finished";
  if (is_written && write_side_->ending()) return "ending";
  return is_read && read_side_->ended() ? "ended" : "open";
}

std::string Stream::obstacle() const {
  if (core_.destroyed()) return core_.closed() ? "" : "the sink's destroy";
  const char* const of_write = write_side_ ? write_side_->obstacle() : nullptr;
  const char* const of_read =
      read_side_ && read_side_->enabled() ? read_side_->obstacle() : nullptr;
  if (of_write && of_read && std::string_view(of_write) != of_read)
    return fmt::format("{} and {}", of_write, of_read);
  return of_write ? of_write : of_read ? of_read : "";
}

std::string Stream::status() const {
  std::string status = state();
  const auto append = [out = std::back_inserter(status)](std::size_t length, std::size_t mark,
                                                         bool is_objects, const char* what) {
    fmt::format_to(out, ", {} of {} {} {}", length, mark, is_objects ? "objects" : "bytes", what);
  };
  if (write_side_ && write_side_->enabled())
    append(write_side_->length(), write_side_->high_water_mark(), write_side_->object_mode(),
           "to write");
  if (read_side_ && read_side_->enabled())
    append(read_side_->length(), read_side_->high_water_mark(), read_side_->object_mode(),
           "to read");
  if (const std::string waits_for = obstacle(); !waits_for.empty())
    status += ", waits for " + waits_for;
  return status;
}

bool Stream::object_mode() const noexcept {
  return (write_side_ && write_side_->enabled() && write_side_->object_mode()) ||
         (read_side_ && read_side_->enabled() && read_side_->object_mode());
}

std::vector<const Stream*> Stream::destinations() const {
  if (!read_side_) return {};
  return std::as_const(*read_side_).pipes().alive();
}

void* Stream::find_class(const internal::ClassKey* key) noexcept {
  return key == &internal::kClassKey<Stream> ? this : nullptr;
}

}  // namespace weir
