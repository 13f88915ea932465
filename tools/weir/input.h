// A descriptor that is read on a thread of its own, one block at a time and only when asked.
//
// libuv could poll a pipe but not a file, and only a descriptor that does not block; but whether
// standard input blocks is seen by every process that shares it, so that is not ours to change.
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
  // A block of text, valid for the call; no text: the end, or an errno value.
  using Take = weir::Function<void(std::string_view text, int error)>;

  // Keeps the loop alive until the end or stop(). REQUIRES: the loop outlives this.
  // CALLS BACK: `take` once for each next(), on the loop.
  Input(weir::Loop& loop, int fd, Take take);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

  // Reads the next block. REQUIRES: the block before was taken.
  void next();
  // Nothing is taken any more.
  void stop();

 private:
  void run();
  bool is_told_to_read();
  bool wait_for_text();
  void taken(std::size_t size, int error);

  weir::Loop& loop_;
  int fd_;
  Take take_;
  std::optional<weir::Loop::KeepAlive> alive_;  // none once it is over
  std::vector<char> block_;                     // the thread's, but while it is taken
  // The loop's word to the thread: a byte is next(), the end is stop().
  int word_ = -1;
  int told_ = -1;
  std::thread thread_;
};

}  // namespace tool
