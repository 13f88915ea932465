// The sink of a file that is there whole or not at all: writes a new file, and has it replace the
// old one as its last act.
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
  using Then = void (ReplacingSink::*)(Done);
  struct Run;
  struct Destroy {
    Error error;
    Done done;
  };

  // Runs `work` on the pool. CALLS BACK: `then` where that succeeds and the stream is not destroyed
  // meanwhile; else `done`.
  template <class Work>
  void run(Done done, Work work, Then then);
  void on_run(std::unique_ptr<Run> run);
  void on_open(Done done);
  void on_complete(Done done);
  void on_decision(Done done, const Error& error);
  void put_in_place(Done done);
  void on_replaced(Done done);

  std::unique_ptr<Replacement> replacement_;  // null: put in place, or given up
  Function<void(Callback)> before_replacing_;
  bool running_ = false;                    // a step of the replacement, on the pool
  std::optional<Destroy> waiting_destroy_;  // for that
};

}  // namespace weir::fs
