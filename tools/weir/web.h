// The two ends of `weir cp` that HTTP has: what a URL answers, and who takes what is put there.
#pragma once

#include "weir/copy_options.h"
#include "weir/endpoint.h"
#include "weir/target.h"
#include <weir/weir.h>

#include <cstdint>

namespace tool {

// Asks for what a URL names: GET. An answer that does not hand over the whole of it (any status but
// 200 and 203, or a coding of the transfer that was not asked for) is an error that names it.
class Asking {
 public:
  using Answered = weir::Function<void(weir::Error, weir::Ref<weir::Readable>)>;

  // CALLS BACK: `answered` once, later, and not once this is gone; it may destroy this.
  // ERRORS: throws what is wrong with the URL; `answered` is the caller's still.
  Asking(weir::Loop& loop, const Endpoint& source, const CopyOptions& options, Answered&& answered);
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking();

 private:
  Answered release();

  weir::Ref<weir::http::ClientRequest> request_;
  Answered answered_;  // until it was called
  weir::ListenerId failed_ = weir::ListenerId::none;
  weir::ListenerId responded_ = weir::ListenerId::none;
};

// A destination that takes a request's body: PUT, or POST. It has all of it once it has answered
// with success (200 to 205) and the request has finished.
class WebTarget final : public Target {
 public:
  // REQUIRES: `options` outlives this.
  WebTarget(weir::Loop& loop, const Endpoint& endpoint, const CopyOptions& options)
      : Target(endpoint), loop_(loop), options_(options) {}

  void open(Opened opened) override;
  std::uint64_t bytes_written() const noexcept override;
  void give_up() override;
  bool is_complete() const override { return is_accepted_ && Target::is_complete(); }
  weir::Error named(const weir::Error& error) const override;

 private:
  void on_response(weir::http::IncomingMessage& response);

  weir::Loop& loop_;
  const CopyOptions& options_;
  weir::Ref<weir::http::ClientRequest> request_;
  bool is_accepted_ = false;
};

}  // namespace tool
