#include <weir/http/request.h>

#include "http/url.h"

#include <utility>

namespace weir::http {
namespace {

// Node: ObjectAssign(urlToHttpOptions(url), options).
RequestOptions merged(RequestOptions url, RequestOptions options) {
  if (options.protocol.empty()) options.protocol = std::move(url.protocol);
  if (options.host.empty()) options.host = std::move(url.host);
  if (!options.port) options.port = url.port;
  // The target of CONNECT is "host:port".
  if (options.path.empty() && options.method == "CONNECT" && url.path.size() > 1)
    url.path.erase(0, 1);
  if (options.path.empty()) options.path = std::move(url.path);
  if (options.auth.empty()) options.auth = std::move(url.auth);
  return options;
}

}  // namespace

Ref<ClientRequest> request(Loop& loop, RequestOptions options, ResponseHandler responded) {
  Ref<ClientRequest> made = ClientRequest::make(loop, std::move(options));
  if (responded)
    made->once<ResponseEvent>(
        [responded = std::move(responded)](const ResponseEvent& event) mutable {
          responded(event.response);
        });
  return made;
}

Ref<ClientRequest> request(Loop& loop, std::string_view url, RequestOptions options,
                           ResponseHandler responded) {
  return request(loop, merged(parse_url(url), std::move(options)), std::move(responded));
}

Ref<ClientRequest> request(Loop& loop, std::string_view url, ResponseHandler responded) {
  return request(loop, parse_url(url), std::move(responded));
}

Ref<ClientRequest> get(Loop& loop, RequestOptions options, ResponseHandler responded) {
  Ref<ClientRequest> made = request(loop, std::move(options), std::move(responded));
  made->end();
  return made;
}

Ref<ClientRequest> get(Loop& loop, std::string_view url, RequestOptions options,
                       ResponseHandler responded) {
  return get(loop, merged(parse_url(url), std::move(options)), std::move(responded));
}

Ref<ClientRequest> get(Loop& loop, std::string_view url, ResponseHandler responded) {
  return get(loop, parse_url(url), std::move(responded));
}

}  // namespace weir::http
