"""script/check-layers passes the tree it lives in and rejects each kind of bad edge."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

GOOD = [
    ("src/thread/record_queue.cc", "<thread>"),
    ("src/thread/record_pump.cc", "<weir/stream/writable.h>"),
    ("src/pace/rate_limiter.cc", '"loop/clock.h"'),
    ("src/coro/producer.cc", "<weir/thread/producer.h>"),
    ("include/weir/weir.h", "<weir/fs/file.h>"),
    ("include/weir/base/error.h", "<fmt/core.h>"),
    ("src/base/error.cc", "<fmt/format.h>"),
    ("src/base/error.cc", "<algorithm>"),
    ("include/weir/loop/uv.h", "<uv.h>"),
    ("include/weir/stream/readable.h", "<weir/event/emitter.h>"),
    ("include/weir/stream/readable.h", "<weir/stream/internal/state.h>"),
    ("src/base/encoding.cc", "<utf8.h>"),
    ("src/event/tick_queue.cc", "<vector>"),
    ("src/loop/loop.cc", '"loop/handle.h"'),
    ("src/loop/handle.h", "<uv.h>"),
    ("src/fs/file.cc", "<uv.h>"),
    ("src/fs/file.cc", '"loop/handle.h"'),
    ("src/http/send_file.cc", "<weir/fs/read_stream.h>"),
    ("src/http/served_folder.cc", "<linux/openat2.h>"),
    ("include/weir/coro/asio.h", "<asio/dispatch.hpp>"),
    ("include/weir/loop/asio.h", "<asio/post.hpp>"),
    ("src/zlib/zlib_codec.cc", "<zlib.h>"),
    ("src/zlib/brotli_codec.cc", "<brotli/decode.h>"),
    ("src/zlib/codec_transformer.cc", '"loop/pool.h"'),
    ("test/stream/readable_test.cc", "<gtest/gtest.h>"),
    ("test/stream/readable_test.cc", '"support/recorder.h"'),
    ("test/stream/readable_test.cc", "<weir/stream/internal/state.h>"),
    ("test/loop/loop_test.cc", '"loop/handle.h"'),
    ("test/fuzz/http_parser.cc", '"http/parser.h"'),
    ("test/fuzz/arguments.cc", '"weir/arguments.h"'),
    ("tools/weir/main.cc", "<CLI/CLI.hpp>"),
    ("tools/weir/main.cc", '"weir/command.h"'),
    ("examples/copy.cc", "<weir/weir.h>"),
]

BAD = [
    ("include/weir/base/error.h", "<weir/event/emitter.h>"),
    ("include/weir/base/error.h", "<fmt/format.h>"),
    ("include/weir/base/function.h", "<functional>"),
    ("include/weir/loop/loop.h", "<chrono>"),
    ("include/weir/stream/readable.h", "<ranges>"),
    ("include/weir/stream/readable.h", "<weir/loop/loop.h>"),
    ("include/weir/stream/readable.h", '"stream/state.h"'),
    ("include/weir/loop/loop.h", "<uv.h>"),
    ("include/weir/loop/loop.h", "<weir/stream/readable.h>"),
    ("include/weir/fs/file.h", "<weir/weir.h>"),
    ("include/weir/fs/file.h", "<weir/http/send_file.h>"),
    ("include/weir/http/send_file.h", "<sys/stat.h>"),
    ("include/weir/weir.h", "<weir/stream/internal/state.h>"),
    ("include/weir/zlib/sync.h", "<zlib.h>"),
    ("include/weir/coro/task.h", "<asio/dispatch.hpp>"),
    ("include/weir/loop/loop.h", "<asio/post.hpp>"),
    ("src/http/server.cc", "<weir/coro/task.h>"),
    ("src/zlib/codec_transformer.cc", "<uv.h>"),
    ("src/zlib/sync.cc", "<weir/fs/write_stream.h>"),
    ("src/fs/file_sink.cc", "<zlib.h>"),
    ("src/base/error.cc", "<uv.h>"),
    ("src/event/tick_queue.cc", "<sys/epoll.h>"),
    ("src/event/tick_queue.cc", '"tick_queue.h"'),
    ("src/event/tick_queue.cc", '"loop/handle.h"'),
    ("src/loop/loop.cc", "<loop/handle.h>"),
    ("src/loop/loop.cc", "<weir/thread/producer.h>"),
    ("src/stream/writable.cc", "<weir/thread/producer.h>"),
    ("src/thread/record_queue.cc", "<thread/record_block.h>"),
    ("src/thread/record_queue.cc", "<weir/fs/write_stream.h>"),
    ("src/stream/writable.cc", "<weir/pace/rate_limit.h>"),
    ("src/pace/rate_limit.cc", "<weir/net/socket.h>"),
    ("src/loop/loop.cc", '"weir/loop/loop.h"'),
    ("src/loop/loop.cc", "<weir/net/socket.h>"),
    ("src/loop/loop.cc", "WEIR_LOOP_HEADER"),
    ("test/stream/readable_test.cc", '"loop/handle.h"'),
    ("test/stream/readable_test.cc", "<weir/base/internal/list.h>"),
    ("test/stream/readable_test.cc", "<uv.h>"),
    ("test/net/socket_test.cc", '"weir/arguments.h"'),
    ("tools/weir/main.cc", '"loop/handle.h"'),
    ("tools/weir/main.cc", '"weir-trace/event.h"'),
    ("tools/weir/main.cc", "<weir/stream/internal/state.h>"),
    ("examples/copy.cc", "<weir/stream/internal/state.h>"),
    ("examples/copy.cc", "<uv.h>"),
]


# Code that names a layer, or does not.
NAMED = [
    ("src/base/error.cc", 'constexpr const char* kName = "ERR_TLS_HANDSHAKE_TIMEOUT";'),
    ("src/base/error.cc", "enum class Errc { http_headers_sent };"),
    ("src/base/error.cc", "int kHttpPort;"),
    ("src/event/tick_queue.cc", "namespace zlib {}"),
    ("src/stream/writable.cc", "class TlsSocket;"),
    ("src/loop/loop.cc", 'call("getaddrinfo");  // a comment'),
    ("include/weir/stream/stream.h", "namespace net { class Socket; }"),
    ("src/fs/file_sink.cc", "bool is_http;"),
    ("src/net/socket.cc", 'call("inspector");'),
    ("src/zlib/codec.cc", "struct CoroWaiter;"),
    ("src/http/server.cc", "int nats_port;"),
]
NOT_NAMED = [
    ("src/base/error.cc", "// of a tls::Socket"),
    ("src/base/error.cc", "int offset, magnet, internet;"),
    ("src/base/error.cc", "int stream_destroyed, event_loop;"),
    ("src/loop/loop_core.cc", "uv_fs_t request; uv_fs_open(&request, UV_FS_O_RDWR);"),
    ("src/http/media_type.cc", 'const char* kType = "application/gzip";'),
    ("src/nats/options.cc", "bool tls;"),
    ("src/net/tls_socket.cc", 'int tls = call("getaddrinfo");'),
    ("tools/weir/main.cc", "int http;"),
    ("test/base/error_test.cc", "int http;"),
]


def check(root):
    return subprocess.run(
        [sys.executable, ROOT / "script" / "check-layers", root], capture_output=True, text=True
    )


class CheckLayersTest(unittest.TestCase):
    def check_edge(self, path, include):
        return self.check_line(path, f"#include {include}")

    def check_line(self, path, line):
        with tempfile.TemporaryDirectory() as root:
            source = Path(root, path)
            source.parent.mkdir(parents=True)
            source.write_text(f"// A comment.\n{line}\n")
            return check(root)

    def test_passes_this_tree(self):
        result = check(ROOT)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_passes_good_edges(self):
        for path, include in GOOD:
            with self.subTest(path=path, include=include):
                self.assertEqual(self.check_edge(path, include).stderr, "")

    def test_rejects_bad_edges(self):
        for path, include in BAD:
            with self.subTest(path=path, include=include):
                result = self.check_edge(path, include)
                self.assertEqual(result.returncode, 1)
                self.assertTrue(result.stderr.startswith(f"{path}:2: "), result.stderr)

    def test_rejects_the_name_of_a_layer_out_of_reach(self):
        for path, line in NAMED:
            with self.subTest(path=path, line=line):
                result = self.check_line(path, line)
                self.assertEqual(result.returncode, 1)
                self.assertTrue(result.stderr.startswith(f"{path}:2: "), result.stderr)

    def test_passes_words_that_name_no_layer_out_of_reach(self):
        for path, line in NOT_NAMED:
            with self.subTest(path=path, line=line):
                self.assertEqual(self.check_line(path, line).stderr, "")


if __name__ == "__main__":
    unittest.main()
