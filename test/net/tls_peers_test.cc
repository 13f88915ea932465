// TLS with peers that are not weir: OpenSSL's own programs, and curl.

#include "support/temporary_folder.h"
#include "support/tls_net_test.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace weir::tls {
namespace {

struct ClosePipe {
  void operator()(std::FILE* pipe) const noexcept { pclose(pipe); }
};
using Program = std::unique_ptr<std::FILE, ClosePipe>;

bool is_installed(const std::string& program) {
  return std::system(fmt::format("command -v {} >/dev/null", program).c_str()) == 0;
}

class TlsPeersTest : public test::TlsNetTest {
 protected:
  TlsPeersTest() {
    write("ca.pem", authority.cert());
    write("key.pem", identity.key);
    write("cert.pem", identity.cert);
  }
  ~TlsPeersTest() override {
    if (peer.joinable()) peer.join();
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder.path(name)) << text;
  }

  // Runs a program on a thread of its own, and the loop until it has ended. Its output.
  std::string output_of(const std::string& command) {
    std::string output;
    Loop::KeepAlive alive(loop);
    peer = std::thread([&, this] {
      const Program program(popen(fmt::format("cd {} && {}", folder.path(), command).c_str(), "r"));
      std::array<char, 4096> chunk;
      while (const auto count = std::fread(chunk.data(), 1, chunk.size(), program.get()))
        output.append(chunk.data(), count);
      loop.post([&] { alive = Loop::KeepAlive(spare); });
    });
    loop.run();
    peer.join();
    return output;
  }

  void echo(Socket& socket) {
    read(socket, "s");
    socket.on<Data>([&socket](const Data& data) { socket.write(data.chunk); });
  }
  // Runs s_client, which sends lines and waits for lines; returns its output.
  std::string conversation(const std::string& arguments, const std::string& lines) {
    write("talk", fmt::format(R"(
      coproc C {{ exec timeout 20 openssl s_client {} -connect 127.0.0.1:{} -CAfile ca.pem 2>&1; }}
      exec 3<&"${{C[0]}}" 4>&"${{C[1]}}"  # its own go when the program ends
      say() {{ echo "$1" >&4; }}
      hear() {{
        while IFS= read -r line; do
          echo "$line"
          [[ $line == *"$1"* ]] && return
        done <&3
        exit 1
      }}
      {}
      kill "$C_PID" 2>/dev/null
    )",
                              arguments, port, lines));
    return output_of("bash talk 2>&1");
  }

  test::TemporaryFolder folder;
  std::thread peer;
  Loop spare;  // to take a KeepAlive
};

TEST_F(TlsPeersTest, OpensslAsAClientVerifiesChoosesAProtocolAndTalks) {
  if (!is_installed("openssl")) GTEST_SKIP() << "openssl is not installed";
  serve({.alpn_protocols = {"weir"}}, [this](Socket& socket) {
    read(socket, "s");
    socket.on<End>([&socket] { socket.end("pong\n"); });
  });
  const std::string output = output_of(fmt::format(
      "echo ping | timeout 20 openssl s_client -connect 127.0.0.1:{} -CAfile ca.pem "
      "-verify_return_error -verify_hostname localhost -servername localhost -alpn weir "
      "-no_ign_eof -nbio 2>&1",
      port));
  EXPECT_TRUE(output.contains("Verify return code: 0 (ok)")) << output;
  EXPECT_TRUE(output.contains("ALPN protocol: weir")) << output;
  EXPECT_EQ(received["s"], "ping\n");
}

TEST_F(TlsPeersTest, CurlFetchesOverBothVersions) {
  if (!is_installed("curl")) GTEST_SKIP() << "curl is not installed";
  for (const std::string version : {"--tls-max 1.2", "--tlsv1.3"}) {
    serve({.alpn_protocols = {"http/1.1"}}, [](Socket& socket) {
      socket.once<Data>([&socket] {
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
      });
    });
    const std::string output =
        output_of(fmt::format("timeout 20 curl -sS {} --noproxy '*' --cacert ca.pem --resolve "
                              "localhost:{}:127.0.0.1 https://localhost:{}/ 2>&1",
                              version, port, port));
    EXPECT_EQ(output, "hello") << version;
  }
}

TEST_F(TlsPeersTest, AClientThatAsksForNewKeysIsAnswered) {
  if (!is_installed("openssl")) GTEST_SKIP() << "openssl is not installed";
  serve({}, [this](Socket& socket) { echo(socket); });
  // "K" has s_client change its keys and ask the server to do so too.
  const std::string output =
      conversation("", "say first; hear first; say K; hear KEYUPDATE; say second; hear second");
  EXPECT_EQ(received["s"], "first\nsecond\n") << output;
  EXPECT_EQ(test::name_of(client_error), "ok");
}

TEST_F(TlsPeersTest, RenegotiationIsRefused) {
  if (!is_installed("openssl")) GTEST_SKIP() << "openssl is not installed";
  serve({}, [this](Socket& socket) { echo(socket); });
  // "R" has s_client ask for another handshake.
  const std::string output = conversation(
      "-tls1_2", "say first; hear first; say R; hear RENEGOTIATING; hear 'no renegotiation'");
  EXPECT_TRUE(output.contains("no renegotiation")) << output;
  EXPECT_EQ(received["s"], "first\n");
}

TEST_F(TlsPeersTest, OpensslAsAServerIsVerifiedAndEchoes) {
  if (!is_installed("openssl")) GTEST_SKIP() << "openssl is not installed";
  const Program program(popen(fmt::format("cd {} && exec timeout 20 openssl s_server -accept "
                                          "127.0.0.1:0 -key key.pem -cert cert.pem -rev -naccept 1 "
                                          "2>&1",
                                          folder.path())
                                  .c_str(),
                              "r"));
  std::array<char, 256> line;
  unsigned read_port = 0;
  while (std::fgets(line.data(), line.size(), program.get()))
    if (std::sscanf(line.data(), "ACCEPT 127.0.0.1:%u", &read_port) == 1) break;
  ASSERT_NE(read_port, 0u);
  port = static_cast<std::uint16_t>(read_port);
  auto c = client();
  c->write("hello\n");
  c->on<Data>([&] {
    if (received["c"].ends_with('\n')) c->end();
  });
  loop.run();
  EXPECT_TRUE(c->authorized());
  EXPECT_EQ(received["c"], "olleh\n");
}

}  // namespace
}  // namespace weir::tls
