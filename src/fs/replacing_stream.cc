#include <weir/fs/replacing_stream.h>

#include "fs/replacing_sink.h"
#include "fs/stream_path.h"

#include <memory>
#include <utility>

namespace weir::fs {

Ref<WriteStream> create_replacing_stream(Loop& loop, std::string path,
                                         ReplacingStreamOptions options) {
  check_path(path, std::nullopt);
  auto replacement =
      std::make_unique<Replacement>(path, static_cast<mode_t>(options.mode), options.flush);
  FileSink::Settings settings{
      .loop = loop,
      .file = {.ops = system_file_ops(loop),
               .path = std::move(path),
               .flags = "w",
               .mode = options.mode,
               .fd = {},
               .auto_close = true},
      .position = 0,
      .write_mode = options.write_mode,
      .full_buffer = full_buffer(loop, options.high_water_mark),
      .flush = options.flush,
  };
  auto sink = std::make_unique<ReplacingSink>(std::move(settings), std::move(replacement),
                                              std::move(options.before_replacing));
  return WriteStream::make(loop, std::move(sink),
                           {.high_water_mark = options.high_water_mark,
                            .default_encoding = options.encoding,
                            .signal = std::move(options.signal),
                            .emit_close = options.emit_close},
                           {.construct = true,
                            .writev = true,
                            .final = true,
                            .delivery = Delivery::until_tick,
                            .merges = true});
}

}  // namespace weir::fs
