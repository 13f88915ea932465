// weir/http/client_request.h - ClientRequest: a request to a server. Its body is a Writable; the
// response is emitted.
//
//   auto upload = weir::http::request(loop, "http://127.0.0.1:8080/x", {.method = "POST"});
//   upload->on<weir::http::ResponseEvent>([](const weir::http::ResponseEvent& event) {
//     fmt::print("{}\n", event.response.status_code());
//     event.response.resume();                                // read it, or drop it
//   });
//   file->pipe(upload);                                        // chunked, at the server's pace
//
// - Writes before the connection exists are queued. The request keeps itself alive until its Close,
//   which follows the end of the response, or of the connection.
// - Errors of the request:
//     ECONNREFUSED, ...   the connection's own
//     ECONNRESET          no response ("socket hang up"); or one that switches protocols, without a
//                         listener of Upgraded (for CONNECT, Connected)
//     HPE_*               a malformed response
//   A response that is cut off emits Aborted and the Error ECONNRESET.
// - A server may respond before it has received the whole request. The response is then read before
//   an error of sending is reported. After a complete response with status 300 or more, the rest of
//   the request causes no Error; if the server closes the connection, the rest is not sent: the
//   request emits Close without Finish, and its pending writes fail.
// - End every request, as in Node: a request that is dropped without end() waits forever, even if
//   the server has responded to its whole body.
//
// Node counterpart: http.ClientRequest.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/ref.h>
#include <weir/http/agent.h>
#include <weir/http/client_events.h>
#include <weir/http/headers.h>
#include <weir/http/incoming_message.h>
#include <weir/http/outgoing_message.h>
#include <weir/loop/loop.h>
#include <weir/net/address.h>
#include <weir/net/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace weir::http {

class ClientExchange;
class ClientResource;

// Node's options. Each default is Node's, except the high-water mark: the loop's. The URL, if any,
// supplies the empty ones.
struct RequestOptions {
  std::optional<std::int64_t> high_water_mark = {};
  std::stop_token signal = {};  // a stop calls destroy(ABORT_ERR)
  // Emit Timeout after this time without a byte received or sent. Does not close the connection.
  std::optional<std::chrono::milliseconds> timeout = {};

  std::string method = {};    // empty: GET
  std::string protocol = {};  // "http:" or "https:"; empty: the agent's
  std::optional<std::int64_t> port = {};
  std::string host = {};  // empty: localhost
  std::string path = {};  // empty: "/". With the query; without spaces
  Headers headers = {};
  std::string auth = {};         // "user:password"
  std::string socket_path = {};  // a unix socket, instead of host and port
  // Send a Host header. Empty: as set_default_headers.
  std::optional<bool> set_host = {};
  // Send the headers Host, Connection, Content-Length and Transfer-Encoding if `headers` lacks
  // them.
  bool set_default_headers = true;

  Ref<Agent> agent = {};   // null: the loop's agent; see global_agent
  bool own_agent = false;  // use a separate connection. Node: agent: false

  net::Family family = net::Family::any;
  std::string local_address = {};  // the local address of the connection
  std::int64_t local_port = 0;
  net::LookupFunction lookup = {};

  std::size_t max_header_size = 16 * 1024;
  std::optional<std::size_t> max_headers_count = {};  // empty: 1000 headers
  bool join_duplicate_headers = false;                // see Headers::join_duplicates
  std::vector<std::string> unique_headers = {};       // send several values of these as one header
  bool insecure_http_parser = false;                  // of responses; see ServerOptions
};

class ClientRequest : public DerivedMessage<ClientRequest, SocketEvent, ResponseEvent, Continue,
                                            Information, Upgraded, Connected, Abort> {
 public:
  // CALLS BACK: on later ticks.
  // ERRORS: throws ERR_UNESCAPED_CHARACTERS for the path, ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR,
  // ERR_INVALID_PROTOCOL if the agent's protocol differs, and the errors of net::connect.
  // Node counterpart: new ClientRequest.
  static Ref<ClientRequest> make(Loop& loop, RequestOptions options);

  const std::string& method() const noexcept { return method_; }
  const std::string& path() const noexcept { return path_; }
  const std::string& host() const noexcept { return host_; }
  const std::string& protocol() const noexcept { return agent_->protocol(); }
  Agent& agent() const noexcept { return *agent_; }

  // True if an earlier request used this connection. ECONNRESET may then mean that the server
  // closed an idle connection.
  // Node: reusedSocket.
  bool reused_socket() const noexcept { return reused_; }

  // Emits Abort on a tick, and destroys the request. Node counterpart: abort (deprecated).
  void abort();
  bool aborted() const noexcept { return aborted_; }

  // As in net::Connection, once the connection exists. Node: setNoDelay, setSocketKeepAlive.
  void set_no_delay(bool no_delay = true);
  void set_socket_keep_alive(bool enable = false, std::chrono::seconds initial_delay = {});

  std::string describe() const override;

 protected:
  // Moves from `options`.
  ClientRequest(ClientResource& resource, RequestOptions& options, Ref<Agent> agent);

 private:
  friend class ClientExchange;

  void on_write_failed(const Error& error) override;
  void set_first_headers(const RequestOptions& options);
  void emit_close();

  ClientExchange& exchange_;
  Ref<Agent> agent_;
  std::string method_;
  std::string path_;
  std::string host_;
  bool reused_ = false;
  bool aborted_ = false;
};

}  // namespace weir::http
