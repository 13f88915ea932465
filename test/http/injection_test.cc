// Untrusted text in a message's head: it never becomes a line of its own.
#include "support/http_client_test.h"
#include "support/http_test.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

// Text that would be a line of its own, by each way to end a line.
const std::string kEvil[] = {"a\r\nInjected: 1", "a\nInjected: 1", "a\rInjected: 1",
                             std::string("a\0Injected: 1", 13)};

// A function through which text enters a response.
struct Entrance {
  const char* name;
  void (*enter)(ServerResponse&, const std::string&);
};

const Entrance kEntrances[] = {
    {"set_header_value", [](auto& r, auto& text) { r.set_header("X", text); }},
    {"set_header_name", [](auto& r, auto& text) { r.set_header(text, "x"); }},
    {"set_header_list", [](auto& r, auto& text) { r.set_header("X", {"a", text}); }},
    {"append_header_value", [](auto& r, auto& text) { r.append_header("X", text); }},
    {"append_header_name", [](auto& r, auto& text) { r.append_header(text, "x"); }},
    {"set_headers_value", [](auto& r, auto& text) { r.set_headers({{"X", text}}); }},
    {"set_headers_name", [](auto& r, auto& text) { r.set_headers({{text, "x"}}); }},
    {"write_head_value", [](auto& r, auto& text) { r.write_head(200, {{"X", text}}); }},
    {"write_head_name", [](auto& r, auto& text) { r.write_head(200, {{text, "x"}}); }},
    {"write_head_reason", [](auto& r, auto& text) { r.write_head(200, text); }},
    {"status_message",
     [](auto& r, auto& text) {
       r.set_status_message(text);
       r.write_head(200);
     }},
    {"early_hints_value", [](auto& r, auto& text) { r.write_early_hints({{"X", text}}); }},
    {"early_hints_name", [](auto& r, auto& text) { r.write_early_hints({{text, "x"}}); }},
    {"trailers_value",
     [](auto& r, auto& text) {
       r.write("chunked");
       r.add_trailers({{"X", text}});
     }},
    {"trailers_name",
     [](auto& r, auto& text) {
       r.write("chunked");
       r.add_trailers({{text, "x"}});
     }},
};

class ResponseInjectionTest : public test::HttpTest,
                              public testing::WithParamInterface<Entrance> {};

INSTANTIATE_TEST_SUITE_P(By, ResponseInjectionTest, testing::ValuesIn(kEntrances),
                         [](const auto& entrance) { return entrance.param.name; });

TEST_P(ResponseInjectionTest, IsRefusedAndTheResponseIsSentWithoutIt) {
  std::string text;
  Error refused;
  serve([&](auto&, auto& response) {
    refused = test::thrown_by([&] { GetParam().enter(response, text); });
    // Removes the invalid reason, which prevents the response from being sent.
    if (!response.headers_sent()) response.set_status_message("");
    response.end();
  });
  for (const std::string& evil : kEvil) {
    text = evil;
    refused = {};
    const std::string heard = ask(get("/"));
    EXPECT_TRUE(refused.name() == "ERR_INVALID_CHAR" || refused.name() == "ERR_INVALID_HTTP_TOKEN")
        << refused;
    EXPECT_TRUE(heard.starts_with("HTTP/1.1 200 ")) << heard;
    EXPECT_EQ(heard.find("Injected"), heard.npos) << heard;
  }
}

// An option through which text enters a request.
struct RequestEntrance {
  const char* name;
  void (*enter)(RequestOptions&, const std::string&);
};

const RequestEntrance kRequestEntrances[] = {
    {"method", [](auto& options, auto& text) { options.method = text; }},
    {"path", [](auto& options, auto& text) { options.path = text; }},
    {"header_value", [](auto& options, auto& text) { options.headers = {{"X", text}}; }},
    {"header_name", [](auto& options, auto& text) { options.headers = {{text, "x"}}; }},
    {"host", [](auto& options, auto& text) { options.host = text; }},
};

class RequestInjectionTest : public test::HttpClientTest,
                             public testing::WithParamInterface<RequestEntrance> {};

INSTANTIATE_TEST_SUITE_P(By, RequestInjectionTest, testing::ValuesIn(kRequestEntrances),
                         [](const auto& entrance) { return entrance.param.name; });

TEST_P(RequestInjectionTest, IsRefused) {
  answer_with(kOk);
  for (const std::string& text : kEvil) {
    RequestOptions options = to_server();
    GetParam().enter(options, text);
    // Resolves every host to the test's server.
    options.lookup = [](const std::string&, net::Family, net::LookupDone done) {
      done({}, {net::Address{"127.0.0.1", net::Family::ipv4}});
    };
    const Error refused = test::thrown_by([&] { http::request(loop, std::move(options))->end(); });
    EXPECT_TRUE(refused.name() == "ERR_INVALID_CHAR" ||
                refused.name() == "ERR_INVALID_HTTP_TOKEN" ||
                refused.name() == "ERR_UNESCAPED_CHARACTERS")
        << refused;
  }
  stop_server();
  loop.run();
  EXPECT_EQ(heard(), "");
}

class CredentialsTest : public test::HttpClientTest {};

TEST_F(CredentialsTest, AreEncodedAndSoNoLineOfTheirOwn) {
  answer_with(kOk);
  ask({.auth = "a:b\r\nInjected: 1"})->end();
  after_close();
  EXPECT_NE(heard().find("Authorization: Basic YTpiDQpJbmplY3RlZDogMQ==\r\n"), std::string::npos);
}

}  // namespace
}  // namespace weir::http
