// weir-trace PROGRAM.json...
// Each file holds one conformance program or an array of them. Prints, per program, a line `# NAME`
// and then the trace, one record a line; or `refused: WHY` for a program that weir's types refuse,
// or that has an unknown step.

#include "weir-trace/bad_program.h"
#include "weir-trace/run.h"

#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

void print_trace(const trace::Json& program) {
  std::vector<std::string> lines;
  try {
    lines = trace::Run(program).trace();
  } catch (const trace::BadProgram& refusal) {
    lines = {fmt::format("refused: {}", refusal.what())};
  }
  fmt::print("# {}\n{}\n", program["name"].get<std::string>(), fmt::join(lines, "\n"));
}

void run_file(const std::string& path) {
  std::ifstream file(path);
  const trace::Json programs = trace::Json::parse(file);
  if (!programs.is_array()) return print_trace(programs);
  for (const trace::Json& program : programs) print_trace(program);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs conformance programs on weir's streams and prints their traces.",
               "weir-trace");
  std::vector<std::string> files;
  app.add_option("PROGRAM.json", files, "One program a file, or an array of them")
      ->required()
      ->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  for (const std::string& path : files) {
    try {
      run_file(path);
    } catch (const std::exception& error) {
      fmt::print(stderr, "weir-trace: {}: {}\n", path, error.what());
      return 1;
    }
  }
}
