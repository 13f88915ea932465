// The parts that the factories of streams into a file of their own share: the stream opens the file
// by its path, and closes it.
#pragma once

#include "fs/file_sink.h"
#include <weir/base/ref.h>
#include <weir/fs/file_ops.h>
#include <weir/fs/flags.h>
#include <weir/loop/loop.h>
#include <weir/stream/make_stream.h>
#include <weir/stream/sink.h>
#include <weir/stream/writable.h>

#include <memory>
#include <string>
#include <utility>

namespace weir::fs {

template <class Options>
FileSink::Settings own_file(Loop& loop, Ref<FileOps> ops, std::string path, OpenFlags flags,
                            const Options& options) {
  return {
      .loop = loop,
      .file = {.ops = std::move(ops),
               .path = std::move(path),
               .flags = flags,
               .mode = options.mode,
               .fd = {},
               .auto_close = true,
               .may_lack_sync = true},
      .position = {},
      .write_mode = options.write_mode,
      .full_buffer = full_buffer(loop, options.high_water_mark),
      .flush = options.flush,
      .retry_on_full = options.retry_on_full,
  };
}

constexpr SinkTraits kOwnFileTraits = {.construct = true,
                                       .writev = true,
                                       .final = true,
                                       .delivery = Delivery::until_tick,
                                       .merges = true};

template <class Stream, class FileSinkKind, class Options, class... Args>
Ref<Stream> stream_into(Loop& loop, std::unique_ptr<FileSinkKind> sink, SinkTraits traits,
                        Options& options, Args&&... args) {
  const WritableOptions writable{.high_water_mark = options.high_water_mark,
                                 .default_encoding = options.encoding,
                                 .signal = std::move(options.signal),
                                 .emit_close = options.emit_close};
  return internal::make_stream<Stream>(loop, std::move(sink), internal::life_of(writable, true),
                                       traits, writable, std::forward<Args>(args)...);
}

}  // namespace weir::fs
