#include <weir/fs/replacing_stream.h>

#include "fs/around_rename.h"
#include "fs/own_file.h"
#include "fs/replacing_sink.h"
#include "fs/stream_path.h"

#include <memory>
#include <utility>

namespace weir::fs {

Ref<WriteStream> create_replacing_stream(Loop& loop, std::string path,
                                         ReplacingStreamOptions options) {
  return create_replacing_stream_around(loop, std::move(path), std::move(options), {});
}

Ref<WriteStream> create_replacing_stream_around(Loop& loop, std::string path,
                                                ReplacingStreamOptions options,
                                                AroundRename around_rename) {
  check_path(path, std::nullopt);
  check_offset("retry_on_full", options.retry_on_full.count());
  auto replacement = std::make_unique<Replacement>(path, static_cast<mode_t>(options.mode),
                                                   options.flush, std::move(around_rename));
  FileSink::Settings settings =
      own_file(loop, system_file_ops(loop), std::move(path), "w", options);
  settings.position = 0;
  auto sink = std::make_unique<ReplacingSink>(std::move(settings), std::move(replacement),
                                              std::move(options.before_replacing));
  return stream_into<WriteStream>(loop, std::move(sink), kOwnFileTraits, options);
}

}  // namespace weir::fs
