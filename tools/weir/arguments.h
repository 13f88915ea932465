// The command's arguments.
#pragma once

#include "weir/copy_arguments.h"
#include "weir/copy_options.h"
#include "weir/line_options.h"
#include "weir/log_options.h"
#include "weir/serve_options.h"
#include "weir/watch_options.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tool {

enum class Command : std::uint8_t { lines, write, copy, serve, log, inspect, top };

struct Arguments {
  Command command = Command::lines;
  LineOptions lines;        // of lines and write
  std::uint64_t count = 0;  // of lines
  bool verify = false;      // of lines
  CopyOptions copy;
  Places places;  // of copy: its certificates, once parsed
  ServeOptions serve;
  LogOptions log;
  InspectOptions inspect;
  TopOptions top;
};

// The result where there is no command to run: help, or what is wrong.
struct Answer {
  int status = 0;
  std::string text;
  std::string complaint;
};

// Has no effects but on `arguments`: opens no file, and prints nothing.
std::optional<Answer> parse(int argc, const char* const* argv, Arguments& arguments);

}  // namespace tool
