#include <weir/http/client_request.h>

#include "http/client_exchange.h"
#include "http/connection_pool.h"
#include "http/message_writer.h"
#include "http/text.h"
#include <weir/base/encoding.h>
#include <weir/base/error.h>
#include <weir/http/errors.h>
#include <weir/stream/make_stream.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

// Methods whose requests have no chunked body by default.
bool sends_no_chunks(std::string_view method) {
  constexpr std::array<std::string_view, 6> kBare{"GET",     "HEAD",  "DELETE",
                                                  "OPTIONS", "TRACE", "CONNECT"};
  return std::ranges::find(kBare, method) != kBare.end();
}

// Node: /[^\u0021-\u00ff]/, applied to UTF-8.
bool has_unescaped(std::string_view path) {
  constexpr unsigned char kFirstBeyondLatin1 = 0xc4;
  return std::ranges::any_of(path, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= kFirstBeyondLatin1;
  });
}

// The Host header's value, with an IPv6 address in brackets as in a URL.
std::string host_line(const std::string& host, std::optional<std::int64_t> port) {
  const bool is_ipv6 = std::ranges::count(host, ':') > 1 && !host.starts_with('[');
  std::string line = is_ipv6 ? fmt::format("[{}]", host) : host;
  if (port) line += fmt::format(":{}", *port);
  return line;
}

// The server name of the TLS handshake: the Host header's name, unless that is an address. Node:
// calculateServerName.
std::string server_name(std::string_view host) {
  if (host.starts_with('[') && host.contains(']'))
    host = host.substr(1, host.find(']') - 1);
  else if (std::ranges::count(host, ':') == 1)
    host = host.substr(0, host.find(':'));
  return net::is_ip(host) != 0 ? std::string() : std::string(host);
}

ConnectionTarget target_of(RequestOptions& options) {
  ConnectionTarget target;
  const std::optional<std::string> host = options.headers.get("host");
  target.peer = {.host = options.host,
                 .port = options.port.value_or(0),
                 .local_address = options.local_address,
                 .family = options.family,
                 .socket_path = options.socket_path,
                 .server_name = server_name(host ? *host : options.host)};
  target.options.port = options.port;
  target.options.host = options.host;
  target.options.path = options.socket_path;
  target.options.family = options.family;
  target.options.local_address = options.local_address;
  target.options.local_port = options.local_port;
  target.options.lookup = std::move(options.lookup);
  target.options.timeout = options.timeout.value_or(std::chrono::milliseconds{});
  return target;
}

Ref<Agent> agent_of(Loop& loop, const RequestOptions& options) {
  const bool secure = options.protocol == "https:";
  if (options.own_agent) return secure ? make_https_agent(loop) : Agent::make(loop);
  if (options.agent) return options.agent;
  return secure ? global_https_agent(loop) : global_agent(loop);
}

void check(const RequestOptions& options, const Agent& agent) {
  if (has_unescaped(options.path))
    throw Error(Errc::unescaped_characters, "Request path contains unescaped characters");
  if (!options.protocol.empty() && options.protocol != agent.protocol())
    throw Error(Errc::invalid_protocol,
                fmt::format("Protocol \"{}\" not supported. Expected \"{}\"", options.protocol,
                            agent.protocol()));
  if (!options.method.empty()) validate_header_name(options.method, "Method");
}

void fill_in(RequestOptions& options, const Agent& agent) {
  if (options.method.empty()) options.method = "GET";
  for (char& c : options.method)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (options.path.empty()) options.path = "/";
  if (options.host.empty()) options.host = "localhost";
  if (!options.port) options.port = agent.default_port();
}

}  // namespace

// Node: ClientRequest.
Ref<ClientRequest> ClientRequest::make(Loop& loop, RequestOptions options) {
  Ref<Agent> agent = agent_of(loop, options);
  check(options, *agent);
  fill_in(options, *agent);
  const auto exchange = make_ref<ClientExchange>(loop, options, target_of(options));
  // Finish does not end the request: Close is emitted when the exchange is over.
  auto request = internal::make_stream<ClientRequest>(
      loop, std::make_unique<ClientResource>(exchange),
      {.core = {.emit_close = false, .auto_destroy = false, .closes_later = true}}, options,
      std::move(agent));
  request->set_first_headers(options);
  exchange->begin(*request, options.signal);
  return request;
}

ClientRequest::ClientRequest(ClientResource& resource, RequestOptions& options, Ref<Agent> agent)
    : DerivedMessage(resource.writer(), {.high_water_mark = options.high_water_mark}),
      exchange_(resource.exchange()),
      agent_(std::move(agent)),
      method_(std::move(options.method)),
      path_(std::move(options.path)),
      host_(options.host) {
  side().set_refusal({.fails_stream = false});
}

void ClientRequest::set_first_headers(const RequestOptions& options) {
  head().begin_request(method_, path_);
  FramingRules& rules = head().rules();
  rules.sender = FramingRules::Sender::client;
  if (sends_no_chunks(method_)) rules.unsized = Body::none;
  if (!options.unique_headers.empty())
    rules.unique = std::make_shared<const std::vector<std::string>>(options.unique_headers);
  // A connection that no other request can use is not kept alive.
  const AgentOptions& pool = agent_->pool_->options();
  if (!pool.keep_alive && !pool.max_sockets) rules.wanted = Persistence::close;

  if (!options.set_default_headers)
    for (const Line line : {Line::connection, Line::length, Line::encoding})
      rules.omitted.add(line);

  set_headers(options.headers);
  if (options.set_host.value_or(options.set_default_headers) && !has_header("host")) {
    const bool says_port = options.port != agent_->default_port();
    // The Host of CONNECT is its target, not the proxy (RFC 9112, 3.2.3).
    set_header("Host", method_ == "CONNECT" && path_ != "/"
                           ? path_
                           : host_line(host_, says_port ? options.port : std::nullopt));
  }
  if (!options.auth.empty() && !has_header("authorization"))
    set_header("Authorization",
               "Basic " + encode(std::as_bytes(std::span(options.auth)), Encoding::base64));
  // With Expect, the body waits for the server's 100 Continue.
  if (has_header("expect")) flush_headers();
}

std::string ClientRequest::describe() const {
  return fmt::format("ClientRequest {} {} to {}", method_, path_, host_);
}

void ClientRequest::abort() {
  if (std::exchange(aborted_, true)) return;
  ticks().next_tick([self = Ref<ClientRequest>(this)] { self->emit(Abort{}); });
  destroy();
}

void ClientRequest::on_write_failed(const Error& error) {
  destroy(exchange_.on_write_failed(error));
}

void ClientRequest::set_no_delay(bool no_delay) {
  if (net::Connection* const connected = connection())
    return static_cast<void>(connected->set_no_delay(no_delay));
  once<SocketEvent>(
      [no_delay](const SocketEvent& event) { event.connection.set_no_delay(no_delay); });
}

void ClientRequest::set_socket_keep_alive(bool enable, std::chrono::seconds initial_delay) {
  if (net::Connection* const connected = connection())
    return static_cast<void>(connected->set_keep_alive(enable, initial_delay));
  once<SocketEvent>([enable, initial_delay](const SocketEvent& event) {
    event.connection.set_keep_alive(enable, initial_delay);
  });
}

// Removes the listeners after Close: a listener that owns the request would keep it alive.
void ClientRequest::emit_close() {
  ticks().next_tick([self = Ref<ClientRequest>(this)] {
    for (const ListenerTable::Key key :
         {&weir::internal::kEventKey<SocketEvent>, &weir::internal::kEventKey<ResponseEvent>,
          &weir::internal::kEventKey<Continue>, &weir::internal::kEventKey<Information>,
          &weir::internal::kEventKey<Upgraded>, &weir::internal::kEventKey<Connected>,
          &weir::internal::kEventKey<TimeoutEvent>, &weir::internal::kEventKey<Abort>})
      self->listeners().release(key);
  });
  core().emit_later_close(static_cast<bool>(errored()));
}

}  // namespace weir::http
