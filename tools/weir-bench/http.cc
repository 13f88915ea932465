// w6-hello: a 12-byte body; w6-stream: 1 MiB in chunks of 16 KiB, at the client's pace; w6-file:
// the files of $BENCH_DIR. Serves on $BENCH_PORT until SIGTERM.
#include "weir-bench/workload.h"
#include <weir/weir.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace bench {
namespace {

constexpr int kChunks = 64;
constexpr std::string_view kHello = "hello world\n";

class Stream final : public weir::RefCounted {
 public:
  Stream(weir::http::ServerResponse& response, weir::Buffer chunk)
      : response_(&response), chunk_(std::move(chunk)) {}

  void write() {
    while (left_ > 0) {
      --left_;
      if (response_->write(chunk_)) continue;
      response_->once<weir::Drain>([stream = weir::Ref<Stream>(this)] { stream->write(); });
      return;
    }
    response_->end();
  }

 private:
  weir::Ref<weir::http::ServerResponse> response_;
  weir::Buffer chunk_;
  int left_ = kChunks;
};

}  // namespace

void serve(const Arguments& arguments) {
  weir::Loop loop;
  std::optional<weir::http::FileServer> files;
  if (arguments.workload == "w6-file") files.emplace(environment("BENCH_DIR"));
  const bool hello = arguments.workload == "w6-hello";
  const weir::Buffer chunk = weir::Buffer::adopt(std::string(16 * 1024, 'x'));
  std::optional<Measurement> measurement;
  std::uint64_t requests = 0;
  const auto server = weir::http::create_server(
      loop, {.high_water_mark = arguments.high_water_mark}, [&](auto& request, auto& response) {
        if (requests++ == 0) measurement.emplace(arguments);
        if (files) return files->answer(request, response);
        response.set_header("Content-Type", "text/plain");
        if (hello)
          response.end(weir::Buffer::literal(kHello));
        else
          weir::make_ref<Stream>(response, chunk)->write();
      });
  server->listen(std::stol(environment("BENCH_PORT")), "127.0.0.1");
  const weir::Signal stop(loop, SIGTERM, [&] { loop.stop(); });
  loop.run();
  if (!measurement) measurement.emplace(arguments);
  const std::size_t size = hello ? kHello.size() : files ? 0 : kChunks * chunk.size();
  measurement->report(requests * size, requests);
}

}  // namespace bench
