// The paths of files, compression, producers and HTTP.
#include "figures/paths.h"
#include <weir/weir.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace figures {
namespace {

using weir::Ref;

constexpr long kMany = 20'000;
constexpr long kFew = 500;
constexpr std::size_t kChunk = 64 * 1024;

// Files without bytes, whose calls succeed at once and take no time.
class NullFiles final : public weir::fs::FileOps {
 public:
  explicit NullFiles(std::size_t size) : left_(size) {}

  void open(const std::string&, int, int, Completed completed) override { completed(3); }
  void write(int, Views views, std::optional<std::int64_t>, Completed completed) override {
    completed(size_of(views));
  }
  void read(int, std::span<std::byte> into, std::optional<std::int64_t>,
            Completed completed) override {
    const std::size_t size = std::min(into.size(), left_);
    left_ -= size;
    completed(static_cast<std::int64_t>(size));
  }
  bool can_write_here(int) noexcept override { return true; }
  std::int64_t write_here(int, Views views, std::optional<std::int64_t>) noexcept override {
    return size_of(views);
  }
  Clock::time_point now() const noexcept override { return {}; }
  void sync(int, Completed completed) override { completed(0); }
  void datasync(int, Completed completed) override { completed(0); }
  void close(int, Completed completed) override { completed(0); }
  void close_now(int) noexcept override {}

 private:
  static std::int64_t size_of(Views views) {
    std::size_t size = 0;
    for (const auto view : views) size += view.size();
    return static_cast<std::int64_t>(size);
  }
  std::size_t left_;  // to read
};

Ref<weir::fs::WriteStream> open_file(weir::Loop& loop) {
  return weir::fs::create_write_stream(loop, "written", {.file_ops = weir::make_ref<NullFiles>(0)});
}

template <class Write>
void fill_file(weir::Loop& loop, Write write) {
  const auto stream = open_file(loop);
  weir::produce(*stream, [write, left = kMany](weir::Writable& to) mutable {
    write(to, left);
    return --left > 0;
  });
  loop.run();
}

struct Drop final : weir::Sink {
  void write(weir::Chunk, weir::Done done) override { done(); }
};

// A client that asks again when it has the whole answer, and ends the loop after the last one.
class Client {
 public:
  Client(weir::Loop& loop, int fd) : loop_(loop), fd_(fd) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(fd_); }

  void ask(long times) {
    left_ = times;
    say();
    loop_.run();
  }

 private:
  void say() {
    constexpr std::string_view kRequest =
        "GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: figures\r\nAccept: */*\r\n\r\n";
    if (::send(fd_, kRequest.data(), kRequest.size(), 0) < 0) std::abort();
    loop_.set_immediate([this] { hear(); });
  }
  void hear() {
    std::array<char, 1000> answer;
    const ssize_t size = ::recv(fd_, answer.data(), answer.size(), MSG_DONTWAIT);
    if (size < 0) return static_cast<void>(loop_.set_immediate([this] { hear(); }));
    const std::string_view text(answer.data(), static_cast<std::size_t>(size));
    if (!text.starts_with("HTTP/1.1 200 OK\r\n") || !text.ends_with("\r\n\r\nhello world\n"))
      std::abort();
    if (--left_ == 0) return loop_.stop();
    say();
  }

  weir::Loop& loop_;
  int fd_;
  long left_ = 0;
};

}  // namespace

void count_files() {
  weir::Loop loop;
  const weir::Buffer line = weir::Buffer::copy("a line of a log\n");
  measure("a line that is written to a file", kMany,
          [&] { fill_file(loop, [&](weir::Writable& to, long) { to.write(line); }); });
  measure("a line that is printed to a file", kMany, [&] {
    fill_file(loop, [](weir::Writable& to, long number) { to.print("Line {}\n", number); });
  });
  measure("a chunk from file to file", kFew, [&] {
    const auto from = weir::fs::create_read_stream(
        loop, "read",
        {.high_water_mark = kChunk, .file_ops = weir::make_ref<NullFiles>(kFew * kChunk)});
    from->pipe(open_file(loop));
    loop.run();
  });
}

// The work of zlib is not counted: what remains is what a stream adds to it.
void count_compression() {
  weir::Loop loop;
  const weir::Buffer chunk = weir::Buffer::adopt(std::string(1000, 'x'));
  measure("a chunk through gzip", kFew, [&] {
    const auto gzip = weir::zlib::create_gzip(loop);
    gzip->pipe(weir::Writable::make(loop, std::make_unique<Drop>()));
    for (long i = 0; i < kFew; ++i) gzip->write(chunk);
    gzip->end();
    loop.run();
  });
}

void count_records() {
  weir::Loop loop;
  measure("a record of a producer", kMany, [&] {
    {
      const weir::Producer log(loop, open_file(loop));
      for (long i = 0; i < kMany; ++i) log.print("Line {}\n", i);
    }
    loop.run();
  });
}

void count_requests() {
  std::array<int, 2> ends;
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) std::abort();
  weir::Loop loop;
  const auto server = weir::http::create_server(loop, [](auto&, auto& response) {
    response.set_header("Content-Type", "text/plain");
    response.end(weir::Buffer::literal("hello world\n"));
  });
  server->serve(weir::net::Socket::make(loop, {.fd = ends[0]}));
  {
    Client client(loop, ends[1]);
    measure("a request over HTTP", kFew, [&] { client.ask(kFew); });
  }
  loop.run();
}

}  // namespace figures
