#include "weir/watch_options.h"

#include "weir/number_argument.h"
#include "weir/numbers.h"

#include <CLI/CLI.hpp>

namespace tool {

void add_inspect(CLI::App& command, InspectOptions& options) {
  command
      .add_option("PORT", options.places,
                  "Inspectors to show: PORT, HOST:PORT, or the address that a command has printed")
      ->required()
      ->type_name("");
  command
      .add_option("--port", options.port, "Port of the page (default 9228); 0 picks a free port")
      ->transform(number<parse_count>("a port"))
      ->type_name("PORT");
  command
      .add_option("--host", options.host,
                  "Serve the page on this address instead of 127.0.0.1, which other machines may "
                  "reach; needs the token in the printed address")
      ->type_name("HOST");
  command
      .add_option("--token", options.token,
                  "Serve the page only to requests with this token; random with --host")
      ->type_name("TOKEN");
  command.add_flag("--json", options.json, "Print the page's address as one JSON object");
}

void add_top(CLI::App& command, TopOptions& options) {
  command
      .add_option(
          "PROCESS", options.place,
          "Process to show: its PID, the PORT of its inspector (default 9229), HOST:PORT, or "
          "the address that it has printed")
      ->type_name("");
  command.add_flag("--once", options.once,
                   "Print one table and exit, as if standard output were no terminal");
  command.footer("Keys: q quits, as Ctrl-C does.\n");
}

}  // namespace tool
