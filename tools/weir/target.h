// A destination of `weir cp`.
#pragma once

#include "weir/copy_options.h"
#include "weir/endpoint.h"
#include <weir/weir.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <sys/types.h>

namespace tool {

class Target {
 public:
  using Opened = weir::Function<void(weir::Error)>;

  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  virtual ~Target() = default;

  // Opens the stream. CALLS BACK: `opened` once, perhaps during this call; not after give_up().
  virtual void open(Opened opened) = 0;
  // True if open() removes what the destination had.
  virtual bool is_emptied() const noexcept { return false; }
  // Null before it is open.
  const weir::Ref<weir::Writable>& stream() const noexcept { return stream_; }
  // The number of bytes that the system has taken.
  virtual std::uint64_t bytes_written() const noexcept = 0;
  // Ends the destination without the rest of the data.
  virtual void give_up() = 0;
  // True if the destination has confirmed all data. REQUIRES: the loop has run out.
  virtual bool is_complete() const { return is_in_place(); }
  // Starts to put the destination in place. REQUIRES: is_complete().
  virtual void commit() {}
  bool is_in_place() const { return stream_ && stream_->writable_finished() && stream_->closed(); }

  // As given by the user, without a password.
  std::string name() const { return endpoint_.shown(); }
  bool is_stdout() const noexcept { return endpoint_.is_standard(); }
  // An error of the stream, in the user's words.
  virtual weir::Error named(const weir::Error& error) const = 0;

 protected:
  explicit Target(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  const Endpoint& endpoint() const noexcept { return endpoint_; }
  void opened_as(weir::Ref<weir::Writable> stream) noexcept { stream_ = std::move(stream); }

 private:
  Endpoint endpoint_;
  weir::Ref<weir::Writable> stream_;
};

// `mode`: the permissions of a new file.
// ERRORS: throws the system's error if standard output cannot be duplicated.
std::unique_ptr<Target> make_target(weir::Loop& loop, const Endpoint& endpoint, mode_t mode,
                                    const CopyOptions& options);

}  // namespace tool
