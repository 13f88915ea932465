// The common options of every struct, written in the one order that the guide gives.
#include <weir/fs/read_lines.h>
#include <weir/fs/read_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/http/agent.h>
#include <weir/http/client_request.h>
#include <weir/http/server.h>
#include <weir/net/server.h>
#include <weir/net/socket.h>
#include <weir/net/tls_connect.h>
#include <weir/net/tls_server.h>
#include <weir/net/tls_socket.h>
#include <weir/stdio/output_stream.h>
#include <weir/stream/duplex.h>
#include <weir/stream/finished.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>
#include <weir/zlib/options.h>

#include <chrono>

using namespace std::chrono_literals;

const weir::WritableOptions writable{.high_water_mark = 1,
                                     .default_encoding = "utf8",
                                     .decode_strings = true,
                                     .signal = {},
                                     .emit_close = true,
                                     .auto_destroy = true};
const weir::ReadableOptions readable{.high_water_mark = 1,
                                     .encoding = "utf8",
                                     .default_encoding = "utf8",
                                     .signal = {},
                                     .emit_close = true,
                                     .auto_destroy = true};
const weir::DuplexOptions duplex{.high_water_mark = 1,
                                 .readable_high_water_mark = 1,
                                 .writable_high_water_mark = 1,
                                 .encoding = "utf8",
                                 .default_encoding = "utf8",
                                 .decode_strings = true,
                                 .signal = {},
                                 .emit_close = true,
                                 .auto_destroy = true,
                                 .allow_half_open = true,
                                 .readable = true,
                                 .writable = true};
const weir::PipelineOptions pipeline{.signal = {}, .end = true};
const weir::FinishedOptions finished{.signal = {}, .readable = true};
const weir::OutputOptions output{.high_water_mark = 1, .merge_writes = true};

const weir::fs::WriteStreamOptions write_stream{.high_water_mark = 1,
                                                .encoding = "utf8",
                                                .signal = {},
                                                .emit_close = true,
                                                .auto_close = true,
                                                .flags = "a",
                                                .mode = 0600};
const weir::fs::ReadStreamOptions read_stream{.high_water_mark = 1,
                                              .encoding = "utf8",
                                              .signal = {},
                                              .emit_close = true,
                                              .auto_close = true,
                                              .flags = "r",
                                              .start = 1,
                                              .end = 2};
const weir::fs::ReadLinesOptions read_lines{.high_water_mark = 1, .signal = {}, .max_length = 1024};

const weir::zlib::ZlibOptions zlib{.high_water_mark = 1,
                                   .signal = {},
                                   .emit_close = true,
                                   .auto_destroy = true,
                                   .level = 9,
                                   .chunk_size = 1024};
const weir::zlib::BrotliOptions brotli{.high_water_mark = 1, .signal = {}, .quality = 9};
const weir::zlib::ZstdOptions zstd{.high_water_mark = 1, .signal = {}, .level = 9};

const weir::net::SocketOptions socket_options{.high_water_mark = 1,
                                              .encoding = "utf8",
                                              .signal = {},
                                              .allow_half_open = true,
                                              .no_delay = true,
                                              .keep_alive = true,
                                              .keep_alive_initial_delay = 1s,
                                              .fd = 3};
const weir::net::ServerOptions server{.high_water_mark = 1,
                                      .allow_half_open = true,
                                      .no_delay = true,
                                      .keep_alive = true,
                                      .keep_alive_initial_delay = 1s};
const weir::net::ListenOptions listen_options{.signal = {}, .port = 80, .host = "localhost"};

void take(weir::net::ConnectOptions, weir::tls::ConnectOptions, weir::tls::ServerOptions,
          weir::tls::SocketOptions, weir::http::RequestOptions, const weir::http::ServerOptions&,
          weir::http::AgentOptions);
void connect() {
  take({.timeout = 1s, .port = 80, .host = "localhost"},
       {.high_water_mark = 1,
        .signal = {},
        .timeout = 1s,
        .allow_half_open = true,
        .port = 443,
        .host = "localhost"},
       {.high_water_mark = 1,
        .allow_half_open = true,
        .no_delay = true,
        .keep_alive = true,
        .keep_alive_initial_delay = 1s,
        .context = {.key = "", .cert = ""}},
       {.high_water_mark = 1, .signal = {}, .allow_half_open = true, .host = "localhost"},
       {.high_water_mark = 1, .signal = {}, .timeout = 1s, .port = 80, .host = "localhost"},
       {.high_water_mark = 1,
        .timeout = 1s,
        .no_delay = true,
        .keep_alive = true,
        .keep_alive_initial_delay = 1s},
       {.timeout = 1s, .no_delay = true, .keep_alive = true, .keep_alive_initial_delay = 1s});
}
