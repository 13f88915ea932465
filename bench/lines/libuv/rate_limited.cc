#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>
#include <uv.h>

uv_timer_t timer;
uv_fs_t request;
std::string text;
int lines, per_second, line = 0;
std::uint64_t begin;

void write_line(uv_timer_t*);

void wait() {
  if (line == lines) return;
  const auto due =
      begin + 1000ULL * static_cast<unsigned>(line) / static_cast<unsigned>(per_second);
  const auto now = uv_now(timer.loop);
  uv_timer_start(&timer, write_line, due > now ? due - now : 0, 0);
}

void write_line(uv_timer_t*) {
  text = "Line " + std::to_string(line++) + "\n";
  const uv_buf_t bytes = uv_buf_init(text.data(), static_cast<unsigned>(text.size()));
  uv_fs_write(timer.loop, &request, STDOUT_FILENO, &bytes, 1, -1, [](uv_fs_t* done) {
    if (done->result < 0) std::exit(1);
    uv_fs_req_cleanup(done);
    wait();
  });
}

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: rate_limited LINES PER_SECOND\n", stderr), 2;
  lines = std::atoi(argv[1]);
  per_second = std::atoi(argv[2]);
  uv_timer_init(uv_default_loop(), &timer);
  begin = uv_now(timer.loop);
  wait();
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
