// The file streams of the workloads, and the lines that are written into them.
#pragma once

#include "weir-bench/workload.h"
#include <weir/weir.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

namespace bench {

weir::Ref<weir::fs::WriteStream> open_file(weir::Loop& loop, std::string path,
                                           const Arguments& arguments);

// "Line 0\n", "Line 1\n", ... formatted as fast as the peers format theirs.
class LineText {
 public:
  std::string_view operator()(long number) noexcept {
    char* end =
        std::to_chars(text_.data() + kPrefix.size(), text_.data() + text_.size(), number).ptr;
    *end++ = '\n';
    return {text_.data(), end};
  }

 private:
  static constexpr std::string_view kPrefix = "Line ";
  std::array<char, 32> text_{'L', 'i', 'n', 'e', ' '};
};

}  // namespace bench
