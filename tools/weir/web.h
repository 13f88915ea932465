// HTTP endpoints of `weir cp`: downloads and uploads.
#pragma once

#include "weir/copy_options.h"
#include "weir/endpoint.h"
#include "weir/target.h"
#include <weir/weir.h>

#include <cstdint>

namespace tool {

// Downloads a URL with GET. A response that is not the whole content (a status other than 200 and
// 203, or a transfer coding that was not requested) is an error with its name.
class Asking {
 public:
  using Answered = weir::Function<void(weir::Error, weir::Ref<weir::Readable>)>;

  // CALLS BACK: `answered` once, later, and not after the destructor; it may destroy this.
  // ERRORS: throws the error of the URL; `answered` still belongs to the caller then.
  Asking(weir::Loop& loop, const Endpoint& source, const CopyOptions& options, Answered&& answered);
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking();

 private:
  Answered release();

  weir::Ref<weir::http::ClientRequest> request_;
  Answered answered_;  // until it is called
  weir::ScopedListeners listeners_;
};

// Uploads to a URL with PUT or POST. The upload is complete once the response has a status of 200
// to 205 and the request has finished.
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
