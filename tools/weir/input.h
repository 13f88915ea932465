// Reads a descriptor on its own thread, one block at a time, on demand.
//
// libuv can poll a pipe but not a file, and only a non-blocking descriptor. Every process that
// shares standard input would see it become non-blocking, so this does not change it.
#pragma once

#include <weir/weir.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace tool {

class Input {
 public:
  // A block of text, valid during the call; empty: the end, or an errno value.
  using Take = weir::Function<void(std::string_view text, int error)>;

  // Keeps the loop running until the end or stop().
  // REQUIRES: the loop outlives this.
  // CALLS BACK: `take` once for each next(), on the loop.
  Input(weir::Loop& loop, int fd, Take take);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

  // Reads the next block. REQUIRES: the previous block was taken.
  void next();
  // Stops reading.
  void stop();

 private:
  void run();
  bool is_told_to_read();
  bool wait_for_text();
  void taken(std::size_t size, int error);

  weir::Loop& loop_;
  int fd_;
  Take take_;
  std::optional<weir::Loop::KeepAlive> alive_;  // empty after the end
  std::vector<char> block_;                     // belongs to the thread, except during `take`
  // A pipe from the loop to the thread: a byte means next(), the end means stop().
  int word_ = -1;
  int told_ = -1;
  std::thread thread_;
};

}  // namespace tool
