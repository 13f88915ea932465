// weir/http/server_response.h - the response to a request: a Writable with status and headers.
//
//   response.set_header("Content-Type", "text/plain");
//   response.end("hello\n");                          // 200, Content-Length: 6
//
//   response.write_head(404, {{"Content-Type", "text/plain"}});
//   response.end("not here\n");
//
//   file->pipe(response);                            // chunked, at the client's pace
//
// Keep a Ref to a response that you send later. Responses to pipelined requests may be written in
// any order and are sent in the order of the requests. Begin an expensive response when it is first
// in the connection's queue: connection() is not null from then on, and SocketEvent reports it.
//
// Events: an OutgoingMessage's, and SocketEvent.
// Node counterpart: http.ServerResponse.
#pragma once

#include <weir/http/incoming_message.h>
#include <weir/http/outgoing_message.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace weir {
class Loop;
}

namespace weir::http {

class DateCache;
struct FramingRules;
class ResponseMemory;

class ServerResponse : public DerivedMessage<ServerResponse, SocketEvent> {
 public:
  // The status of the head. Without a message, it has the code's default message.
  int status_code() const noexcept;
  void set_status_code(int code);
  const std::string& status_message() const noexcept;
  void set_status_message(std::string_view message);

  // Fixes the head. The given headers replace earlier ones with the same names. A call that throws
  // changes nothing. A later end(text) is sent chunked unless Content-Length was set.
  // ERRORS: throws ERR_HTTP_HEADERS_SENT, ERR_HTTP_INVALID_STATUS_CODE (below 100, above 999),
  // ERR_HTTP_TRAILER_INVALID (a Trailer header without chunks), ERR_INVALID_CHAR,
  // ERR_INVALID_HTTP_TOKEN.
  // Node: writeHead.
  ServerResponse& write_head(int status, std::initializer_list<Field> fields = {});
  ServerResponse& write_head(int status, const Headers& fields);
  ServerResponse& write_head(int status, std::string_view reason,
                             std::initializer_list<Field> fields = {});

  // Sends an interim response before the head.
  // CALLS BACK: as write.
  // ERRORS: throws ERR_HTTP_HEADERS_SENT once the head is fixed, ERR_OUT_OF_RANGE for a status
  // outside of 100 to 199, ERR_HTTP_INVALID_STATUS_CODE for 101, and the errors of set_header.
  // Node: writeInformation.
  void write_information(int status, const Headers& fields = {}, Callback written = {});
  // Interim responses 100, 102 and 103. The `fields` of 103 contain the Link headers.
  // Node: writeContinue, writeProcessing, writeEarlyHints.
  void write_continue(Callback written = {});
  void write_processing(Callback written = {});
  void write_early_hints(const Headers& fields, Callback written = {});

  // After Finish, the connection belongs to the next response.
  net::Connection* connection() const noexcept override {
    return writable_finished() ? nullptr : OutgoingMessage::connection();
  }

  // The request that this response answers. Node: req.
  IncomingMessage& request() const noexcept { return *request_; }

  // The server's loop. REQUIRES: the response is not destroyed.
  Loop& loop() const noexcept { return loop_; }

  std::string describe() const override { return "a ServerResponse"; }

 private:
  friend class ServerConnection;

  struct WithWriter;

  static Ref<ServerResponse> make(Loop& loop, ResponseMemory& memory, Ref<IncomingMessage> request,
                                  Ref<DateCache> dates, FramingRules rules,
                                  std::size_t high_water_mark);
  ServerResponse(Loop& loop, MessageWriter& writer, Ref<IncomingMessage> request,
                 const WritableOptions& options);

  template <class Fields>
  ServerResponse& merge_head(int status, std::string_view reason, const Fields& fields);
  template <class F>
  void undone_if_it_throws(F call);
  void compose_if_written();

  Loop& loop_;
  Ref<IncomingMessage> request_;
};

}  // namespace weir::http
