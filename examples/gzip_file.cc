// Compresses a file. After any failure, all three streams are closed and the callback gets the
// error.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  weir::pipeline(weir::fs::create_read_stream(loop, "input.txt"), weir::zlib::create_gzip(loop),
                 weir::fs::create_write_stream(loop, "input.txt.gz"), [](const weir::Error& error) {
                   if (error)
                     fmt::print("failed: {}\n", error.what());
                   else
                     fmt::print("compressed\n");
                 });
  loop.run();
}
