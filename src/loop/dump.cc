#include <weir/loop/dump.h>

#include "loop/loop_core.h"
#include "loop/no_sigpipe.h"
#include "loop/timer.h"
#include <weir/loop/metrics.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace weir {
namespace internal {
namespace {

template <class... Args>
void append(std::string& text, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
}

// "1 timer", "2 timers".
std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string text_of(std::chrono::nanoseconds time) {
  return fmt::format("{:.3f} ms", std::chrono::duration<double, std::milli>(time).count());
}

// "127.0.0.1:80"; empty if the socket has no such end.
template <class GetName>
std::string address_of(GetName get_name, const uv_tcp_t* socket) {
  sockaddr_storage storage{};
  int length = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (get_name(socket, address, &length) < 0) return {};
  std::array<char, 64> text{};
  const bool is_v6 = storage.ss_family == AF_INET6;
  const int status =
      is_v6 ? uv_ip6_name(reinterpret_cast<sockaddr_in6*>(&storage), text.data(), text.size())
            : uv_ip4_name(reinterpret_cast<sockaddr_in*>(&storage), text.data(), text.size());
  if (status < 0) return {};
  const auto port = is_v6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                          : reinterpret_cast<sockaddr_in*>(&storage)->sin_port;
  const char* const host = text.data();
  return is_v6 ? fmt::format("[{}]:{}", host, ntohs(port))
               : fmt::format("{}:{}", host, ntohs(port));
}

std::string handle_text(uv_handle_t* handle) {
  std::string text = uv_handle_type_name(handle->type);
  if (uv_os_fd_t fd = -1; uv_fileno(handle, &fd) == 0) append(text, " with descriptor {}", fd);
  if (handle->type != UV_TCP) return text;
  const auto* const socket = reinterpret_cast<const uv_tcp_t*>(handle);
  if (const std::string here = address_of(&uv_tcp_getsockname, socket); !here.empty())
    append(text, ", {}", here);
  if (const std::string peer = address_of(&uv_tcp_getpeername, socket); !peer.empty())
    append(text, " to {}", peer);
  return text;
}

// Not through a FILE, which loses what a non-blocking descriptor does not take at once. What stderr
// has not taken by the deadline is lost: a dump neither ends a program nor stops it.
void print_on_stderr(std::string_view text) noexcept {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(100);
  const NoSigpipe guard;
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN && Clock::now() < deadline) {
      pollfd watched{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&watched, 1, 10);
    } else if (errno != EINTR) {
      if (errno == EPIPE) guard.take_away();
      return;
    }
  }
}

}  // namespace

std::vector<std::string> LoopCore::reasons_to_run() {
  std::vector<std::string> reasons;
  if (!ticks_.empty()) reasons.emplace_back("ticks");
  if (!immediates_.empty() || !outstanding_.empty())
    reasons.push_back(counted(immediates_.size() + outstanding_.size(), "immediate"));
  std::vector<const UvTimer*> timers(timers_.begin(), timers_.end());
  std::erase_if(timers, [](const UvTimer* timer) { return !timer->has_ref(); });
  std::ranges::sort(timers, {}, [](const UvTimer* timer) { return timer->order(); });
  const std::uint64_t now = in_milliseconds(clock_.now());
  for (const UvTimer* const timer : timers)
    reasons.push_back(
        fmt::format("a timer, due in {} ms", timer->due() > now ? timer->due() - now : 0));
  if (requests_ > 0) reasons.push_back(counted(requests_, "request") + " of the system");
  if (const std::size_t count = mailbox_->keep_alives() - polls_; count > 0)
    reasons.push_back(counted(count, "KeepAlive"));

  struct Walk {
    const std::vector<const uv_handle_t*> known;
    std::vector<std::string>& reasons;
  };
  Walk walk{{base(check_), base(idle_), base(waits_), base(async_)}, reasons};
  uv_walk(
      uv_,
      [](uv_handle_t* handle, void* context) {
        const auto& [known, found] = *static_cast<Walk*>(context);
        const bool keeps = uv_is_active(handle) && uv_has_ref(handle) && !uv_is_closing(handle);
        if (keeps && handle->type != UV_TIMER && !std::ranges::count(known, handle))
          found.push_back(handle_text(handle));
      },
      &walk);
  return reasons;
}

std::string LoopCore::dump() {
  const LoopMetrics numbers = metrics();
  std::string text;
  append(text, "loop: {}, {} busy, p99 of a turn {}, {}, {}\n", counted(numbers.turns, "turn"),
         text_of(numbers.busy), text_of(numbers.latency.quantile(0.99)),
         counted(numbers.requests, "request"), counted(numbers.timers, "timer"));

  text += "run() waits for:\n";
  const std::vector<std::string> reasons = reasons_to_run();
  for (const std::string& reason : reasons) append(text, "  {}\n", reason);
  if (reasons.empty()) text += "  nothing\n";

  std::vector<const LoopShutdownHook*> objects;
  ticks_.for_each_object([&](LoopShutdownHook& object) { objects.push_back(&object); });
  std::ranges::sort(objects, {}, &LoopShutdownHook::number);
  text += "objects:\n";
  for (const LoopShutdownHook* const object : objects) {
    const std::string status = object->status();
    if (status.empty()) continue;
    const std::string name = object->given_name();
    append(text, "  #{} {}{}: {}\n", object->number(), object->describe(),
           name.empty() ? "" : fmt::format(" \"{}\"", name), status);
  }
  return text;
}

}  // namespace internal

std::string Loop::dump() {
  WEIR_CHECK_THREAD(ticks(), "dump", "a Loop");
  return core_->dump();
}

Signal dump_on(Loop& loop, int number) {
  return {loop, number, [&loop] { internal::print_on_stderr(loop.dump()); }};
}

}  // namespace weir
