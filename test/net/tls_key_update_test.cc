// A peer's KeyUpdate requests, each of which OpenSSL answers (RFC 8446, 4.6.3).
#include "support/tls_test.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace weir::tls {
namespace {

struct FreeSsl {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};

class TlsKeyUpdateTest : public test::TlsTest {
 protected:
  // A client of OpenSSL's own, since weir's has no such call.
  TlsKeyUpdateTest() : context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_.get())) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    make_server();
    client_wire->on<Data>([this](const Data& data) {
      BIO_write(SSL_get_rbio(ssl_.get()), data.chunk.data(), static_cast<int>(data.chunk.size()));
      std::byte plaintext{};
      SSL_read(ssl_.get(), &plaintext, 1);  // goes on with the handshake, too
      send();
    });
    client_wire->on<Error>([](const Error&) {});
    SSL_do_handshake(ssl_.get());
    send();
    after_run();
  }

  void send() {
    char* bytes = nullptr;
    BIO* const output = SSL_get_wbio(ssl_.get());
    const long size = BIO_get_mem_data(output, &bytes);
    const std::string text(bytes, static_cast<std::size_t>(std::max(size, 0L)));
    static_cast<void>(BIO_reset(output));  // before the write, in which the answer may come
    if (!text.empty()) client_wire->write(text);
  }
  // Until the server has destroyed the connection, or `most` were asked for.
  void ask_for_updates(int most) {
    for (int asked = 0; asked < most && !server->destroyed(); ++asked) {
      ASSERT_EQ(SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED), 1);
      ASSERT_EQ(SSL_do_handshake(ssl_.get()), 1);
      send();
      if (asked % 100 == 0) loop.poll();
    }
    loop.poll();
  }

 private:
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

TEST_F(TlsKeyUpdateTest, EachRequestIsAnsweredAndTheConnectionStaysOpen) {
  const std::size_t before = server_wire->wire().sent;
  ask_for_updates(1'000);
  EXPECT_GE(server_wire->wire().sent - before, 20'000u);
  EXPECT_FALSE(server->destroyed());
}

TEST_F(TlsKeyUpdateTest, AClientThatDoesNotReadTheAnswersIsDisconnected) {
  client_wire->pause();
  ask_for_updates(150'000);
  EXPECT_TRUE(server->destroyed());
  EXPECT_EQ(failure.name(), "ERR_BUFFER_OVERFLOW");
}

}  // namespace
}  // namespace weir::tls
