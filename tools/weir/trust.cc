#include "weir/trust.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tool {

weir::Ref<weir::tls::SecureContext> authorities_of(const std::string& file) {
  std::ifstream opened(file, std::ios::binary);
  if (!opened) throw weir::Error::system(errno, "open", file);
  std::string certificates{std::istreambuf_iterator<char>(opened), {}};
  if (certificates.find("-----BEGIN CERTIFICATE-----") == certificates.npos)
    throw weir::Error(fmt::format("there is no certificate in '{}'", file));
  return weir::tls::create_secure_context({.ca = {std::move(certificates)}});
}

}  // namespace tool
