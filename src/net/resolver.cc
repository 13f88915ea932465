#include "net/resolver.h"

#include "net/errors.h"
#include "net/system_address.h"

#include <cstring>
#include <memory>
#include <utility>

#include <netdb.h>
#include <sys/socket.h>
#include <uv.h>

namespace weir::net {
namespace {

struct Request {
  internal::LoopCore& core;
  std::string host;
  LookupDone done;
  uv_getaddrinfo_t request{};
};

int system_family(Family family) noexcept {
  if (family == Family::ipv4) return AF_INET;
  return family == Family::ipv6 ? AF_INET6 : AF_UNSPEC;
}

std::vector<Address> addresses_of(const addrinfo* found) {
  std::vector<Address> addresses;
  for (; found; found = found->ai_next) {
    SystemAddress address;
    address.length = found->ai_addrlen;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    if (std::optional<Address> read = address.read()) addresses.push_back(*std::move(read));
  }
  return addresses;
}

void on_resolved(uv_getaddrinfo_t* finished, int status, addrinfo* found) {
  const std::unique_ptr<Request> request(static_cast<Request*>(finished->data));
  const std::unique_ptr<addrinfo, decltype(&uv_freeaddrinfo)> owned(found, &uv_freeaddrinfo);
  request->core.request_done();
  request->core.enter([&] {
    if (status < 0) return request->done(lookup_failed(status, request->host), {});
    request->done({}, addresses_of(found));
  });
}

}  // namespace

void resolve(internal::LoopCore& core, const std::string& host, Family family, LookupDone done) {
  auto request = std::make_unique<Request>(core, host, std::move(done));
  request->request.data = request.get();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = system_family(family);
  if (family == Family::any) hints.ai_flags = AI_ADDRCONFIG;
  const int status =
      uv_getaddrinfo(core.uv(), &request->request, &on_resolved, host.c_str(), nullptr, &hints);
  if (status < 0) {  // a name that the resolver refuses
    core.ticks().next_tick([request = std::move(request), status]() mutable {
      request->done(lookup_failed(status, request->host), {});
    });
    return;
  }
  core.request_started();
  static_cast<void>(request.release());
}

}  // namespace weir::net
