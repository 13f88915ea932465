// WriteSide for a sink that overlaps: several batches that it has not completed, in their order.
#include "stream/ticks.h"
#include <weir/base/assert.h>
#include <weir/stream/internal/write_side.h>

#include <utility>

namespace weir::internal {

// The call of the sink that has just returned becomes a Flight, so that the side may call it again.
void WriteSide::launch(std::size_t before) {
  if (!call_.awaits_answer()) return;  // the sink has destroyed its stream
  flights_.push_back({in_flight_length_ - before, in_flight_.take()});
  call_.answer();
}

void WriteSide::complete_flight() {
  if (failed_flights_ > 0) {
    --failed_flights_;
    return;
  }
  Flight flight = flights_.pop_front();
  note_peak(length());
  in_flight_length_ -= flight.length;
  ++owed_;
  hand_on();
  after_flight(flight.completion);
}

// The batches after a failed one may have arrived or not; their writes fail with its error too.
void WriteSide::fail_flights(const Error& error) {
  if (failed_flights_ > 0) {
    --failed_flights_;
    return;
  }
  Ring<Flight> failed = std::exchange(flights_, {});
  failed_flights_ = failed.size() - 1;
  note_peak(length());
  given_ -= in_flight_length_;
  in_flight_length_ = 0;
  core_.note(error);
  Completion completion;
  while (!failed.empty()) completion.add(failed.pop_front().completion.take());
  conclude_failure(error, error, completion);
}

}  // namespace weir::internal
