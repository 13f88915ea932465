#include <cstdio>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <uv.h>

uv_fs_t request;
uv_file file;
std::string buffer;
int line = 0;

void check(ssize_t result) {
  if (result < 0) std::fprintf(stderr, "%s\n", uv_strerror(static_cast<int>(result))), std::exit(1);
}

void produce(uv_fs_t* done) {
  check(done->result);
  uv_fs_req_cleanup(done);
  buffer.clear();
  for (; buffer.size() < 16 * 1024 && line < 1'000'000; ++line)
    buffer += "Line " + std::to_string(line) + "\n";
  if (buffer.empty()) {
    check(uv_fs_close(done->loop, done, file, nullptr));
    return;
  }
  const uv_buf_t bytes = uv_buf_init(buffer.data(), static_cast<unsigned>(buffer.size()));
  check(uv_fs_write(done->loop, done, file, &bytes, 1, -1, produce));
}

int main() {
  uv_fs_open(uv_default_loop(), &request, "lines.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666,
             [](uv_fs_t* opened) {
               file = static_cast<uv_file>(opened->result);
               produce(opened);
             });
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
