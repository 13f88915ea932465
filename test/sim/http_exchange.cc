#include "sim/http_exchange.h"

#include "sim/pattern.h"
#include <weir/fs/read_stream.h>
#include <weir/http/request.h>
#include <weir/stream/events.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/produce.h>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace weir::sim {
namespace {

using std::chrono::milliseconds;

// Writes a pattern's bytes into a stream at its pace, and ends it.
template <class Stream>
void send_pattern(Stream& stream, unsigned pattern, std::size_t size, std::size_t chunk,
                  Callback callback) {
  produce(
      stream,
      [=, sent = std::size_t{0}](auto& to) mutable {
        const std::size_t count = std::min(chunk, size - sent);
        if (count > 0) to.write(pattern_bytes(pattern, sent, count));
        sent += count;
        return sent < size;
      },
      {}, std::move(callback));
}

}  // namespace

// --- The client ---

HttpExchange::HttpExchange(World& world, unsigned number, const Exchange& plan, bool is_calm)
    : world_(world),
      number_(number),
      plan_(plan),
      is_calm_(is_calm),
      name_(fmt::format("exchange {}", number)),
      sent_request_(world, fmt::format("request {} at the client", number)),
      received_request_(world, fmt::format("request {} at the server", number), number,
                        plan.request_size),
      sent_response_(world, fmt::format("response {} at the server", number)),
      received_response_(world, fmt::format("response {} at the client", number),
                         response_pattern(), response_size()) {}

void HttpExchange::start(const Ref<http::Agent>& agent) {
  world_.tell("{}: {}", name_, describe(plan_));
  http::RequestOptions options{.method = plan_.request_size > 0 ? "POST" : "GET",
                               .host = "sim",
                               .path = fmt::format("/{}", number_)};
  options.agent = agent;
  if (plan_.has_length) options.headers.set("Content-Length", fmt::to_string(plan_.request_size));
  request_ =
      http::request(world_.loop(), std::move(options),
                    held([this](http::IncomingMessage& response) { on_response(response); }));
  request_->on<Finish>(held([this] { sent_request_.on_finish(); }));
  request_->on<Error>(held([this](const Error& error) { sent_request_.on_error(error); }));
  request_->on<Close>(held([this] { sent_request_.on_close(); }));
  if (plan_.leaves_after > 0)
    world_.loop().set_timeout(milliseconds(plan_.leaves_after),
                              held([this] { destroy_request(); }));
  send_body();
}

void HttpExchange::send_body() {
  if (plan_.request_size == 0) {
    request_->end();
    return;
  }
  send_pattern(*request_, number_, plan_.request_size, plan_.chunk, held([](const Error&) {}));
}

void HttpExchange::destroy_request() {
  if (request_->destroyed()) return;
  world_.tell("{}: the client leaves", name_);
  world_.count("client leaves");
  world_.cause("ECONNRESET");
  received_response_.ignore_bytes();
  request_->destroy();
}

void HttpExchange::on_response(http::IncomingMessage& response) {
  world_.count("response");
  ++responses_;
  world_.require(responses_ == 1, "{}: {} responses", name_, responses_);
  world_.require(response.status_code() == 200, "{}: status {}", name_, response.status_code());
  world_.require(response.headers().get("x-number") == fmt::to_string(number_),
                 "{}: it has the response of another exchange", name_);
  listen(response, received_response_);
  if (plan_.reading != Reading::leave) return read(response, received_response_, plan_.reading);
  destroy_request();
}

void HttpExchange::listen(http::IncomingMessage& message, ReadMessage& into) {
  message.on<End>(held([&into] { into.on_end(); }));
  message.on<Error>(held([&into](const Error& error) { into.on_error(error); }));
  message.on<Close>(held([&into] { into.on_close(); }));
}

void HttpExchange::read(http::IncomingMessage& message, ReadMessage& into, Reading reading) {
  if (reading == Reading::on_demand) {
    message.on<ReadableEvent>(held([&message, &into] {
      while (const auto chunk = message.read()) into.on_bytes(chunk->text());
    }));
    return;
  }
  message.on<Data>(held([this, &message, &into, reading](const Data& data) {
    into.on_bytes(data.chunk.text());
    if (reading != Reading::slow) return;
    message.pause();
    world_.loop().set_timeout(milliseconds(3), held([kept = Ref<http::IncomingMessage>(&message)] {
                                if (!kept->destroyed()) kept->resume();
                              }));
  }));
}

// --- The server ---

void HttpExchange::answer(http::IncomingMessage& request, http::ServerResponse& response,
                          const Ref<fs::FileOps>& files) {
  world_.count(fmt::format("answer {}", name_of(plan_.answer)));
  ++requests_;
  world_.require(requests_ == 1, "{}: {} requests at the server", name_, requests_);
  response_ = Ref<http::ServerResponse>(&response);
  listen(request, received_request_);
  response.on<Finish>(held([this] { on_response_finished(); }));
  response.on<Error>(held([this](const Error& error) { sent_response_.on_error(error); }));
  response.on<Close>(held([this] { sent_response_.on_close(); }));
  response.set_header("X-Number", fmt::to_string(number_));
  switch (plan_.answer) {
    case Answer::whole:
      read(request, received_request_, Reading::flow);
      request.on<End>(
          held([this] { response_->end(pattern_bytes(response_pattern(), 0, response_size())); }));
      return;
    case Answer::echo:
      received_request_.ignore_bytes();
      request.pipe(response);
      return;
    case Answer::file:
      received_request_.ignore_bytes();
      request.resume();
      return send_file(files);
    case Answer::late:
      read(request, received_request_, Reading::slow);
      world_.loop().set_timeout(milliseconds(plan_.chunk), held([this] { send_chunks(); }));
      return;
    case Answer::chunked:
      read(request, received_request_, Reading::on_demand);
      return send_chunks();
    case Answer::early:
      received_request_.ignore_bytes();
      return send_chunks();
    case Answer::cut:
      received_request_.ignore_bytes();
      world_.cause("ECONNRESET");
      response.write(pattern_bytes(response_pattern(), 0, response_size() / 2));
      world_.loop().set_timeout(milliseconds(plan_.chunk % 50), held([this] {
                                  world_.tell("{}: the server cuts the response", name_);
                                  response_->destroy();
                                }));
  }
}

// As in Node, the server then discards the rest of the request, and a connection that is not kept
// is closed: the client may find it reset.
void HttpExchange::on_response_finished() {
  sent_response_.on_finish();
  if (received_request_.is_whole()) return;
  received_request_.ignore_bytes();
  world_.cause("ECONNRESET");
  world_.cause("EPIPE");
}

void HttpExchange::send_chunks() {
  send_pattern(*response_, response_pattern(), response_size(), plan_.chunk,
               held([](const Error&) {}));
}

void HttpExchange::send_file(const Ref<fs::FileOps>& files) {
  if (!is_calm_) world_.cause("ECONNRESET");  // if the file fails
  auto file =
      fs::create_read_stream(world_.loop(), fmt::format("disk/{}", number_), {.file_ops = files});
  pipeline(file, response_, held([this](const Error& error) {
             world_.tell("{}: its file: {}", name_, error ? error.what() : "sent");
             world_.require(!error || world_.is_caused(error), "{}: its file: {}", name_,
                            error.what());
           }));
}

// --- The rules ---

void HttpExchange::check() {
  if (!response_ || plan_.answer == Answer::whole) return;
  constexpr std::size_t kHead = 512;
  constexpr std::size_t kFrame = 16;
  const std::size_t chunk = plan_.answer == Answer::echo || plan_.answer == Answer::file
                                ? 65'536
                                : std::max(plan_.chunk, response_size() / 2);
  world_.require(response_->writable_length() <=
                     response_->writable_high_water_mark() + chunk + kHead + kFrame,
                 "{}: the response's buffer has {} bytes", name_, response_->writable_length());
}

void HttpExchange::check_whole() {
  world_.require(received_response_.is_whole(), "{}: at rest, without a whole response", name_);
  world_.require(sent_request_.is_closed(), "{}: the request is not closed", name_);
  world_.require(sent_response_.is_closed(), "{}: the response is not closed", name_);
}

void HttpExchange::check_over() {
  world_.require(!request_ || sent_request_.is_closed(), "{}: the request is never closed: {}",
                 name_, request_ ? request_->status() : "");
  world_.require(responses_ == 0 || received_response_.is_closed(),
                 "{}: the response at the client is never closed", name_);
  world_.require(requests_ == 0 || received_request_.is_closed(),
                 "{}: the request at the server is never closed", name_);
  world_.require(requests_ == 0 || sent_response_.is_closed(),
                 "{}: the response at the server is never closed", name_);
}

void HttpExchange::drop() {
  request_ = nullptr;
  response_ = nullptr;
}

}  // namespace weir::sim
