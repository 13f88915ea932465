// weir/http/send_file.h - a file as the response to a request: Express's res.sendFile.
//
//   auto server = weir::http::create_server(loop, [](auto& request, auto& response) {
//     if (request.url() == "/report")
//       return weir::http::send_file(request, response, "/var/lib/app/report.pdf");
//     response.set_status_code(404);
//     weir::http::send_file(request, response, "not-found.html");     // the page of the 404
//   });
//
// For a path that the program chooses: it may lead anywhere, also through links. A path that the
// client chooses is for FileServer (weir/http/file_server.h), which no URL leads out of.
//
// Rules:
// - The response says how large the file is, of which type by the end of its name, and, for later
//   requests, when it was changed (Last-Modified) and in which state it is (ETag). No browser is to
//   guess another type (X-Content-Type-Options: nosniff).
// - A line that the program has set on the response is kept (Content-Type, ETag, Last-Modified,
//   Content-Encoding, ...), and its ETag and Last-Modified are what the request is compared with.
// - A request may depend on the state of the file: If-Match, If-Unmodified-Since (412 Precondition
//   Failed), If-None-Match and If-Modified-Since (304 Not Modified, or 412 where the method is
//   neither GET nor HEAD), as RFC 9110, 13 says. If-Range never adds a part of one state to a part
//   of another. A file that was changed less than two seconds ago has a weak ETag, as it may change
//   again unnoticed.
// - A GET may ask for one part in bytes: 206, or 416 where the file has no such part. A request
//   for several parts, or a malformed one, gets the whole file.
// - With another status than 200, the whole file is sent whatever the request asks for.
// - HEAD has the lines of GET. Other methods get the file as well: the program has chosen it.
//
// The file is opened on the loop's thread, when it is the response's turn. Its bytes go from the
// page cache to the connection without passing through the program, unless that is encrypted; up to
// 16 KiB are read at once, where no disk has to be waited for. Bytes that are appended meanwhile
// are not sent. A file that is cut short breaks the connection off, so that the client does not
// take it for whole. Finish of the response says that all is sent, Close without it that it is not
// (see finished).
#pragma once

#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/http/incoming_message.h>
#include <weir/http/server_response.h>

#include <string>

namespace weir::http {

// Answers where there is no file to send; without it the client gets the status and its text.
// `status` is 404 (there is none of that name), 403 (it may not be read, or is neither a file nor a
// folder), 503 (the program may not open more files), 500 (the disk fails), or of a FileServer 400
// (the URL names nothing). `error` names the reason and the path.
using FileFailed = Function<void(IncomingMessage& request, ServerResponse& response, int status,
                                 const Error& error)>;

struct SendFileOptions {
  std::string content_type = {};   // instead of the one by the end of the name
  std::string cache_control = {};  // the Cache-Control line where the file is sent, or a 304
  FileFailed failed = {};
};

// Answers with the file. Nothing happens where the response was destroyed, or its head fixed while
// it waited for its turn. A folder is a failure (EISDIR, 403).
// REQUIRES: the request is the one that the response answers.
// ERRORS: throws ERR_HTTP_HEADERS_SENT where the head is fixed; ERR_INVALID_CHAR for options that
// no line may have. CALLS BACK: `failed` at most once, at once or at the response's turn.
void send_file(IncomingMessage& request, ServerResponse& response, std::string path,
               SendFileOptions options = {});

}  // namespace weir::http
