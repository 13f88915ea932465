// weir/coro/fs.h - co::open: opens a file; and reading, writing and closing it.
//
//   auto file = co_await weir::co::open(loop, "numbers.txt", "r+");
//   const weir::Buffer head = co_await weir::co::read(loop, *file, 16, 0);
//   co_await weir::co::close(loop, *file);
//
// A stop ends the wait with ABORT_ERR; the system completes a call in progress.
#pragma once

#include <weir/base/buffer.h>
#include <weir/coro/internal/result_waiter.h>
#include <weir/fs/file_handle.h>
#include <weir/loop/loop.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace weir::co {

// ERRORS: the system's.
// Node counterpart: fsPromises.open.
internal::ResultAwaiter<Ref<fs::FileHandle>> open(Loop& loop, std::string path, fs::OpenFlags flags,
                                                  int mode = 0666);

// As FileHandle's functions; each begins at the call. A write may be of a part of the bytes.
internal::ResultAwaiter<Buffer> read(Loop& loop, fs::FileHandle& file, std::size_t length,
                                     std::optional<std::int64_t> position = {});
internal::ResultAwaiter<std::size_t> write(Loop& loop, fs::FileHandle& file, Buffer bytes,
                                           std::optional<std::int64_t> position = {});
internal::ResultAwaiter<void> sync(Loop& loop, fs::FileHandle& file);
internal::ResultAwaiter<void> datasync(Loop& loop, fs::FileHandle& file);
internal::ResultAwaiter<void> close(Loop& loop, fs::FileHandle& file);

}  // namespace weir::co
