// Downloads a URL into a file: http_get URL FILE
#include <weir/weir.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: {} URL FILE\n", argv[0]);
    return 2;
  }
  weir::Loop loop;
  int status = 0;
  const auto fail = [&status](const weir::Error& error) {
    if (!error) return;
    fmt::print(stderr, "{}\n", error);
    status = 1;
  };
  weir::http::get(loop, argv[1], [&](weir::http::IncomingMessage& response) {
    fmt::print("{} {}\n", response.status_code(), response.status_message());
    const auto file = weir::fs::create_write_stream(loop, argv[2]);
    weir::pipeline(weir::Ref(&response), file, [fail, file](const weir::Error& error) {
      fail(error);
      if (!error) fmt::print("{} bytes\n", file->bytes_written());
    });
  })->on<weir::Error>(fail);
  loop.run();
  return status;
}
