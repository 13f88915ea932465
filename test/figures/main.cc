// Runs each path once. Without callgrind, it prints the allocations alone.
#include "figures/paths.h"
#include "support/allocations.h"

#include <cstdio>

namespace figures {
namespace {

const std::function<void()>* counted = nullptr;

}  // namespace
}  // namespace figures

// By its C name, callgrind's options can ask for it.
extern "C" [[gnu::noinline]] void weir_counted_path() { (*figures::counted)(); }

void figures::measure(const char* name, long operations, const std::function<void()>& work) {
  work();
  counted = &work;
  const std::size_t before = weir::test::allocations();
  weir_counted_path();
  const std::size_t after = weir::test::allocations();
  std::printf("%zu %ld %s\n", after - before, operations, name);
}

int main() {
  figures::count_events();
  figures::count_ticks();
  figures::count_writes();
  figures::count_objects();
  figures::count_reads();
  figures::count_pipes();
  figures::count_files();
  figures::count_compression();
  figures::count_records();
  figures::count_requests();
  return 0;
}
