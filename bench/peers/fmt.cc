// fmt::output_file with a buffer of the mark's size.
#include "peer.h"

#include <fmt/os.h>

namespace {

void lines(const peer::Job& job) {
  auto file = fmt::output_file(job.path, fmt::buffer_size = job.mark);
  for (long i = 0; i < job.count; ++i) file.print("Line {}\n", i);
  file.close();
}

}  // namespace

int main(int argc, char** argv) { return peer::run(argc, argv, "fmt", {.lines = lines}); }
