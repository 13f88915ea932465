// Any bytes as a peer's TLS records, to a server and to a client, alone or after a true
// ClientHello: a failure is an error, and nothing is opened or read by bytes that no peer has
// encrypted.
#include "net/tls_engine.h"
#include "support/require.h"
#include <weir/net/tls_context.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace {

using weir::test::require;

using namespace weir::tls;
using weir::Buffer;
using weir::Error;
using weir::Ref;

std::string pem_of(auto write) {
  BIO* const memory = ::BIO_new(::BIO_s_mem());
  require(write(memory) == 1);
  char* text = nullptr;
  const long size = ::BIO_get_mem_data(memory, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  ::BIO_free(memory);
  return pem;
}

// A server's context, with a certificate that it has signed itself.
Ref<SecureContext> make_server_context() {
  EVP_PKEY* const key = ::EVP_EC_gen("P-256");
  X509* const certificate = ::X509_new();
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate), 0);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate), 3600);
  ::X509_set_pubkey(certificate, key);
  require(::X509_sign(certificate, key, ::EVP_sha256()) > 0);
  SecureContextOptions options;
  options.cert = pem_of([&](BIO* to) { return ::PEM_write_bio_X509(to, certificate); });
  options.key = pem_of([&](BIO* to) {
    return ::PEM_write_bio_PKCS8PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  ::X509_free(certificate);
  ::EVP_PKEY_free(key);
  return create_secure_context(options);
}

void feed(Engine& engine, std::string_view bytes) {
  engine.receive(Buffer::copy(bytes));
  const Error error = engine.advance();
  require(engine.state() != Engine::State::open);
  require(static_cast<bool>(error) == (engine.state() == Engine::State::failed));
  if (engine.has_output()) static_cast<void>(engine.take_output());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Ref<SecureContext> server_context = make_server_context();
  static const Ref<SecureContext> client_context = create_secure_context({});
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t split = data[1] % (bytes.size() + 1);

  const bool is_server = (data[0] & 1) != 0;
  Engine client({.role = Engine::Role::client,
                 .context = client_context,
                 .alpn_protocols = {"http/1.1"},
                 .servername = "host"});
  require(!client.advance() && client.has_output());
  if (!is_server) {
    feed(client, bytes.substr(0, split));
    if (client.state() == Engine::State::handshaking) feed(client, bytes.substr(split));
    return 0;
  }
  Engine server({.role = Engine::Role::server,
                 .context = server_context,
                 .alpn_protocols = {"http/1.1"},
                 .chooses_context = (data[0] & 4) != 0});
  if ((data[0] & 2) != 0) {
    server.receive(client.take_output());
    require(!server.advance());
    if (server.state() == Engine::State::choosing) {
      require(server.servername() == "host");
      server.use_context(nullptr);
    }
  }
  feed(server, bytes.substr(0, split));
  if (server.state() == Engine::State::choosing) server.use_context(nullptr);
  if (server.state() == Engine::State::handshaking) feed(server, bytes.substr(split));
  return 0;
}
