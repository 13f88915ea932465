// Copies a file slowly and shows its streams: their metrics, the loop's dump, and a page.
#include <weir/weir.h>

#include <csignal>
#include <cstdio>

#include <fmt/format.h>

int main() {
  weir::Loop loop;
  const auto source = weir::fs::create_read_stream(loop, "input.txt");
  const auto limit = weir::create_rate_limit(loop, {.bytes_per_second = 2'000'000});
  const auto file = weir::fs::create_write_stream(loop, "output.txt");
  file->set_name("copy");
  source->pipe(limit)->pipe(file);

  const weir::Inspector inspector = weir::inspect(loop, 0);
  inspector.on_listening([](const std::string& url) { fmt::print("the streams: {}\n", url); });

  auto metrics = weir::insight::handler(loop);
  const auto server = weir::http::create_server(
      loop, [metrics](auto& request, auto& response) mutable { metrics(request, response); });
  server->listen(0, "127.0.0.1", [server] {
    fmt::print("the metrics: http://{}/\n", weir::net::to_string(*server->address()));
    std::fflush(stdout);
  });
  server->unref();

  const weir::Signal dump = weir::dump_on(loop, SIGUSR1);

  file->on<weir::Close>([&] {
    const weir::WriteMetrics numbers = *file->metrics().write;
    fmt::print("{} bytes in {} chunks, {} Drain events, {} system calls\n", numbers.bytes_out,
               numbers.chunks_out, numbers.drains, file->metrics().system_calls);
  });
  loop.run();
}
