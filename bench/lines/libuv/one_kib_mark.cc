#include <cstdio>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <uv.h>

uv_fs_t request;
uv_file file;
std::string buffer;
int round_number = 0;

void check(ssize_t result) {
  if (result < 0) std::fprintf(stderr, "%s\n", uv_strerror(static_cast<int>(result))), std::exit(1);
}

void produce(uv_fs_t* done) {
  check(done->result);
  uv_fs_req_cleanup(done);
  if (++round_number > 3) {
    check(uv_fs_close(done->loop, done, file, nullptr));
    return;
  }
  buffer.clear();
  int lines = 0;
  for (; buffer.size() < 1024; ++lines) buffer += "Hello World\n";
  std::printf("round %d: %d lines fill the buffer\n", round_number, lines);
  const uv_buf_t bytes = uv_buf_init(buffer.data(), static_cast<unsigned>(buffer.size()));
  check(uv_fs_write(done->loop, done, file, &bytes, 1, -1, produce));
}

int main() {
  uv_fs_open(uv_default_loop(), &request, "output.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666,
             [](uv_fs_t* opened) {
               file = static_cast<uv_file>(opened->result);
               produce(opened);
             });
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
