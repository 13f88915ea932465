#include "nats/options.h"

#include "nats/errors.h"
#include "nats/identity_files.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir::nats::internal {
namespace {

void require(natsStatus status, std::string_view option) {
  if (status == NATS_OK) return;
  const char* const words = nats_GetLastError(nullptr);
  throw from_nats(status == NATS_ERR ? NATS_INVALID_ARG : status, "connect", option,
                  words ? words : "");
}

const char* or_null(const std::string& text) noexcept {
  return text.empty() ? nullptr : text.c_str();
}

void set_servers(natsOptions* made, const std::vector<std::string>& urls) {
  if (urls.empty()) throw failure(Errc::invalid_argument, "connect", "urls", "the list is empty");
  std::vector<const char*> servers;
  servers.reserve(urls.size());
  for (const std::string& url : urls) servers.push_back(url.c_str());
  require(natsOptions_SetServers(made, servers.data(), static_cast<int>(servers.size())),
          urls.front());
}

void set_identity(natsOptions* made, const ConnectOptions& options) {
  if (!options.name.empty()) require(natsOptions_SetName(made, options.name.c_str()), "name");
  if (!options.user.empty())
    require(natsOptions_SetUserInfo(made, options.user.c_str(), options.password.c_str()), "user");
  if (!options.token.empty()) require(natsOptions_SetToken(made, options.token.c_str()), "token");
  if (!options.nkey_seed_file.empty()) require_seed(options.nkey_seed_file);
  if (!options.nkey.empty() || !options.nkey_seed_file.empty())
    require(
        natsOptions_SetNKeyFromSeed(made, or_null(options.nkey), or_null(options.nkey_seed_file)),
        "nkey");
  if (options.credentials_file.empty()) return;
  require_credentials(options.credentials_file);
  require(natsOptions_SetUserCredentialsFromFiles(made, options.credentials_file.c_str(), nullptr),
          options.credentials_file);
}

// A name in the options is that of every server.
void set_tls(natsOptions* made, const TlsOptions& tls, const std::string& name) {
  if (tls.required) require(natsOptions_SetSecure(made, true), "tls");
  if (!tls.ca_file.empty())
    require(natsOptions_LoadCATrustedCertificates(made, tls.ca_file.c_str()), tls.ca_file);
  if (!tls.cert_file.empty())
    require(natsOptions_LoadCertificatesChain(made, tls.cert_file.c_str(), tls.key_file.c_str()),
            tls.cert_file);
  if (const std::string& host = tls.host.empty() ? name : tls.host; !host.empty())
    require(natsOptions_SetExpectedHostname(made, host.c_str()), host);
  if (!tls.verify) require(natsOptions_SkipServerVerification(made, true), "verify");
}

void set_times(natsOptions* made, const ConnectOptions& options) {
  require(natsOptions_SetTimeout(made, options.timeout.count()), "timeout");
  require(natsOptions_SetPingInterval(made, options.ping_interval.count()), "ping_interval");
  require(natsOptions_SetMaxPingsOut(made, options.max_pings_out), "max_pings_out");
}

}  // namespace

OwnedOptions make_options(const ServerGroup& servers, const ConnectOptions& options) {
  natsOptions* memory = nullptr;
  require(natsOptions_Create(&memory), "options");
  OwnedOptions made(memory);
  set_servers(memory, servers.urls);
  set_identity(memory, options);
  set_tls(memory, options.tls, servers.name);
  set_times(memory, options);
  // The Link replaces a lost connection: cnats would parse what the next server sends as the rest
  // of a message that the loss has cut off (nats.c, issue 1007).
  require(natsOptions_SetAllowReconnect(memory, false), "allow_reconnect");
  require(natsOptions_SetIOBufSize(memory, 64 * 1024), "io_buf_size");
  return made;
}

bool has_seed(const ConnectOptions& options) noexcept {
  return !options.credentials_file.empty() || !options.nkey_seed_file.empty();
}

}  // namespace weir::nats::internal
