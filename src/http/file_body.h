// Sends a part of a file as a response's body.
//
//   small, in the page cache             read at once; head and body are one system call
//   larger, the connection takes ranges  sendfile
//   larger, TLS                          read, by a ReadStream unless it is in the page cache
//
// Content-Length is sent first: a file that shrinks fails the connection.
#pragma once

#include "fs/unique_fd.h"
#include "http/byte_range.h"
#include <weir/base/ref.h>
#include <weir/http/server_response.h>
#include <weir/stream/duplex.h>

#include <cstdint>
#include <string>

namespace weir::http {

// OWNS: file. REQUIRES: `range` is in the file; Content-Length is set.
void send_body(fs::UniqueFd file, const std::string& path, const ByteRange& range,
               ServerResponse& response);

// Sends the whole file through `encoder`.
void send_encoded(fs::UniqueFd file, const std::string& path, std::uint64_t size,
                  const Ref<Duplex>& encoder, ServerResponse& response);

}  // namespace weir::http
