#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <set>
#include <string>

#include <asio.hpp>

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

class Client;
std::set<std::shared_ptr<Client>> clients;

class Client : public std::enable_shared_from_this<Client> {
 public:
  explicit Client(tcp::socket socket) : socket_(std::move(socket)), wake_(socket_.get_executor()) {
    wake_.expires_at(std::chrono::steady_clock::time_point::max());
  }

  void start() {
    clients.insert(shared_from_this());
    asio::co_spawn(
        socket_.get_executor(), [self = shared_from_this()] { return self->read(); },
        asio::detached);
    asio::co_spawn(
        socket_.get_executor(), [self = shared_from_this()] { return self->write(); },
        asio::detached);
  }

  // A client that does not read is disconnected once 64 KiB wait for it, so the others go on.
  void send(const std::string& line) {
    queue_.push_back(line);
    length_ += line.size();
    wake_.cancel_one();
    if (length_ > 64 << 10) stop();
  }

 private:
  awaitable<void> read() {
    try {
      for (std::string data;;) {
        const auto size = co_await asio::async_read_until(socket_, asio::dynamic_buffer(data), '\n',
                                                          use_awaitable);
        const auto others = clients;
        for (const auto& other : others)
          if (other.get() != this) other->send(data.substr(0, size));
        data.erase(0, size);
      }
    } catch (const std::exception&) {
      stop();
    }
  }

  awaitable<void> write() {
    try {
      while (socket_.is_open()) {
        if (queue_.empty()) {
          asio::error_code ignored;
          co_await wake_.async_wait(asio::redirect_error(use_awaitable, ignored));
          continue;
        }
        co_await asio::async_write(socket_, asio::buffer(queue_.front()), use_awaitable);
        length_ -= queue_.front().size();
        queue_.pop_front();
      }
    } catch (const std::exception&) {
      stop();
    }
  }

  void stop() {
    clients.erase(shared_from_this());
    socket_.close();
    wake_.cancel();
  }

  tcp::socket socket_;
  asio::steady_timer wake_;
  std::deque<std::string> queue_;
  std::size_t length_ = 0;
};

awaitable<void> accept(tcp::acceptor& acceptor) {
  for (;;) std::make_shared<Client>(co_await acceptor.async_accept(use_awaitable))->start();
}

int main(int argc, char** argv) {
  asio::io_context io;
  const auto port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 0);
  tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), port});
  std::printf("listening on 127.0.0.1:%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::signal_set signals(io, SIGINT);
  signals.async_wait([&](auto, auto) { io.stop(); });
  asio::co_spawn(io, accept(acceptor), asio::detached);
  io.run();
}
