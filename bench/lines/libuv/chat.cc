#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include <uv.h>

struct Client {
  uv_tcp_t socket;
  std::string data;
  char block[16 * 1024];
};

struct Write {
  uv_write_t request;
  std::string text;
};

std::set<Client*> clients;

uv_stream_t* stream_of(Client* client) { return reinterpret_cast<uv_stream_t*>(&client->socket); }

void stop(Client* client) {
  if (clients.erase(client) == 0) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&client->socket),
           [](uv_handle_t* handle) { delete static_cast<Client*>(handle->data); });
}

// A client that does not read is disconnected once 64 KiB wait for it, so the others go on.
void send(Client* client, const std::string& line) {
  auto* write = new Write{{}, line};
  write->request.data = write;
  const uv_buf_t bytes = uv_buf_init(write->text.data(), static_cast<unsigned>(write->text.size()));
  uv_write(&write->request, stream_of(client), &bytes, 1,
           [](uv_write_t* done, int) { delete static_cast<Write*>(done->data); });
  if (uv_stream_get_write_queue_size(stream_of(client)) > 64 << 10) stop(client);
}

void receive(Client* client, const char* data, std::size_t size) {
  client->data.append(data, size);
  for (std::size_t end; (end = client->data.find('\n')) != std::string::npos;) {
    const std::string line = client->data.substr(0, end + 1);
    client->data.erase(0, end + 1);
    const auto others = clients;
    for (Client* other : others)
      if (other != client) send(other, line);
  }
}

void accept(uv_stream_t* server, int result) {
  if (result < 0) return;
  auto* client = new Client;
  uv_tcp_init(server->loop, &client->socket);
  client->socket.data = client;
  clients.insert(client);
  if (uv_accept(server, stream_of(client)) < 0) return stop(client);
  uv_read_start(
      stream_of(client),
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        *buffer = uv_buf_init(static_cast<Client*>(handle->data)->block, sizeof Client::block);
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
        auto* from = static_cast<Client*>(stream->data);
        if (size < 0) return stop(from);
        receive(from, buffer->base, static_cast<std::size_t>(size));
      });
}

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  uv_tcp_t server;
  uv_tcp_init(uv_default_loop(), &server);
  sockaddr_in address;
  uv_ip4_addr("127.0.0.1", argc > 1 ? std::atoi(argv[1]) : 0, &address);
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
