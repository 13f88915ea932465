// Streams that succeed or fail as one.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  const auto report = [](const weir::Error& error) {
    if (error)
      fmt::print("failed: {}\n", error.message());
    else
      fmt::print("succeeded\n");
  };

  weir::pipeline(weir::Readable::from(loop, weir::Buffer::literal("all of it")),
                 weir::PassThrough::make(loop), weir::fs::create_write_stream(loop, "copy.txt"),
                 report);
  loop.run();

  // A failed stream destroys the others: the file is closed, with the data written so far.
  auto picky =
      weir::Transform::make(loop, {.transform = [](weir::Transform&, weir::Chunk, weir::Done done) {
                              done(weir::Error("not to my taste"));
                            }});
  auto output = weir::fs::create_write_stream(loop, "partial.txt");
  output->on<weir::Close>([] { fmt::print("closed\n"); });
  weir::pipeline(weir::Readable::from(loop, weir::Buffer::literal("some of it")), picky, output,
                 report);
  loop.run();
}
