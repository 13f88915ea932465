// weir/http/request.h - HTTP requests.
//
//   weir::http::get(loop, "http://127.0.0.1:8080/", [&loop](auto& response) {
//     response.pipe(weir::fs::create_write_stream(loop, "page.html"));
//   })->on<weir::Error>([](const weir::Error& error) { fmt::print(stderr, "{}\n", error); });
//
// A URL is read by RFC 3986; what may not be in one (a space, letters outside of ASCII) is
// percent-encoded first, but not in a host's name.
#pragma once

#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/http/client_request.h>
#include <weir/loop/loop.h>

#include <string_view>

namespace weir::http {

using ResponseHandler = Function<void(IncomingMessage&)>;

// A request that is still to be ended. `responded` listens to Response, once; what the options say
// counts before what the URL says.
// ERRORS: throws ERR_INVALID_URL, and what ClientRequest::make throws.
// Node counterpart: http.request.
Ref<ClientRequest> request(Loop& loop, RequestOptions options, ResponseHandler responded = {});
Ref<ClientRequest> request(Loop& loop, std::string_view url, RequestOptions options,
                           ResponseHandler responded = {});
Ref<ClientRequest> request(Loop& loop, std::string_view url, ResponseHandler responded = {});

// The same, ended: without a body. Node counterpart: http.get.
Ref<ClientRequest> get(Loop& loop, RequestOptions options, ResponseHandler responded = {});
Ref<ClientRequest> get(Loop& loop, std::string_view url, RequestOptions options,
                       ResponseHandler responded = {});
Ref<ClientRequest> get(Loop& loop, std::string_view url, ResponseHandler responded = {});

}  // namespace weir::http
