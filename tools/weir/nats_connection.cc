#include "weir/nats_connection.h"

namespace tool {

namespace nats = weir::nats;

weir::Ref<nats::Connection> connect_to_nats(weir::Loop& loop, const std::vector<std::string>& urls,
                                            const CopyOptions& options) {
  const TrustFiles& files = options.trust_files;
  nats::ConnectOptions how{.name = "weir cp"};
  how.credentials_file = options.credentials;
  how.tls.ca_file = files.authorities;
  how.tls.cert_file = files.certificate;
  how.tls.key_file = files.key.empty() ? files.certificate : files.key;
  how.tls.verify = !options.trust.is_blind;
  return nats::connect(loop, urls, how);
}

}  // namespace tool
