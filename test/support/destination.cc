#include "support/destination.h"

#include "support/certificates.h"
#include "support/temporary_folder.h"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace weir::test {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class File final : public Destination {
 public:
  Ref<Writable> open(Loop& loop) override { return fs::create_write_stream(loop, path_); }
  std::string received() override { return contents(path_); }

 private:
  TemporaryFolder folder_;
  std::string path_ = folder_.path("x");
};

// A socket whose peer collects all data.
class Connected : public Destination {
 public:
  Ref<Writable> open(Loop& loop) override {
    server_ = net::create_server(loop, [this](net::Socket& peer) {
      peer.on<net::Socket::Data>(
          [this](const net::Socket::Data& data) { received_ += data.chunk.text(); });
      peer.on<Error>([] {});  // a peer that resets
    });
    server_->listen(listen_options());
    server_->unref();  // for a client that gives up before it comes
    Ref<net::Socket> socket = net::connect(loop, connect_options(*server_->address()));
    socket->resume();
    return socket;
  }
  std::string received() override { return received_; }

 protected:
  virtual net::ListenOptions listen_options() = 0;
  virtual net::ConnectOptions connect_options(const net::Address& address) = 0;

 private:
  Ref<net::Server> server_;
  std::string received_;
};

class Tcp final : public Connected {
  net::ListenOptions listen_options() override { return {.port = 0, .host = "127.0.0.1"}; }
  net::ConnectOptions connect_options(const net::Address& address) override {
    return {.port = address.port, .host = address.address};
  }
};

class Unix final : public Connected {
  net::ListenOptions listen_options() override { return {.path = path_}; }
  net::ConnectOptions connect_options(const net::Address& address) override {
    return {.path = address.address};
  }
  TemporaryFolder folder_;
  std::string path_ = folder_.path("x");
};

// The same over TLS.
class Tls final : public Destination {
 public:
  Ref<Writable> open(Loop& loop) override {
    const Identity identity = self_signed();
    server_ = tls::create_server(
        loop, {.context = {.key = identity.key, .cert = identity.cert}}, [this](tls::Socket& peer) {
          peer.on<Data>([this](const Data& data) { received_ += data.chunk.text(); });
        });
    server_->listen(0, "127.0.0.1");
    server_->unref();
    auto socket =
        tls::connect(loop, {.port = server_->address()->port, .context = {.ca = {identity.cert}}});
    socket->resume();
    return socket;
  }
  std::string received() override { return received_; }

 private:
  Ref<tls::Server> server_;
  std::string received_;
};

// A sink that takes its time: each chunk is done a turn later.
class Custom final : public Destination {
 public:
  Ref<Writable> open(Loop& loop) override {
    return Writable::make(loop, {.write = [this, &loop](Chunk chunk, Done done) {
                            received_ += chunk.text();
                            loop.set_immediate([done = std::move(done)]() mutable { done(); });
                          }});
  }
  std::string received() override { return received_; }

 private:
  std::string received_;
};

// The data of a client that reads to the connection's end.
class Response final : public Destination {
 public:
  Ref<Writable> open(Loop& loop) override {
    server_ = http::create_server(loop, [this](auto&, http::ServerResponse& response) {
      response_ = Ref<http::ServerResponse>(&response);
    });
    server_->listen(0, "127.0.0.1");
    client_ = net::connect(loop, server_->address()->port, "127.0.0.1");
    client_->on<net::Socket::Data>(
        [this](const net::Socket::Data& data) { received_ += data.chunk.text(); });
    client_->on<Error>([] {});
    client_->write("GET / HTTP/1.0\r\n\r\n");
    while (!response_) loop.poll();
    server_->close();
    return std::exchange(response_, nullptr);
  }
  std::string received() override {
    const std::size_t head = received_.find("\r\n\r\n");
    return head == std::string::npos ? std::string() : received_.substr(head + 4);
  }

 private:
  Ref<http::Server> server_;
  Ref<http::ServerResponse> response_;
  Ref<net::Socket> client_;
  std::string received_;
};

class Gzipped final : public Destination {
 public:
  explicit Gzipped(std::unique_ptr<Destination> inner) : inner_(std::move(inner)) {}

  Ref<Writable> open(Loop& loop) override {
    Ref<zlib::CompressionStream> gzip = zlib::create_gzip(loop);
    pipeline(gzip, inner_->open(loop), [] {});
    return gzip;
  }
  std::string received() override {
    return std::string(zlib::gunzip_sync(Buffer::adopt(inner_->received())).text());
  }

 private:
  std::unique_ptr<Destination> inner_;
};

// Standard output of a process, as a file or a pipe with a reader.
class OutputToFile final : public Destination {
 public:
  OutputToFile() : fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) {}
  ~OutputToFile() override { ::close(fd_); }
  Ref<Writable> open(Loop& loop) override { return internal::make_output(loop, fd_, {}); }
  std::string received() override { return contents(path_); }

 private:
  TemporaryFolder folder_;
  std::string path_ = folder_.path("x");
  int fd_;
};

class OutputToPipe final : public Destination {
 public:
  OutputToPipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  ~OutputToPipe() override {
    for (const int end : ends_) ::close(end);
  }
  Ref<Writable> open(Loop& loop) override {
    const Ref<InputStream> input = internal::make_input(loop, ends_[0]);
    input->on<InputStream::Data>(
        [this](const InputStream::Data& data) { received_ += data.chunk.text(); });
    // The pipe stays open until the Loop's destruction, and a reader keeps the loop running.
    Ref<OutputStream> output = internal::make_output(loop, ends_[1], {});
    output->on<Close>([input] { input->pause(); });
    return output;
  }
  std::string received() override {
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    char room[4096];
    for (ssize_t count; (count = ::read(ends_[0], room, sizeof room)) > 0;)
      received_.append(room, static_cast<std::size_t>(count));
    return received_;
  }

 private:
  int ends_[2];
  std::string received_;
};

template <class D>
DestinationKind kind(std::string name) {
  return {.name = std::move(name), .make = [] { return std::make_unique<D>(); }};
}

}  // namespace

std::vector<DestinationKind> every_destination() {
  std::vector<DestinationKind> kinds{kind<Custom>("custom"),
                                     kind<File>("file"),
                                     kind<Tcp>("tcp"),
                                     kind<Unix>("unix"),
                                     kind<Tls>("tls"),
                                     kind<Response>("response"),
                                     kind<OutputToFile>("output_to_file"),
                                     kind<OutputToPipe>("output_to_pipe")};
  for (DestinationKind& each : kinds) {
    each.emits_what_destroys_it = each.name != "response";
    each.opens_again = each.name.starts_with("output");
  }
  for (std::size_t i = 0, plain = kinds.size(); i < plain; ++i)
    kinds.push_back({.name = "gzip_into_" + kinds[i].name,
                     .make = [make = kinds[i].make] { return std::make_unique<Gzipped>(make()); }});
  return kinds;
}

}  // namespace weir::test
