#include "weir/trust.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

constexpr std::string_view kCertificate = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kKey = "PRIVATE KEY-----";  // of any kind

std::string text_of(const std::string& file) {
  std::ifstream opened(file, std::ios::binary);
  std::string text;
  std::array<char, 4096> piece;
  while (opened.read(piece.data(), piece.size()) || opened.gcount() > 0)
    text.append(piece.data(), static_cast<std::size_t>(opened.gcount()));
  // A directory can be opened, but not read.
  if (!opened.is_open() || opened.bad()) throw weir::Error::system(errno, "open", file);
  return text;
}

std::string text_with(std::string_view mark, std::string_view what, const std::string& file) {
  std::string text = text_of(file);
  if (!text.contains(mark)) throw weir::Error(fmt::format("no {} found in '{}'", what, file));
  return text;
}

weir::tls::SecureContextOptions read(const TrustFiles& files) {
  weir::tls::SecureContextOptions options;
  if (!files.authorities.empty())
    options.ca = {text_with(kCertificate, "certificate", files.authorities)};
  if (!files.certificate.empty()) {
    options.cert = text_with(kCertificate, "certificate", files.certificate);
    options.key = text_with(kKey, "key", files.key.empty() ? files.certificate : files.key);
  }
  return options;
}

}  // namespace

Trust make_trust(const TrustFiles& files, bool is_blind) {
  Trust trust{
      .context = nullptr, .is_blind = is_blind, .asks_who_connects = !files.authorities.empty()};
  if (files.authorities.empty() && files.certificate.empty()) return trust;
  const weir::tls::SecureContextOptions options = read(files);
  try {
    trust.context = weir::tls::create_secure_context(options);
  } catch (const weir::Error& error) {
    const std::string& file = files.certificate.empty() ? files.authorities
                              : files.key.empty()       ? files.certificate
                                                        : files.key;
    throw weir::Error(fmt::format("{}, '{}'", error.what(), file));
  }
  return trust;
}

void add_certificate(CLI::App& command, TrustFiles& files, const std::string& what) {
  CLI::Option* const certificate =
      command.add_option("--cert", files.certificate, what)->type_name("FILE");
  command
      .add_option("--key", files.key,
                  "Private key of --cert (PEM), if that file does not contain it")
      ->type_name("FILE")
      ->needs(certificate);
}

}  // namespace tool
