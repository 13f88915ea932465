#include <cstdio>
#include <cstdlib>

#include <uv.h>

int main() {
  uv_fs_t request;
  uv_fs_copyfile(uv_default_loop(), &request, "input.txt", "output.txt", 0, [](uv_fs_t* copied) {
    if (copied->result == 0) return;
    std::fprintf(stderr, "%s\n", uv_strerror(static_cast<int>(copied->result)));
    std::exit(1);
  });
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
