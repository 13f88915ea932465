// The weir command: writes, copies, logs and serves with weir's streams, and reports the result.

#include "weir/arguments.h"
#include "weir/conclude.h"
#include "weir/copy.h"
#include "weir/inspect.h"
#include "weir/lines.h"
#include "weir/log.h"
#include "weir/say.h"
#include "weir/serve.h"
#include "weir/top.h"
#include "weir/trust.h"
#include "weir/write.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace {

// The next file that is opened would get the number of a closed standard descriptor, and messages
// would be written to that file. Opened for the wrong direction, its use still fails with EBADF.
void hold_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0)
      static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

int run(tool::Arguments& arguments) {
  using tool::Command;
  switch (arguments.command) {
    case Command::lines:
      return tool::write_lines(arguments.lines, arguments.count, arguments.verify);
    case Command::write:
      return tool::write_input(arguments.lines);
    case Command::copy:
      arguments.copy.trust = tool::make_trust(arguments.places.trust, arguments.places.is_blind);
      arguments.copy.trust_files = arguments.places.trust;
      return tool::copy(std::move(arguments.copy));
    case Command::serve:
      return tool::serve(arguments.serve);
    case Command::log:
      return tool::write_log(arguments.log);
    case Command::inspect:
      return tool::inspect(arguments.inspect);
    case Command::top:
      return tool::top(arguments.top);
  }
  std::unreachable();
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  // The write that would raise them reports EPIPE or EFBIG instead.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);

  tool::Arguments arguments;
  try {
    if (const auto answer = tool::parse(argc, argv, arguments)) {
      tool::say(stderr, answer->complaint);
      if (tool::say(stdout, answer->text)) return answer->status;
      if (errno == EPIPE) return tool::kBrokenPipe;
      tool::complain(weir::Error::system(errno, "write", "standard output").what());
      return tool::kFailed;
    }
    return run(arguments);
  } catch (const std::bad_alloc&) {
    tool::complain("ENOMEM: not enough memory");
  } catch (const std::exception& error) {
    tool::complain(error.what());
  }
  return tool::kFailed;
}
