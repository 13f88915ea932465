// The sink that replaces a file atomically: it writes a new file and renames it at the end.
#pragma once

#include "fs/file_sink.h"
#include "fs/replacement.h"
#include <weir/base/callback.h>
#include <weir/base/function.h>

#include <memory>
#include <optional>

namespace weir::fs {

class ReplacingSink final : public FileSink {
 public:
  // `before_replacing`: see ReplacingStreamOptions.
  ReplacingSink(Settings settings, std::unique_ptr<Replacement> replacement,
                Function<void(Callback)> before_replacing);

  void construct(Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;

 private:
  // The new file is not in place.
  bool has_crash_flush() const noexcept override { return false; }

  using Then = void (ReplacingSink::*)(Done);
  struct Run;
  struct Destroy {
    Error error;
    Done done;
  };

  // Runs `work` on the pool.
  // CALLS BACK: `then` if it succeeds and the stream is not destroyed meanwhile; otherwise `done`.
  template <class Work>
  void run(Done done, Work work, Then then);
  void on_run(std::unique_ptr<Run> run);
  void on_open(Done done);
  void on_complete(Done done);
  void on_decision(Done done, const Error& error);
  void put_in_place(Done done);
  void on_replaced(Done done);

  std::unique_ptr<Replacement> replacement_;  // null: in place, or given up
  Function<void(Callback)> before_replacing_;
  bool running_ = false;                    // a step of the replacement is on the pool
  std::optional<Destroy> waiting_destroy_;  // until the step has completed
};

}  // namespace weir::fs
