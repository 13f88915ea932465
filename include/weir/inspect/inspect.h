// weir/inspect/inspect.h - a page that shows the streams of a program, live.
//
//   const weir::Inspector inspector = weir::inspect(loop, 9229);   // http://127.0.0.1:9229/
//
// The page shows the graph of the pipes with the level of each stream against its mark, rates,
// bottlenecks, errors and the loop's latency. Without a page open it costs nothing.
//
// - The page and its data come from the loop itself: a loop that is stuck in a callback shows
//   nothing new.
// - The page shows every loop that is added; /metrics, /snapshot.json and /dump are of the first
//   loop alone.
// - Only programs of this machine reach it, unless `host` says otherwise; then a token is required.
//   A request whose Host header names another host is refused (DNS rebinding).
// - A page that does not read what it is sent is disconnected, instead of filling the memory.
// - The page shows the program's command line without the users of URLs, and without the values of
//   options and parameters whose names end with "token", "password", "passwd" or "secret".
// - It does not keep run() from returning.
//
// No Node counterpart; the port is that of node --inspect.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>

#include <cstdint>
#include <string>

namespace weir {

namespace internal {
class InspectorServer;
}

struct InspectOptions {
  std::string host = "127.0.0.1";
  // The page's address then has ?token=...; a request without it is answered with 401. Letters,
  // digits, "-", "." and "_".
  std::string token = {};
  // The page may pause and resume readable streams. A stream that it has paused stays so, also when
  // a pipe or the program resumes it, until the page does or the Inspector is destroyed.
  bool allows_pause = false;
  // The program's name on the page. Empty: that of its file.
  std::string name = {};
  std::chrono::milliseconds interval{250};
};

class Inspector {
 public:
  static constexpr std::int64_t kPort = 9229;

  // For inspect().
  explicit Inspector(Ref<internal::InspectorServer> server) noexcept;
  Inspector(Inspector&&) noexcept;
  Inspector& operator=(Inspector&&) noexcept;
  // Closes the page's connections.
  ~Inspector();

  // Shows another loop, which may run on another thread, on the same page.
  // REQUIRES: the loop outlives the Inspector.
  void add(Loop& loop, std::string name) const;

  // The page's address; empty while it does not listen.
  std::string url() const;
  // CALLS BACK: once it listens, with the page's address; at once if it does already. It never
  // comes if listening fails.
  void on_listening(Function<void(const std::string& url)> listening) const;
  // CALLS BACK: if listening has failed: "listen EADDRINUSE: address already in use
  // 127.0.0.1:9229". Without a function, the failure is an InspectorWarning of the loop.
  void on_error(Function<void(const Error&)> failed) const;

 private:
  Ref<internal::InspectorServer> server_;
};

// Serves the inspector of the loop on the port; 0: a free one.
// ERRORS: throws ERR_INVALID_ARG_VALUE for another host than this machine's without a token, for a
// token with other characters, and for an interval below 10 ms; ERR_SOCKET_BAD_PORT.
Inspector inspect(Loop& loop, std::int64_t port = Inspector::kPort,
                  const InspectOptions& options = {});

}  // namespace weir
