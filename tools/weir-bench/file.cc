#include "weir-bench/file.h"

#include <stdexcept>
#include <utility>

namespace bench {

weir::Ref<weir::fs::WriteStream> open_file(weir::Loop& loop, std::string path,
                                           const Arguments& arguments) {
  return weir::fs::create_write_stream(
      loop, std::move(path),
      {.high_water_mark = arguments.high_water_mark,
       .write_mode =
           arguments.mode == "pool" ? weir::fs::WriteMode::pool : weir::fs::WriteMode::in_place});
}

}  // namespace bench
