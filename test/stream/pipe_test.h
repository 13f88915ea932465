// The fixture of the tests of pipe.
#pragma once

#include "support/read_test.h"
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <string>
#include <utility>
#include <vector>

namespace weir::test {

class PipeTest : public ReadTest {
 protected:
  void SetUp() override { logs_reads = false; }

  Ref<Readable> r_of(std::vector<std::string> chunks, const ReadableOptions& options = {}) {
    return readable_of(std::move(chunks), options, "r.");
  }
  Ref<Readable> r_silent(const ReadableOptions& options = {}) { return readable(options, "r."); }
  // Completes writes when the test does.
  Ref<Writable> slow(const std::string& name, const WritableOptions& options = {}) {
    sink_of(name).automatic = false;
    return destination(name, options);
  }
  Ref<Writable> failing(const std::string& name) {
    sink_of(name).fails = Error("we");
    return destination(name);
  }
};

}  // namespace weir::test
