#include <weir/coro/fs.h>

#include <utility>

namespace weir::co {
namespace {

// Begins an operation with a callback for an error.
template <class Begin>
internal::ResultAwaiter<void> begin(Loop& loop, Begin operation) {
  auto waiter = make_ref<internal::ResultWaiter<void>>(loop.ticks());
  operation([completer = internal::Completer(waiter)](const Error& error) mutable {
    completer.settle(error);
  });
  return internal::ResultAwaiter<void>(std::move(waiter));
}

// Begins an operation with a callback for an error and a value.
template <class T, class Begin>
internal::ResultAwaiter<T> begin_for(Loop& loop, Begin operation) {
  auto waiter = make_ref<internal::ResultWaiter<T>>(loop.ticks());
  operation([completer = internal::Completer(waiter)](const Error& error, T value) mutable {
    if (error)
      completer.fail(error);
    else
      completer.succeed(std::move(value));
  });
  return internal::ResultAwaiter<T>(std::move(waiter));
}

}  // namespace

internal::ResultAwaiter<Ref<fs::FileHandle>> open(Loop& loop, std::string path, fs::OpenFlags flags,
                                                  int mode) {
  using Waiter = internal::ResultWaiter<Ref<fs::FileHandle>>;
  auto waiter = make_ref<Waiter>(loop.ticks());
  fs::open(loop, std::move(path), flags, mode,
           [waiter, completer = internal::Completer(waiter)](
               const Error& error, const Ref<fs::FileHandle>& file) mutable {
             if (file && waiter->is_over()) file->close();  // the coroutine has left
             if (error)
               completer.fail(error);
             else
               completer.succeed(file);
           });
  return internal::ResultAwaiter<Ref<fs::FileHandle>>(std::move(waiter));
}

internal::ResultAwaiter<Buffer> read(Loop& loop, fs::FileHandle& file, std::size_t length,
                                     std::optional<std::int64_t> position) {
  return begin_for<Buffer>(
      loop, [&](fs::FileHandle::Read done) { file.read(length, position, std::move(done)); });
}

internal::ResultAwaiter<std::size_t> write(Loop& loop, fs::FileHandle& file, Buffer bytes,
                                           std::optional<std::int64_t> position) {
  return begin_for<std::size_t>(loop, [&](fs::FileHandle::Written done) {
    file.write(std::move(bytes), position, std::move(done));
  });
}

internal::ResultAwaiter<void> sync(Loop& loop, fs::FileHandle& file) {
  return begin(loop, [&](Callback done) { file.sync(std::move(done)); });
}
internal::ResultAwaiter<void> datasync(Loop& loop, fs::FileHandle& file) {
  return begin(loop, [&](Callback done) { file.datasync(std::move(done)); });
}
internal::ResultAwaiter<void> close(Loop& loop, fs::FileHandle& file) {
  return begin(loop, [&](Callback done) { file.close(std::move(done)); });
}

}  // namespace weir::co
