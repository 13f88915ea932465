#include <weir/net/tls_socket.h>

#include "support/tls_test.h"
#include <weir/net/tls_errors.h>

#include <cerrno>
#include <string>

#include <gtest/gtest.h>

namespace weir::tls {
namespace {

using test::Identity;

class TlsSocketTest : public test::TlsTest {};

// --- A connection's life ---

TEST_F(TlsSocketTest, AClientAndAServerShakeHandsTalkAndClose) {
  connect();
  client->on<SecureConnect>([&] { client->write("hello"); });
  server->on<Data>([&] { server->end("world"); });
  EXPECT_EQ(after_run(),
            "c.secureConnect s.secureConnect c.end s.finish s.end c.finish s.close c.close");
  EXPECT_EQ(received_by_server, "hello");
  EXPECT_EQ(received_by_client, "world");
}

TEST_F(TlsSocketTest, WritesBeforeTheHandshakeWaitForIt) {
  connect();
  client->write("early ", cb("written"));
  client->end("bird", cb("ended"));
  EXPECT_EQ(after_run(),
            "c.secureConnect s.secureConnect written s.end ended c.finish c.end s.finish c.close "
            "s.close");
  EXPECT_EQ(received_by_server, "early bird");
}

TEST_F(TlsSocketTest, ReportsTheResultOfTheHandshake) {
  client_options.servername = "localhost";
  client_options.alpn_protocols = {"b", "a"};
  server_options.alpn_protocols = {"a", "b"};
  connect();
  EXPECT_TRUE(client->secure_connecting());
  EXPECT_TRUE(client->encrypted());
  client->on<SecureConnect>([&] {
    EXPECT_FALSE(client->secure_connecting());
    EXPECT_TRUE(client->authorized());
    EXPECT_EQ(client->alpn_protocol(), "a");
    EXPECT_EQ(client->protocol(), "TLSv1.3");
    EXPECT_TRUE(client->cipher()->name.starts_with("TLS_"));
    EXPECT_EQ(client->peer_certificate()->subject.front().second, "test");
    client->end();
  });
  server->on<SecureConnect>([&] {
    EXPECT_EQ(server->alpn_protocol(), "a");
    EXPECT_EQ(server->servername(), "localhost");
    EXPECT_FALSE(server->authorized());
    EXPECT_FALSE(server->peer_certificate());
  });
  after_run();
  EXPECT_FALSE(failure);
}

TEST_F(TlsSocketTest, ADroppedSocketLivesUntilTheOtherSideEnds) {
  connect();
  client->on<SecureConnect>([&] { client = nullptr; });
  server->on<SecureConnect>([&] { server->end("for nobody"); });
  after_run();
  EXPECT_EQ(received_by_client, "for nobody");
}

// --- Misbehaving peers ---

TEST_F(TlsSocketTest, AServerThatIsSpokenToInHttpFails) {
  make_server();
  client_wire->end("GET / HTTP/1.1\r\n\r\n");
  client_wire->resume();
  EXPECT_EQ(after_run(), "s.error(ERR_SSL_HTTP_REQUEST) s.close(error)");
}

TEST_F(TlsSocketTest, AClientThatIsAnsweredInHttpFails) {
  make_client();
  server_wire->end("HTTP/1.1 400 Bad Request\r\n\r\n");
  server_wire->resume();
  EXPECT_EQ(after_run(), "c.error(ERR_SSL_WRONG_VERSION_NUMBER) c.close(error)");
}

TEST_F(TlsSocketTest, AHandshakeThatFailsCallsTheWritesBackBeforeError) {
  make_client();
  server_wire->end("HTTP/1.1 400 Bad Request\r\n\r\n");
  server_wire->resume();
  client->write("a", cb("a"));
  client->write("b", cb("b"));
  client->end(cb("end"));
  const std::string code = "(ERR_SSL_WRONG_VERSION_NUMBER)";
  EXPECT_EQ(after_run(),
            "a" + code + " b" + code + " end" + code + " c.error" + code + " c.close(error)");
}

TEST_F(TlsSocketTest, GarbageIsAnError) {
  make_server();
  client_wire->end(std::string_view("\x16\x03\x01\x00\x05garbage that is no handshake", 32));
  client_wire->resume();
  after_run();
  EXPECT_TRUE(failure.name().starts_with("ERR_SSL_")) << failure;
}

TEST_F(TlsSocketTest, AServerThatClosesAtOnceResetsTheClient) {
  make_client();
  client->write("lost", cb("written"));
  server_wire->on<Data>([&] { server_wire->destroy(); });
  EXPECT_EQ(after_run(), "c.error(ECONNRESET) written(ECANCELED) c.close(error)");
  EXPECT_EQ(failure.message(),
            "Client network socket disconnected before secure TLS connection was established");
}

TEST_F(TlsSocketTest, AClientThatClosesAtOnceClosesTheServer) {
  make_server();
  client_wire->destroy();
  EXPECT_EQ(after_run(), "s.close");
}

TEST_F(TlsSocketTest, TheAlertOfAFailedHandshakeArrives) {
  server_options.alpn_protocols = {"a"};
  client_options.alpn_protocols = {"b"};
  connect();
  after_run();
  EXPECT_EQ(client->errored().name(), "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
  EXPECT_EQ(server->errored().name(), "ERR_SSL_NO_APPLICATION_PROTOCOL");
}

TEST_F(TlsSocketTest, AnErrorOfTheTransportIsOneOfTheSocket) {
  connect();
  client->on<SecureConnect>([&] { client_wire->destroy(Error("the wire broke")); });
  after_run();
  EXPECT_EQ(failure.message(), "the wire broke");
}

// Node takes it for an end.
TEST_F(TlsSocketTest, ACutConnectionIsAnErrorAfterItsData) {
  connect();
  server->on<SecureConnect>([&] { server->write("some of it"); });
  client->on<Data>([&] { server_wire->destroy(); });
  EXPECT_EQ(after_run(),
            "c.secureConnect s.secureConnect s.close "
            "c.error(ERR_SSL_UNEXPECTED_EOF_WHILE_READING) c.close(error)");
  EXPECT_EQ(received_by_client, "some of it");
  EXPECT_TRUE(is_unexpected_eof(failure));
  EXPECT_EQ(failure.message(), "error:0A000126:SSL routines::unexpected eof while reading");
  EXPECT_FALSE(client->readable_ended());
}

TEST_F(TlsSocketTest, ACutWaitsUntilAllThatCameIsRead) {
  reads = false;
  connect();
  client->on<SecureConnect>([&] { client->pause(); });
  server->on<SecureConnect>([&] {
    server->write(std::string(20'000, 'x'), [&](const Error&) { server_wire->destroy(); });
  });
  loop.run();
  EXPECT_FALSE(client->destroyed());
  EXPECT_GT(client->readable_length(), 0u);
  std::size_t received = 0;
  client->on<Data>([&](const Data& data) { received += data.chunk.size(); });
  client->resume();
  loop.run();
  EXPECT_EQ(received, 20'000u);
  EXPECT_TRUE(is_unexpected_eof(client->errored()));
}

TEST_F(TlsSocketTest, ACutIsAnErrorForAReaderOfSinglePiecesToo) {
  reads = false;
  connect();
  server->on<SecureConnect>(
      [&] { server->write("some of it", [&](const Error&) { server_wire->destroy(); }); });
  std::string received;
  client->on<ReadableEvent>([&] {
    while (const auto piece = client->read(1)) received += piece->text();
  });
  loop.run();
  EXPECT_EQ(received, "some of it");
  EXPECT_TRUE(is_unexpected_eof(client->errored()));
}

TEST_F(TlsSocketTest, AServerGetsTheErrorOfAClientThatIsCutOff) {
  connect();
  client->on<SecureConnect>([&] { client->write("some of it"); });
  server->on<Data>([&] { client_wire->destroy(); });
  after_run();
  EXPECT_EQ(received_by_server, "some of it");
  EXPECT_TRUE(is_unexpected_eof(server->errored()));
}

TEST_F(TlsSocketTest, ACutInsideARecordIsAnError) {
  connect();
  client->on<SecureConnect>([&] {
    // The head of a record without its body.
    server_wire->end(std::string_view("\x17\x03\x03\x00\x20half", 9));
  });
  after_run();
  EXPECT_TRUE(is_unexpected_eof(client->errored()));
}

TEST_F(TlsSocketTest, ACutIsAnErrorAfterItsOwnEndAsWell) {
  connect();
  client->end("all of it");
  server->on<End>([&] { server_wire->destroy(); });
  after_run();
  EXPECT_EQ(received_by_server, "all of it");
  EXPECT_TRUE(is_unexpected_eof(client->errored()));
}

TEST_F(TlsSocketTest, OtherErrorsAreNoUnexpectedEofs) {
  EXPECT_FALSE(is_unexpected_eof({}));
  EXPECT_FALSE(is_unexpected_eof(Error::system(ECONNRESET, "read")));
}

TEST_F(TlsSocketTest, WithIgnoreUnexpectedEofACutIsAnEnd) {
  client_options.ignore_unexpected_eof = true;
  server_options.ignore_unexpected_eof = true;
  connect();
  client->on<SecureConnect>([&] { server_wire->end(); });
  EXPECT_EQ(after_run(),
            "c.secureConnect s.secureConnect c.end s.end s.finish c.finish c.close s.close");
  EXPECT_FALSE(failure);
}

// --- Both ways, as fast as the slower ---

TEST_F(TlsSocketTest, ALargeTextArrivesCompletelyInPiecesOfAnySize) {
  const std::string text = [] {
    std::string made;
    while (made.size() < 1'000'000) made += std::to_string(made.size()) + "\n";
    return made;
  }();
  client_wire->wire().pieces_of = 1999;
  connect();
  client->end(text);
  after_run();
  EXPECT_TRUE(received_by_server == text);
  EXPECT_FALSE(failure);
}

TEST_F(TlsSocketTest, AHandshakeInSingleBytesSucceeds) {
  client_wire->wire().pieces_of = server_wire->wire().pieces_of = 1;
  connect();
  client->end("hello");
  after_run();
  EXPECT_EQ(received_by_server, "hello");
}

TEST_F(TlsSocketTest, WithoutAReaderItDoesNotReadFromTheTransport) {
  reads = false;
  connect();
  for (int i = 0; i < 64; ++i) client->write(Buffer::adopt(std::string(64 << 10, 'x')));
  client->end();
  loop.run();
  EXPECT_LT(client_wire->wire().sent, std::size_t{512} << 10);
  EXPECT_LE(server->readable_length(), std::size_t{32} << 10);
  std::size_t received = 0;
  server->on<Data>([&](const Data& data) { received += data.chunk.size(); });
  client->resume();
  loop.run();
  EXPECT_EQ(received, std::size_t{64} << 16);
  EXPECT_TRUE(server->closed());
}

TEST_F(TlsSocketTest, ASocketOverAClosedTransportThatIsDestroyedAtOnceCloses) {
  client_wire->destroy();
  loop.run();
  make_client();
  client->destroy();
  EXPECT_EQ(after_run(), "c.close");
}

TEST_F(TlsSocketTest, EncryptsOnlyTheBytesThatTheTransportTakes) {
  connect();
  client->on<SecureConnect>([&] {
    loop.set_immediate([&] {
      client_wire->wire().stalled = true;
      client_wire->wire().sent = 0;
      client->end(Buffer::adopt(std::string(1 << 20, 'x')), cb("ended"));
    });
  });
  loop.run();
  EXPECT_GE(client_wire->wire().sent, std::size_t{64} << 10);
  EXPECT_LT(client_wire->wire().sent, std::size_t{70} << 10);
  client_wire->release();
  loop.run();
  EXPECT_EQ(received_by_server.size(), std::size_t{1} << 20);
}

TEST_F(TlsSocketTest, AnEndLeavesTheOtherDirectionOpen) {
  server_options.allow_half_open = true;
  connect();
  client->end("question");
  server->on<End>([&] {
    server->write("a late ");
    server->end("answer");
  });
  after_run();
  EXPECT_EQ(received_by_client, "a late answer");
  EXPECT_FALSE(failure);
}

// --- The end ---

TEST_F(TlsSocketTest, DestroyFailsWritesOnceAndInOrder) {
  connect();
  client->on<SecureConnect>([&] {
    client_wire->wire().stalled = true;
    client->write(std::string(100'000, 'x'), cb("1"));
    client->write("b", cb("2"));
    client->write("c", cb("3"));
    client->destroy(Error(weir::Errc::aborted));
  });
  EXPECT_EQ(after_run(),
            "c.secureConnect c.error(ABORT_ERR) 1(ECANCELED) 2(ABORT_ERR) 3(ABORT_ERR) "
            "c.close(error) s.close");
}

TEST_F(TlsSocketTest, DestroyDuringTheHandshakeFailsWaitingWrites) {
  connect();
  client->write("a", cb("1"));
  client->end("b", cb("2"));
  client->destroy();
  EXPECT_EQ(after_run(), "1(ECANCELED) 2(ECANCELED) c.close s.close");
}

// --- A Connection's ---

TEST_F(TlsSocketTest, ATimeoutOfTheTransportIsOneOfTheSocket) {
  connect();
  client->set_timeout(std::chrono::seconds(5), cb("timedout"));
  EXPECT_EQ(client_wire->timeout(), std::chrono::seconds(5));
  client->on<SecureConnect>([&] {
    client_wire->time_out();
    client->end();
  });
  EXPECT_TRUE(after_run().contains("c.timeout timedout "));
}

TEST_F(TlsSocketTest, ATimeoutThatIsTurnedOffIsNotListenedTo) {
  connect();
  client->set_timeout(std::chrono::seconds(0), cb("timedout"));
  client->on<SecureConnect>([&] {
    client_wire->time_out();
    client->end();
  });
  EXPECT_FALSE(after_run().contains("timedout"));
}

TEST_F(TlsSocketTest, ForwardsTransportSettings) {
  connect();
  client->set_no_delay();
  client->unref();
  EXPECT_TRUE(client_wire->has_no_delay);
  EXPECT_FALSE(client_wire->is_referenced);
  EXPECT_EQ(client->remote_address(), client_wire->remote_address());
  client->end();
  after_run();
}

TEST_F(TlsSocketTest, CountsThePlaintext) {
  connect();
  client->on<SecureConnect>([&] {
    client->write("hello");
    EXPECT_EQ(client->bytes_written(), 5u);
    client->end();
  });
  after_run();
  EXPECT_EQ(client->bytes_written(), 5u);
  EXPECT_EQ(server->bytes_read(), 5u);
}

}  // namespace
}  // namespace weir::tls
