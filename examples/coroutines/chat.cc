// A chat: each client's lines are sent to all others. chat [PORT]
#include <weir/weir.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>

namespace co = weir::co;

class Room {
 public:
  weir::Task<> serve(weir::net::Socket& client) {
    const Member member(*this, client);
    auto lines = co::lines(client);
    while (auto line = co_await lines.next())
      for (auto* other : clients_)
        if (other != &client) send(*other, *line);
  }

 private:
  struct Member {  // while the client's coroutine runs
    Member(Room& its_room, weir::net::Socket& socket) : room(its_room), client(socket) {
      room.clients_.insert(&client);
    }
    ~Member() { room.clients_.erase(&client); }
    Room& room;
    weir::net::Socket& client;
  };

  // A client that does not read is disconnected once 64 KiB wait for it, so the others go on.
  static void send(weir::net::Socket& client, const std::string& line) {
    client.print("{}\n", line);
    if (client.writable_length() > 64 << 10) client.destroy();
  }

  std::set<weir::net::Socket*> clients_;
};

int main(int argc, char** argv) {
  weir::Loop loop;
  Room room;
  auto server = weir::net::create_server(
      loop, co::handler([&](weir::net::Socket& client) { return room.serve(client); }));
  server->listen(argc > 1 ? std::atoi(argv[1]) : 0, "127.0.0.1");
  fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
  std::fflush(stdout);
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();
}
