// weir/http/send_file.h - send_file: responds with a file. Express's res.sendFile.
//
//   auto server = weir::http::create_server(loop, [](auto& request, auto& response) {
//     if (request.url() == "/report")
//       return weir::http::send_file(request, response, "/var/lib/app/report.pdf");
//     response.set_status_code(404);
//     weir::http::send_file(request, response, "not-found.html");     // the page of the 404
//   });
//
// The path is the program's choice: it may be any file, also through links. For a path from the
// client, use FileServer (weir/http/file_server.h), which no URL leads out of.
//
// Rules:
// - The response has the file's size, its type by the file name's extension, its time of change
//   (Last-Modified), and a tag of its state (ETag). X-Content-Type-Options: nosniff stops browsers
//   from guessing the type.
// - A header that the program has set on the response stays (Content-Type, ETag, Last-Modified,
//   Content-Encoding, ...). The request is compared with that ETag and Last-Modified.
// - A request may depend on the state of the file, by RFC 9110, 13: If-Match, If-Unmodified-Since
//   (412 Precondition Failed), If-None-Match and If-Modified-Since (304 Not Modified; 412 unless
//   the method is GET or HEAD). If-Range never combines parts of different states. A file that was
//   changed less than two seconds ago has a weak ETag, since another change may keep its time.
// - A GET may request one byte range: 206, or 416 if the file has no such range. A request for
//   several ranges, or an invalid one, gets the whole file.
// - With another status than 200, the whole file is sent.
// - HEAD has the headers of GET. Other methods get the file: the program has chosen it.
//
// The file is opened on the loop's thread, when the response is first in the connection's queue.
// The kernel sends its bytes from the page cache, unless the connection is encrypted; a file of up
// to 4 KiB (with TLS, 64 KiB) is read at once if that does not wait for a disk. Bytes that are
// appended later are not sent. If the file shrinks, the connection is reset, so that the client
// detects it. The response emits Finish when all bytes are sent; Close without Finish means that
// they are not (see finished).
#pragma once

#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/http/incoming_message.h>
#include <weir/http/server_response.h>

#include <string>

namespace weir::http {

// Responds if there is no file to send; without it, the client gets the status and its text.
// `status` is 404 (no such file), 403 (no permission, or neither a file nor a folder), 503 (too
// many open files), 500 (a disk error), or from a FileServer 400 (an invalid URL). `error` has the
// reason and the path.
using FileFailed = Function<void(IncomingMessage& request, ServerResponse& response, int status,
                                 const Error& error)>;

struct SendFileOptions {
  std::string content_type = {};   // instead of the type by the extension
  std::string cache_control = {};  // the Cache-Control header of the file, or of a 304
  FileFailed failed = {};
};

// Responds with the file. Does nothing if the response was destroyed, or its head was fixed before
// the file is opened. A folder is a failure (EISDIR, 403).
// REQUIRES: `response` answers `request`.
// ERRORS: throws ERR_HTTP_HEADERS_SENT if the head is fixed; ERR_INVALID_CHAR for an option that is
// not a valid header.
// CALLS BACK: `failed` at most once, during this call or when the file is opened.
void send_file(IncomingMessage& request, ServerResponse& response, std::string path,
               SendFileOptions options = {});

}  // namespace weir::http
