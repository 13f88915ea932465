#include "support/destination.h"

#include "support/certificates.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <stdlib.h>

namespace weir::test {
namespace {

// A name in a folder that goes with it.
class TemporaryPath {
 public:
  TemporaryPath() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  TemporaryPath(const TemporaryPath&) = delete;
  TemporaryPath& operator=(const TemporaryPath&) = delete;
  ~TemporaryPath() { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/x"; }

 private:
  std::string folder_;
};

class File final : public Destination {
 public:
  Ref<Writable> open(Loop& loop) override { return fs::create_write_stream(loop, path_.path()); }
  std::string received() override {
    std::ifstream file(path_.path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  TemporaryPath path_;
};

// A socket whose other end collects, as fast as it comes.
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
  net::ListenOptions listen_options() override { return {.path = path_.path()}; }
  net::ConnectOptions connect_options(const net::Address& address) override {
    return {.path = address.address};
  }
  TemporaryPath path_;
};

// The same behind TLS.
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

template <class D>
DestinationKind kind(std::string name) {
  return {std::move(name), [] { return std::make_unique<D>(); }};
}

}  // namespace

std::vector<DestinationKind> every_destination() {
  std::vector<DestinationKind> kinds{kind<Custom>("custom"), kind<File>("file"), kind<Tcp>("tcp"),
                                     kind<Unix>("unix"), kind<Tls>("tls")};
  for (std::size_t i = 0, plain = kinds.size(); i < plain; ++i)
    kinds.push_back({"gzip_into_" + kinds[i].name,
                     [make = kinds[i].make] { return std::make_unique<Gzipped>(make()); }});
  return kinds;
}

}  // namespace weir::test
