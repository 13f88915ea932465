// support/request_vectors.h - requests, well-formed and not, and the answers that RFC 9112 and 9110
// ask for.
//
// A request that is answered with 200 has the body `body`; its connection stays open for the next
// one unless `closes`. After any other answer the connection is closed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <llhttp.h>

namespace weir::test {

struct RequestVector {
  std::string_view section;
  std::string request;
  int status;
  std::string_view body = "";
  bool closes = false;
};

inline std::vector<RequestVector> request_vectors() {
  using std::string_literals::operator""s;
  const auto get = [](std::string_view fields) {
    return "GET / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
  };
  const auto first = [](std::string_view line) {
    return std::string(line) + "\r\nHost: x\r\n\r\n";
  };
  const auto host = [](std::string_view fields) {
    return "GET / HTTP/1.1\r\n" + std::string(fields) + "\r\n";
  };
  const auto post = [](std::string_view fields_and_body) {
    return "POST / HTTP/1.1\r\nHost: x\r\n" + std::string(fields_and_body);
  };
  const auto chunked = [&post](std::string_view body) {
    return post("Transfer-Encoding: chunked\r\n\r\n" + std::string(body));
  };
  const auto extended = [&chunked](std::string_view extension) {
    return chunked("3" + std::string(extension) + "\r\nabc\r\n0\r\n\r\n");
  };
  const auto encoded = [&post](std::string_view codings) {
    return post("Transfer-Encoding: " + std::string(codings) + "\r\n\r\n0\r\n\r\n");
  };
  const auto length = [&post](std::string_view value) {
    return post("Content-Length: " + std::string(value) + "\r\n\r\nabc");
  };
  constexpr bool kCloses = true;
  constexpr int kQueryStatus = LLHTTP_VERSION_MAJOR >= 9 ? 200 : 501;

  return {
      // --- Lines ---
      {"9112 2.1", get(""), 200},
      {"9112 2.1", get("A: b\r\n"), 200},
      {"9112 2.2 an empty line comes first", "\r\n\r\n" + get(""), 200},
      {"9112 2.2 an empty line without CR comes first", "\n\n" + get(""), 200},
      {"9112 2.2 an empty line comes between", get("") + "\r\n\r\n", 200},
      {"9112 2.2 a bare LF ends a line", "GET / HTTP/1.1\nHost: x\n\n", 400},
      {"9112 2.2", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400},
      {"9112 2.2", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400},
      {"9112 2.2", "GET / HTTP/1.1\r\nHost: x\n\r\n\r\n", 400},
      {"9112 2.2", "GET / HTTP/1.1\r\nHost: x\r\n\n", 400},
      {"9112 2.2 a bare CR", "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n", 400},
      {"9112 2.2", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400},
      {"9112 2.2", "GET / HTTP/1.1\r\nHost: x\r\r\n\r\n", 400},
      {"9112 2.2", get("\rA: b\r\n"), 400},
      {"9112 2.2", get("X: a\rb\r\n"), 400},
      {"9112 2.2", get("X:\rTransfer-Encoding: chunked\r\n"), 400},
      {"9112 2.2 a space before the first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
      {"9112 2.2", "GET / HTTP/1.1\r\n\tHost: x\r\n\r\n", 400},

      // --- Request lines ---
      {"9112 3 one space between the parts", first("GET  / HTTP/1.1"), 400},
      {"9112 3", first("GET /  HTTP/1.1"), 400},
      {"9112 3", first(" GET / HTTP/1.1"), 400},
      {"9112 3", first("GET / HTTP/1.1 "), 400},
      {"9112 3", first("GET\t/ HTTP/1.1"), 400},
      {"9112 3", first("GET /a b HTTP/1.1"), 400},
      {"9112 3", first("GET  HTTP/1.1"), 400},
      {"9112 3 a line without a version", first("GET /"), 400},
      {"9112 3", "GET /\r\n\r\n", 400},
      {"9112 3", first("GET"), 400},
      {"9112 3 a target that is too long", first("GET /" + std::string(20'000, 'a') + " HTTP/1.1"),
       414},
      {"9112 3.1 methods have case", first("get / HTTP/1.1"), 501},
      {"9110 9.1 a method that is not known", first("FOO / HTTP/1.1"), 501},
      {"9110 5.6.2 a method that is no token", first("G\0ET / HTTP/1.1"s), 400},
      {"9110 5.6.2", first("G(ET / HTTP/1.1"), 400},
      {"9112 3.1", first("M-SEARCH / HTTP/1.1"), 200},
      {"9112 3.1", first("QUERY / HTTP/1.1"), kQueryStatus},

      // --- Versions ---
      {"9112 2.3", first("GET / HTTP/1.0"), 200, "", kCloses},
      {"9110 2.5 a higher minor version", first("GET / HTTP/1.2"), 200},
      {"9110 2.5", first("GET / HTTP/1.9"), 200},
      {"9110 15.6.6 another major version", first("GET / HTTP/2.0"), 505},
      {"9110 15.6.6", first("GET / HTTP/3.1"), 505},
      {"9110 15.6.6", first("GET / HTTP/0.9"), 505},
      {"9110 15.6.6", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"9112 2.3 no version", first("GET / HTTP/1.10"), 400},
      {"9112 2.3", first("GET / HTTP/11"), 400},
      {"9112 2.3", first("GET / HTTP/1,1"), 400},
      {"9112 2.3", first("GET / HTTP/1."), 400},
      {"9112 2.3 versions have case", first("GET / http/1.1"), 400},
      {"9112 2.3 another protocol", first("GET / RTSP/1.0"), 400},
      {"9112 2.3", first("SOURCE / ICE/1.0"), 400},

      // --- Targets ---
      {"9112 3.2.1", first("GET /a?b=c/d?e HTTP/1.1"), 200},
      {"9112 3.2.1", first("GET //x/y HTTP/1.1"), 200},
      {"9112 3.2.1 a relative path", first("GET foo HTTP/1.1"), 400},
      {"9112 3.2.1", first("GET ?a HTTP/1.1"), 400},
      {"9112 3.2 a fragment", first("GET /a#b HTTP/1.1"), 400},
      {"9112 3.2 a control character", first("GET /\001 HTTP/1.1"), 400},
      {"9112 3.2", first("GET /\177 HTTP/1.1"), 400},
      {"9112 3.2", first("GET /\0 HTTP/1.1"s), 400},
      {"9112 3.2 what is not ASCII", first("GET /\377 HTTP/1.1"), 400},
      {"9112 3.2.2", first("GET http://x/ HTTP/1.1"), 200},
      {"9112 3.2.2", first("GET http://x HTTP/1.1"), 200},
      {"9112 3.2.2", first("GET http:// HTTP/1.1"), 400},
      {"9112 3.2.2", first("GET ://x HTTP/1.1"), 400},
      {"9112 3.2.4", first("OPTIONS * HTTP/1.1"), 200},
      {"9112 3.2.4 the asterisk of another method", first("GET * HTTP/1.1"), 400},
      {"9112 3.2.4", first("POST * HTTP/1.1"), 400},
      {"9112 3.2.4", first("OPTIONS ** HTTP/1.1"), 400},
      {"9112 3.2.3", first("CONNECT x:1 HTTP/1.1"), 200, "", kCloses},
      {"9112 3.2.3", first("CONNECT [::1]:443 HTTP/1.1"), 200, "", kCloses},
      {"9110 9.3.6 a tunnel without a port", first("CONNECT x HTTP/1.1"), 400},
      {"9110 9.3.6", first("CONNECT x: HTTP/1.1"), 400},
      {"9110 9.3.6", first("CONNECT x:0 HTTP/1.1"), 400},
      {"9110 9.3.6", first("CONNECT x:65536 HTTP/1.1"), 400},
      {"9110 9.3.6", first("CONNECT :1 HTTP/1.1"), 400},
      {"9112 3.2.3", first("CONNECT / HTTP/1.1"), 400},
      {"9112 3.2.3", first("CONNECT u@x:1 HTTP/1.1"), 400},

      // --- Host ---
      {"9112 3.2 no Host", host(""), 400},
      {"9112 3.2", "GET / HTTP/1.0\r\n\r\n", 200, "", kCloses},
      {"9112 3.2", host("Host:\r\n"), 200},
      {"9112 3.2 two of them", host("Host: x\r\nHost: y\r\n"), 400},
      {"9112 3.2", host("Host: x\r\nA: b\r\nhost: x\r\n"), 400},
      {"9112 3.2", "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n", 400},
      {"9112 3.2", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
      {"9112 3.2", "CONNECT x:1 HTTP/1.1\r\n\r\n", 400},
      {"9112 3.2 an invalid one", host("Host: a b\r\n"), 400},
      {"9112 3.2", host("Host: a/b\r\n"), 400},
      {"9112 3.2", host("Host: http://a\r\n"), 400},
      {"9112 3.2", host("Host: u@a\r\n"), 400},
      {"9112 3.2", host("Host: a:b\r\n"), 400},
      {"9112 3.2", host("Host: a:1:2\r\n"), 400},
      {"9112 3.2", host("Host: a, b\r\n"), 400},
      {"9112 3.2", host("Host: a#\r\n"), 400},
      {"9112 3.2", host("Host: a%4\r\n"), 400},
      {"9112 3.2", host("Host: \377\r\n"), 400},
      {"9112 3.2", host("Host: [::1\r\n"), 400},
      {"9112 3.2", host("Host: []\r\n"), 400},
      {"9112 3.2", host("Host: [::1]x\r\n"), 400},
      {"9110 7.2", host("Host: a-b.example:8080\r\n"), 200},
      {"9110 7.2", host("Host: a:\r\n"), 200},
      {"9110 7.2", host("Host: [::1]:80\r\n"), 200},
      {"9110 7.2", host("Host: [::1]\r\n"), 200},
      {"9110 7.2", host("Host: a_b%41\r\n"), 200},

      // --- Fields ---
      {"9112 5.1 a space before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
      {"9112 5.1", post("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), 400},
      {"9112 5.1", get("A\t: b\r\n"), 400},
      {"9110 5.1 no name", get(": c\r\n"), 400},
      {"9110 5.1 no colon", get("Abc\r\n"), 400},
      {"9110 5.1", get("A b: c\r\n"), 400},
      {"9110 5.1", get("A\0B: c\r\n"s), 400},
      {"9110 5.1", get("A\377: c\r\n"), 400},
      {"9110 5.5 a value's control characters", get("A: b\0c\r\n"s), 400},
      {"9110 5.5", get("A: b\001c\r\n"), 400},
      {"9110 5.5", get("A: b\177c\r\n"), 400},
      {"9110 5.5", get("A: 1234567\0 1234567\r\n"s), 400},
      {"9110 5.5", get("A: b\377c\r\n"), 200},
      {"9110 5.5", get("A: b\tc\r\n"), 200},
      {"9112 5", get("A:\r\nB:b\r\nC: \t c \t\r\n"), 200},
      {"9112 5.2 a folded line", get("A: b\r\n c\r\n"), 400},
      {"9112 5.2", get("A: b\r\n\tc\r\n"), 400},
      {"9112 5.2", post("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"), 400},
      {"9110 15.5.22 fields that are too large", get("A: " + std::string(20'000, 'a') + "\r\n"),
       431},

      // --- Which requests have a body ---
      {"9112 6.3 neither length nor coding", post("\r\n"), 200},
      {"9112 6.3", length("3"), 200, "abc"},
      {"9112 6.3", length("003"), 200, "abc"},
      {"9112 6.3", post("Content-Length: 0\r\n\r\n"), 200},
      {"9112 6.3", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 200, "abc"},
      {"9112 6.3", "DELETE / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 200, "abc"},
      {"9112 6.3 an invalid length", length(""), 400},
      {"9112 6.3", length("+3"), 400},
      {"9112 6.3", length("-3"), 400},
      {"9112 6.3", length("0x3"), 400},
      {"9112 6.3", length("3 3"), 400},
      {"9112 6.3", length("3, 3"), 400},
      {"9112 6.3", length("3.0"), 400},
      {"9112 6.3", length("99999999999999999999999"), 400},
      {"9112 6.3 two lengths", length("3\r\nContent-Length: 4"), 400},
      {"9112 6.3", length("3\r\nContent-Length: 3"), 400},
      {"9112 6.3 both", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
       400},
      {"9112 6.3", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
      {"9112 6.1", encoded("chunked"), 200},
      {"9112 6.1", encoded("CHUNKED"), 200},
      {"9112 6.1", encoded("\tchunked \t"), 200},
      {"9112 6.1 a coding that the application may know", encoded("gzip, chunked"), 200},
      {"9112 6.1", encoded("gzip\r\nTransfer-Encoding: chunked"), 200},
      {"9110 5.6.1.2 empty elements", encoded(", chunked ,, "), 200},
      {"9112 6.1 twice", encoded("chunked, chunked"), 400},
      {"9112 6.1", encoded("chunked\r\nTransfer-Encoding: chunked"), 400},
      {"9112 6.3 chunked is not the last", encoded("chunked, gzip"), 400},
      {"9112 6.3", encoded("gzip"), 400},
      {"9112 6.3", encoded("identity"), 400},
      {"9112 6.3", encoded("chunked\r\nTransfer-Encoding: identity"), 400},
      {"9112 6.3 an empty coding", encoded(""), 400},
      {"9112 6.3", encoded(","), 400},
      {"9112 7 another coding", encoded("xchunked"), 400},
      {"9112 7", encoded("chunkedx"), 400},
      {"9112 7", encoded("\"chunked\""), 400},
      {"9112 7", encoded("a;b=\", chunked"), 400},
      {"9112 7", encoded("\013chunked"), 400},
      {"9112 7.1 chunked has no parameters", encoded("chunked;q=1"), 400},
      {"9112 6.1 a coding of HTTP/1.0",
       "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n0\r\n\r\n",
       200, "abc", kCloses},

      // --- Chunks ---
      {"9112 7.1", chunked("3\r\nabc\r\n0\r\n\r\n"), 200, "abc"},
      {"9112 7.1", chunked("3\r\nabc\r\n00a\r\n0123456789\r\n000\r\n\r\n"), 200, "abc0123456789"},
      {"9112 7.1", chunked("A\r\n0123456789\r\n0\r\n\r\n"), 200, "0123456789"},
      {"9112 7.1 no size", chunked("\r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1", chunked(";a\r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1", chunked("ZZ\r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1", chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1", chunked("-3\r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1", chunked("+3\r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1", chunked(" 3\r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1", chunked("3 \r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1", chunked("3 3\r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1 a size that is too large", chunked("11111111111111111\r\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1 a bare LF after the size", chunked("3\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1 a bare CR after the size", chunked("3\rabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1 a bare LF after the data", chunked("3\r\nabc\n0\r\n\r\n"), 400},
      {"9112 7.1 a bare CR after the data", chunked("3\r\nabc\r0\r\n\r\n"), 400},
      {"9112 7.1 no line end after the data", chunked("3\r\nabc0\r\n\r\n"), 400},
      {"9112 7.1 more data than the size", chunked("3\r\nabcd\r\n0\r\n\r\n"), 400},
      {"9112 7.1 a bare LF after the last chunk", chunked("3\r\nabc\r\n0\n\n"), 400},
      {"9112 7.1 a bare LF at the end", chunked("3\r\nabc\r\n0\r\n\n"), 400},
      {"9112 7.1 a bare CR at the end", chunked("3\r\nabc\r\n0\r\n\r"), 400},

      // --- Chunk extensions ---
      {"9112 7.1.1", extended(";a"), 200, "abc"},
      {"9112 7.1.1", extended(";a=b"), 200, "abc"},
      {"9112 7.1.1 several", extended(";a=b;c=d"), 200, "abc"},
      {"9112 7.1.1", extended(";a;b;c=d;e"), 200, "abc"},
      {"9112 7.1.1 a quoted value", extended(";a=\"b c\""), 200, "abc"},
      {"9112 7.1.1", extended(";a=\"\""), 200, "abc"},
      {"9112 7.1.1", extended(";a=\"b;c=d\";e=\"\t\377\""), 200, "abc"},
      {"9112 7.1.1 a quoted pair", extended(";a=\"b\\\"c\\\\\""), 200, "abc"},
      {"9112 7.1.1 spaces", extended(" ;a=b"), 200, "abc"},
      {"9112 7.1.1", extended("; a=b"), 200, "abc"},
      {"9112 7.1.1", extended("\t; \ta = b ; c = \"d\""), 200, "abc"},
      {"9112 7.1.1 of the last chunk", chunked("0;a=\"b\"\r\n\r\n"), 200},
      {"9112 7.1.1 no name", extended(";"), 400},
      {"9112 7.1.1", extended(";;a"), 400},
      {"9112 7.1.1", extended(";a;"), 400},
      {"9112 7.1.1", extended(";=b"), 400},
      {"9112 7.1.1", extended(";\"a\"=b"), 400},
      {"9112 7.1.1 no value", extended(";a="), 400},
      {"9112 7.1.1", extended(";a=;b"), 400},
      {"9112 7.1.1 two values", extended(";a=b c"), 400},
      {"9112 7.1.1", extended(";a=b=c"), 400},
      {"9112 7.1.1 a space at the end", extended(";a=b "), 400},
      {"9112 7.1.1", extended(";a "), 400},
      {"9112 7.1.1 a quote that stays open", extended(";a=\"b"), 400},
      {"9112 7.1.1", extended(";a=\"b\\\""), 400},
      {"9112 7.1.1 text after a quote", extended(";a=\"b\"c"), 400},
      {"9112 7.1.1 a control character", extended(";a=\"\001\""), 400},
      {"9112 7.1.1", extended(";a=\"\\\001\""), 400},
      {"9112 7.1.1", extended(";a\0"s), 400},
      {"9112 7.1.1 a line end in a quote", extended(";a=\"b\rc\""), 400},
      {"9112 7.1.1", extended(";a=\"b\nc\""), 400},
      {"9112 7.1.1 a bare CR", extended(";a\rb"), 400},
      {"9112 7.1.1 a bare LF", chunked("3;a=\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1.1", chunked("3;a\nabc\r\n0\r\n\r\n"), 400},
      {"9112 7.1.1 too large", extended(";a=" + std::string(20'000, 'b')), 413},

      // --- Trailers ---
      {"9112 7.1.2", chunked("3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\n"), 200, "abc"},
      {"9112 7.1.2", chunked("0\r\nA b\r\n\r\n"), 400},
      {"9112 7.1.2", chunked("0\r\nA : b\r\n\r\n"), 400},
      {"9112 7.1.2", chunked("0\r\n: b\r\n\r\n"), 400},
      {"9112 7.1.2", chunked("0\r\nA: \001\r\n\r\n"), 400},
      {"9112 7.1.2", chunked("0\r\n A: b\r\n\r\n"), 400},
      {"9112 7.1.2 a folded line", chunked("0\r\nA: b\r\n c\r\n\r\n"), 400},
      {"9112 7.1.2 a bare LF", chunked("0\r\nA: b\n\r\n"), 400},
      {"9110 6.5.1 framing", chunked("0\r\nContent-Length: 5\r\n\r\n"), 400},
      {"9110 6.5.1", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
      {"9110 6.5.1 routing", chunked("0\r\nHost: y\r\n\r\n"), 400},
      {"9110 15.5.22 too large", chunked("0\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n"), 431},

      // --- Which connections stay ---
      {"9112 9.3", get("Connection: keep-alive\r\n"), 200},
      {"9112 9.6", get("Connection: close\r\n"), 200, "", kCloses},
      {"9112 9.6", get("Connection: a, CLOSE\r\n"), 200, "", kCloses},
      {"9112 9.6", get("Connection: keep-alive, close\r\n"), 200, "", kCloses},
      {"9112 9.6", get("Connection: keep-alive\r\nConnection: close\r\n"), 200, "", kCloses},
      {"9112 9.6", post("Connection: close\r\nContent-Length: 3\r\n\r\nabc"), 200, "abc", kCloses},
      {"9110 7.6.1 an option is a token", get("Connection: closed\r\n"), 200},
      {"9110 7.8 an upgrade of HTTP/1.0",
       "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", 200, "", kCloses},
  };
}

}  // namespace weir::test
