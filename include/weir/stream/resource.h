// weir/stream/resource.h - Resource: the base class of sinks and sources.
#pragma once

#include <weir/stream/done.h>
#include <weir/stream/internal/overrides.h>

#include <cstdint>
#include <optional>
#include <utility>

namespace weir {

class Resource;
class Stream;
class TickQueue;

namespace internal {

// The queue of the resource's stream. For the constructors of stream classes, which may not use the
// virtual base Stream before their own bases are constructed.
TickQueue& ticks_of(const Resource& resource) noexcept;

}  // namespace internal

// A stream's sink and source are one Resource: BasicSink and BasicSource share this base.
class Resource {
 public:
  Resource() = default;
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;
  virtual ~Resource() = default;

  // Opens the resource. Called once, on the first tick of the stream, if it is overridden. The
  // stream queues writes until `done`.
  // Node counterpart: _construct.
  virtual void construct(Done done) { done(); }

  // Releases the resource. Called once, after construct has completed. `error` is the reason, or
  // success; the error given to `done` is the one that the stream emits.
  // Node counterpart: _destroy.
  virtual void destroy(Error error, Done done) { done(std::move(error)); }

  // True if writes may be file ranges: chunks that are not in memory (see buffer.h), which the
  // resource lets the kernel read. Called before each of them.
  virtual bool takes_ranges() { return false; }

  // The number of system calls it has made, for Stream::metrics().
  virtual std::uint64_t system_calls() const noexcept { return 0; }

  // The number of messages that the source has still to read, if it is known: for
  // Stream::metrics().
  virtual std::optional<std::uint64_t> lag() const noexcept { return {}; }

 protected:
  // For a sink or source that is a part of this resource.
  void share_queue_with(Resource& part) const noexcept { part.ticks_ = ticks_; }

 private:
  friend class Stream;
  friend TickQueue& internal::ticks_of(const Resource& resource) noexcept;

  TickQueue* ticks_ = nullptr;  // its stream's
};

namespace internal {

inline TickQueue& ticks_of(const Resource& resource) noexcept { return *resource.ticks_; }

// True if R overrides construct. Does not compile if a function of R has the name of an override
// and another signature.
template <class R>
constexpr bool constructs() {
  using Construct = void(Done);
  using Destroy = void(Error, Done);
  using TakesRanges = bool();
  (void)WEIR_OVERRIDES_(R, Resource, destroy, Destroy,
                        "void destroy(weir::Error error, weir::Done done) override");
  (void)WEIR_OVERRIDES_(R, Resource, takes_ranges, TakesRanges, "bool takes_ranges() override");
  return WEIR_OVERRIDES_(R, Resource, construct, Construct,
                         "void construct(weir::Done done) override");
}

}  // namespace internal
}  // namespace weir
