// follow(): on_event() of a Reader or a Writer, and the log, receive the events of its stream.
#pragma once

#include "sim/world.h"
#include <weir/base/error.h>
#include <weir/stream/stream.h>

#include <string_view>

#include <fmt/format.h>

namespace weir::sim {

template <class Event, class End>
void follow(World& world, End& end, std::string_view event) {
  end.stream().template on<Event>(
      [self = end.weak_from_this(), event,
       token = world.token(fmt::format("{} of {}", event, end.name()))] {
        if (const auto kept = self.lock()) kept->on_event(event);
      });
}

template <class End>
void follow_error(World& world, End& end) {
  end.stream().template on<Error>(
      [&world, self = end.weak_from_this(),
       token = world.token("Error of " + end.name())](const Error& error) {
        const auto kept = self.lock();
        if (!kept) return;
        world.require(world.is_caused(error), "{}: an Error without a cause: {}", kept->name(),
                      error.what());
        world.tell("{}: Error {}", kept->name(), error.what());
        kept->on_event("Error");
      });
}

}  // namespace weir::sim
