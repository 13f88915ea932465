#include "weir/arguments.h"

#include "weir/conclude.h"
#include "weir/endpoint.h"
#include "weir/formatter.h"
#include "weir/inspection_options.h"
#include "weir/number_argument.h"
#include "weir/numbers.h"

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tool {
namespace {

void add_common(CLI::App& command, LineOptions& options) {
  command.add_option("FILE", options.file, "File to write; - is standard output")
      ->required()
      ->type_name("");
  command
      .add_option("--high-water-mark", options.high_water_mark,
                  "Buffer size at which the source pauses, in bytes, or as 64K, 1M, 2G")
      ->transform(number<parse_size>("a number of bytes (4096, 64K, 1M, 2G)"))
      ->type_name("SIZE");
  command.add_flag("--append", options.append,
                   "Append to the file instead of replacing its content");
  command.add_flag("--sync", options.sync, "Sync the file to the disk before exiting");
  command.add_flag("--pool", options.pool,
                   "Write only from the thread pool, never from the loop's thread");
  command.add_flag("--json", options.json, "Print the summary as one JSON object");
  add_inspection(command, options.inspection);
}

void add_log(CLI::App& command, LogOptions& options) {
  const auto size = number<parse_size>("a number of bytes (4096, 64K, 1M, 2G)");
  const auto time = number<parse_time>("a time (500ms, 1s, 5m, 24h, 7d)");
  command.add_option("FILE", options.file, "Log file to append to")->required()->type_name("");
  const std::string rotation = "Rotation";
  command
      .add_option("--rotate", options.max_size,
                  "Start a new file before a line that would make this one longer than SIZE")
      ->transform(size)
      ->type_name("SIZE")
      ->group(rotation);
  command
      .add_option(
          "--every", options.every,
          "Start a new file every TIME (1s, 24h, 7d), counted from the start of the command")
      ->transform(time)
      ->check([](const std::string& text) { return text == "0" ? "the time is 0" : ""; }, "")
      ->type_name("TIME")
      ->group(rotation);
  command.add_option("--keep", options.keep, "Keep N rotated files and remove older ones")
      ->transform(number<parse_count>("a number of files"))
      ->type_name("N")
      ->group(rotation);
  CLI::Option* const gzip = command.add_flag_callback(
      "--gzip", [&] { options.compress = Compression::gzip; }, "Compress rotated files with gzip");
  gzip->group(rotation);
  command
      .add_flag_callback(
          "--zstd", [&] { options.compress = Compression::zstd; },
          "Compress rotated files with zstd")
      ->group(rotation)
      ->excludes(gzip);
  command
      .add_option("--high-water-mark", options.high_water_mark,
                  "Buffer size at which the source waits, in bytes, or as 64K, 1M, 2G")
      ->transform(size)
      ->type_name("SIZE");
  command
      .add_option(
          "--wait", options.wait,
          "Wait at most TIME for room in the buffer, then drop lines and log how many (default: "
          "wait without limit)")
      ->transform(time)
      ->type_name("TIME");
  command
      .add_option("--sync", options.sync_every,
                  "Sync the file to the disk at most TIME after a write")
      ->transform(time)
      ->type_name("TIME");
  command.add_flag("--stamp", options.stamp, "Put the time (UTC) before each line");
  add_inspection(command, options.inspection);
  command.footer("SIGHUP reopens FILE, for logrotate.\n");
}

void check(const LogOptions& options) {
  if (kOutputNames.contains(options.file))
    throw CLI::ValidationError("FILE", "standard output cannot be rotated");
  if (options.max_size == 0) throw CLI::ValidationError("--rotate", "the size is at least 1");
}

std::string usage_error(const CLI::App* app, const CLI::Error& error) {
  std::string what = error.what();
  if (const auto unknown = app->remaining(); !unknown.empty() && app->get_subcommands().empty())
    what = fmt::format("'{}' is not a command", unknown.front());
  return fmt::format("weir: {}\nTry 'weir --help'.\n", what);
}

// Each function adds the commands and what sets their part of the arguments.
void add_commands(CLI::App& app, Arguments& arguments) {
  const auto add = [&](const char* name, const char* what, Command command) -> CLI::App& {
    CLI::App* const added = app.add_subcommand(name, what);
    added->parse_complete_callback([&arguments, command] { arguments.command = command; });
    return *added;
  };
  CLI::App& lines = add("lines", "Write N numbered lines to FILE", Command::lines);
  lines.add_option("N", arguments.count, "Number of lines")
      ->required()
      ->transform(number<parse_count>("a number of lines"))
      ->type_name("");
  add_common(lines, arguments.lines);
  lines.add_flag("--verify", arguments.verify, "Read the file back and compare every line");
  add_common(add("write", "Write standard input to FILE", Command::write), arguments.lines);
  add_copy(add("cp", "Copy SOURCEs, in order, to DEST", Command::copy), arguments.places,
           arguments.copy);
  add_serve(add("serve", "Serve a directory over HTTP", Command::serve), arguments.serve);
  add_log(add("log", "Write standard input to a log file that rotates", Command::log),
          arguments.log);
  add_inspect(add("inspect", "Show several processes on one page", Command::inspect),
              arguments.inspect);
  add_top(add("top", "Show the streams of a process in the terminal", Command::top), arguments.top);
}

// CLI11 takes "[a,b]", a word of an option with several values, for the list of a and b.
std::vector<std::string> words_of(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  for (std::string& word : words)
    if (word.starts_with('[') && word.ends_with(']')) word.insert(0, "./");
  std::ranges::reverse(words);  // as CLI11 has them
  return words;
}

}  // namespace

std::optional<Answer> parse(int argc, const char* const* argv, Arguments& arguments) {
  CLI::App app("Write, copy, log and serve files with weir's streams.", "weir");
  app.set_version_flag("--version", fmt::format("weir {}", WEIR_VERSION));
  app.require_subcommand(1);
  app.failure_message(&usage_error);
  app.formatter(std::make_shared<HelpFormatter>());
  add_commands(app, arguments);
  try {
    app.parse(words_of(argc, argv));
    if (arguments.verify && arguments.lines.to_stdout())
      throw CLI::ValidationError("--verify", "standard output cannot be read back");
    if (arguments.command == Command::copy) set_places(arguments.copy, arguments.places);
    if (arguments.command == Command::log) check(arguments.log);
  } catch (const CLI::ParseError& error) {
    std::ostringstream help;
    std::ostringstream complaint;
    const bool helped = app.exit(error, help, complaint) == 0;
    return Answer{helped ? kDone : kUsage, help.str(), complaint.str()};
  }
  return std::nullopt;
}

}  // namespace tool
