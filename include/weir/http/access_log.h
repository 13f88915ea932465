// weir/http/access_log.h - AccessRecord: a line of an access log.
//
//   const weir::Producer log(loop, weir::fs::create_write_stream(loop, "access.log",
//                                                                {.flags = "a"}));
//   server->on<weir::http::RequestEvent>([log](const weir::http::RequestEvent& event) {
//     weir::http::ServerResponse& response = event.response;
//     response.on<weir::Close>([log, &response, record = weir::http::AccessRecord(response)] {
//       log.try_write(record.line(response, weir::http::AccessFormat::combined));
//     });
//   });
//
// The formats:
//   common    127.0.0.1 - anna [27/Nov/2026:21:05:00 +0000] "GET /a HTTP/1.1" 200 1024
//   combined  the same, and "REFERER" "USER-AGENT"
//   json      {"time":"2026-11-27T21:05:00Z","client":"127.0.0.1","user":"anna","method":"GET",
//             "url":"/a","version":"1.1","status":200,"bytes":1024,"seconds":0.000123,
//             "complete":true,"referer":"...","user_agent":"..."}, without what is unknown
//
// The time is that of the request, in UTC. The bytes are those of the body. The user is the one of
// Basic authentication, unless the status is 401. Quotes, backslashes and characters that a
// terminal might interpret are escaped: \xhh, or \u00hh in JSON.
#pragma once

#include <weir/http/server_response.h>

#include <cstdint>
#include <ctime>
#include <string>

namespace weir::http {

enum class AccessFormat : std::uint8_t { common, combined, json };

class AccessRecord {
 public:
  // Call when the request arrives: remembers the time and the client's address, which a closed
  // connection no longer has.
  explicit AccessRecord(const ServerResponse& response);

  // The line for a response that is closed, with its line end.
  std::string line(const ServerResponse& response, AccessFormat format) const;

 private:
  std::string common_line(const ServerResponse& response) const;
  std::string json_line(const ServerResponse& response) const;

  std::string client_;
  std::time_t time_;
  std::int64_t begun_;  // nanoseconds of the loop's clock
};

}  // namespace weir::http
