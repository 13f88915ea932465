// A stream on an open FileHandle: FileHandle.createWriteStream.
#include <weir/weir.h>

using weir::fs::FileHandle;

int main() {
  weir::Loop loop;
  weir::fs::open(loop, "numbers.txt", "w", [](weir::Error error, weir::Ref<FileHandle> file) {
    if (error) throw error;
    auto stream = file->create_write_stream();
    for (int i = 0; i < 3; ++i) stream->write(weir::Buffer::adopt(fmt::format(" {} ", i)));
    // The callback runs when all data is written.
    stream->end([] { fmt::print("written\n"); });
    stream->on<weir::Close>([] { fmt::print("closed\n"); });
  });
  loop.run();
}
