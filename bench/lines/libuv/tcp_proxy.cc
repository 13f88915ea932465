#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include <uv.h>

struct Connection;

// One direction. The source is read again once the target has taken the data.
struct Side {
  uv_tcp_t socket;
  Connection* connection;
  Side* other;
  char data[16 * 1024];
  uv_write_t write;
  uv_shutdown_t shutdown;
};

struct Connection {
  Side client, target;
  uv_getaddrinfo_t lookup;
  uv_connect_t connect;
  int ended = 0, closed = 0;
};

const char *host, *host_port;

uv_stream_t* stream_of(Side& side) { return reinterpret_cast<uv_stream_t*>(&side.socket); }

void close(Connection* connection) {
  for (Side* side : {&connection->client, &connection->target}) {
    auto* handle = reinterpret_cast<uv_handle_t*>(&side->socket);
    if (uv_is_closing(handle)) continue;
    uv_close(handle, [](uv_handle_t* closed) {
      auto* of = static_cast<Side*>(closed->data)->connection;
      if (++of->closed == 2) delete of;
    });
  }
}

bool failed(Connection* connection, ssize_t result) {
  if (result >= 0) return false;
  if (result != UV_ECANCELED) std::fprintf(stderr, "%s\n", uv_strerror(static_cast<int>(result)));
  close(connection);
  return true;
}

void pass(Side& side) {
  uv_read_start(
      stream_of(side),
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        *buffer = uv_buf_init(static_cast<Side*>(handle->data)->data, sizeof Side::data);
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
        auto* from = static_cast<Side*>(stream->data);
        if (size == UV_EOF) {
          uv_read_stop(stream);
          from->shutdown.data = from;
          uv_shutdown(&from->shutdown, stream_of(*from->other),
                      [](uv_shutdown_t* done, int result) {
                        auto* connection = static_cast<Side*>(done->data)->connection;
                        if (!failed(connection, result) && ++connection->ended == 2)
                          close(connection);
                      });
          return;
        }
        if (size == 0 || failed(from->connection, size)) return;
        uv_read_stop(stream);
        const uv_buf_t bytes = uv_buf_init(buffer->base, static_cast<unsigned>(size));
        from->write.data = from;
        uv_write(&from->write, stream_of(*from->other), &bytes, 1,
                 [](uv_write_t* done, int result) {
                   auto* again = static_cast<Side*>(done->data);
                   if (!failed(again->connection, result)) pass(*again);
                 });
      });
}

void accept(uv_stream_t* server, int result) {
  if (result < 0) return;
  auto* connection = new Connection;
  for (Side* side : {&connection->client, &connection->target}) {
    uv_tcp_init(server->loop, &side->socket);
    side->socket.data = side;
    side->connection = connection;
  }
  connection->client.other = &connection->target;
  connection->target.other = &connection->client;
  if (failed(connection, uv_accept(server, stream_of(connection->client)))) return;
  connection->lookup.data = connection->connect.data = connection;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const auto found = [](uv_getaddrinfo_t* lookup, int status, addrinfo* address) {
    auto* of = static_cast<Connection*>(lookup->data);
    if (failed(of, status)) return;
    const int begun = uv_tcp_connect(&of->connect, &of->target.socket, address->ai_addr,
                                     [](uv_connect_t* connect, int connected) {
                                       auto* both = static_cast<Connection*>(connect->data);
                                       if (failed(both, connected)) return;
                                       pass(both->client);
                                       pass(both->target);
                                     });
    failed(of, begun);
    uv_freeaddrinfo(address);
  };
  failed(connection,
         uv_getaddrinfo(server->loop, &connection->lookup, found, host, host_port, &hints));
}

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: tcp_proxy PORT HOST HOST_PORT\n", stderr), 2;
  host = argv[2];
  host_port = argv[3];
  std::signal(SIGPIPE, SIG_IGN);
  uv_tcp_t server;
  uv_tcp_init(uv_default_loop(), &server);
  sockaddr_in address;
  uv_ip4_addr("127.0.0.1", std::atoi(argv[1]), &address);
  uv_tcp_bind(&server, reinterpret_cast<sockaddr*>(&address), 0);
  if (uv_listen(reinterpret_cast<uv_stream_t*>(&server), 511, accept) < 0) return 1;
  int length = sizeof address;
  uv_tcp_getsockname(&server, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  uv_signal_t interrupted;
  uv_signal_init(uv_default_loop(), &interrupted);
  uv_signal_start(&interrupted, [](uv_signal_t* signal, int) { uv_stop(signal->loop); }, SIGINT);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
