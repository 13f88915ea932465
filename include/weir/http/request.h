// weir/http/request.h - request and get: send HTTP requests.
//
//   weir::http::get(loop, "http://127.0.0.1:8080/", [&loop](auto& response) {
//     response.pipe(weir::fs::create_write_stream(loop, "page.html"));
//   })->on<weir::Error>([](const weir::Error& error) { fmt::print(stderr, "{}\n", error); });
//
// URLs follow RFC 3986. Characters that are not allowed (a space, letters outside of ASCII) are
// percent-encoded first, except in a host name.
#pragma once

#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/http/client_request.h>
#include <weir/loop/loop.h>

#include <string_view>

namespace weir::http {

using ResponseHandler = Function<void(IncomingMessage&)>;

// Creates a request; end() sends it. `responded` is added as a listener of ResponseEvent, once.
// The options override the URL.
// ERRORS: throws ERR_INVALID_URL, and the errors of ClientRequest::make.
// Node counterpart: http.request.
Ref<ClientRequest> request(Loop& loop, RequestOptions options, ResponseHandler responded = {});
Ref<ClientRequest> request(Loop& loop, std::string_view url, RequestOptions options,
                           ResponseHandler responded = {});
Ref<ClientRequest> request(Loop& loop, std::string_view url, ResponseHandler responded = {});

// Creates and ends a request without a body. Node counterpart: http.get.
Ref<ClientRequest> get(Loop& loop, RequestOptions options, ResponseHandler responded = {});
Ref<ClientRequest> get(Loop& loop, std::string_view url, RequestOptions options,
                       ResponseHandler responded = {});
Ref<ClientRequest> get(Loop& loop, std::string_view url, ResponseHandler responded = {});

}  // namespace weir::http
