// Stores the bodies of PUT requests in files of up to 1 MiB: upload_server PORT FOLDER
#include <weir/weir.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace co = weir::co;
namespace http = weir::http;
constexpr std::size_t kMost = 1 << 20;

weir::Ref<weir::Transform> size_limit(weir::Loop& loop) {
  auto limit = [left = kMost](weir::Transform& out, weir::Chunk chunk, weir::Done done) mutable {
    if (chunk.size() > left) return done(weir::out_of_range("length", "<= 1 MiB", "more"));
    left -= chunk.size();
    out.push(std::move(chunk));
    done();
  };
  return weir::Transform::make(loop, {.transform = limit});
}

// Writes beside the file and replaces it only if all has arrived, so no partial file is left.
weir::Task<int> store(weir::Loop& loop, std::string path, http::IncomingMessage& request) {
  auto file = weir::fs::create_replacing_stream(loop, path);
  const weir::PipelineOptions spare{.destroy_source = false};  // the request is still answered
  auto stored = co_await co::try_(co::pipeline(spare, request, size_limit(loop), file));
  if (stored) co_return 201;
  co_return stored.error() == weir::Errc::out_of_range ? 413 : 500;
}

weir::Task<> answer(weir::Loop& loop, std::string folder, http::IncomingMessage& request,
                    http::ServerResponse& response) {
  const std::string name = request.url().substr(1);
  const auto length = request.headers().get("content-length").value_or("0");
  int status = 405;
  if (std::strtoull(length.c_str(), nullptr, 10) > kMost) {
    status = 413;  // a client that expects "100 Continue" sends no body
  } else if (request.method() == "PUT" && !name.empty() && name.find('/') == std::string::npos) {
    if (request.headers().has("expect")) response.write_continue();
    status = co_await store(loop, folder + "/" + name, request);
  }
  response.write_head(status);
  co_await co::end(response, fmt::format("{}\n", http::status_text(status)));
  request.resume();  // drops the rest of a refused body
}

int main(int argc, char** argv) {
  if (argc != 3) return fmt::print(stderr, "usage: upload_server PORT FOLDER\n"), 2;
  weir::Loop loop;
  auto handler = co::handler([&](http::IncomingMessage& request, http::ServerResponse& response) {
    return answer(loop, argv[2], request, response);
  });
  auto server = http::create_server(loop, handler);
  server->on<http::CheckContinue>([=](auto& event) { handler(event.request, event.response); });
  server->listen(std::atoi(argv[1]), "127.0.0.1");
  fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
  std::fflush(stdout);
  const weir::Signal stop(loop, SIGINT, [&] { server->close_gracefully(std::chrono::seconds(1)); });
  loop.run();
}
