"""weir cp from and to URLs, with Python's HTTP server at the other end."""

import hashlib
import http.server
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import unittest

from network_test import CONTENT, NetworkTest
from support import PATIENCE, bash, weir


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if length := self.headers.get("Content-Length"):
            return self.rfile.read(int(length))
        received = bytearray()
        while size := int(self.rfile.readline(), 16):
            received += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(received)

    def answer(self, status, content=b"", length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        if self.path == "/there":
            self.answer(200, CONTENT)
        elif self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for begin in range(0, len(CONTENT), 100_000):
                piece = CONTENT[begin:begin + 100_000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        elif self.path == "/until-the-end":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CONTENT)
            self.close_connection = True
        elif self.path == "/malformed":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\nzz\r\n")
            self.close_connection = True
        elif self.path == "/cut":
            self.answer(200, CONTENT[:1000], len(CONTENT))
            self.close_connection = True
        else:
            self.answer(404, b"no such thing")

    def put(self):
        if self.path == "/refused":
            self.answer(403, b"not for you")
            self.close_connection = True
            return
        body = self.body()
        self.server.received.append((self.command, self.path, body))
        self.server.lengths.append(self.headers.get("Content-Length"))
        self.answer(500 if self.path == "/fails" else 201)

    do_PUT = put
    do_POST = put


class WebTest(NetworkTest):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.received = []
        self.server.lengths = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def url(self, path, scheme="http"):
        return f"{scheme}://127.0.0.1:{self.server.server_port}{path}"

    def test_a_source(self):
        for path in "/there", "/chunked", "/until-the-end":
            with self.subTest(path=path):
                self.assert_done(weir("cp", self.url(path), self.file))
                self.assertEqual(self.file.read_bytes(), CONTENT)
                self.file.unlink()

    def test_several_sources_and_a_tee(self):
        tee = self.folder / "tee"
        self.assert_done(weir("cp", self.url("/there"), self.source, self.file, "--tee", tee))
        self.assertEqual(self.file.read_bytes(), CONTENT * 2)
        self.assertEqual(tee.read_bytes(), CONTENT * 2)

    def test_to_standard_output(self):
        result = bash('"$WEIR" cp "$URL" - | sha256sum', URL=self.url("/there"))
        self.assertTrue(result.stdout.startswith(hashlib.sha256(CONTENT).hexdigest()), result)

    def test_schemes_have_no_case(self):
        self.assert_done(weir("cp", self.url("/there", "HTTP"), self.url("/put", "Http")))
        self.assertEqual(self.server.received[0][2], CONTENT)

    def lengths(self, *arguments, **options):
        """The Content-Length that the server was sent, and the body."""
        self.server.lengths.clear()
        self.server.received.clear()
        self.assert_done(weir("cp", *arguments, self.url("/put"), **options))
        return self.server.lengths, self.server.received[0][2]

    def test_an_upload_of_known_size_has_a_content_length(self):
        size = str(len(CONTENT))
        self.source.write_bytes(CONTENT)
        other = self.folder / "other"
        other.write_bytes(b"other")
        for options in [], ["--plain"], ["--pool"], ["--post"], ["--tee=/dev/null"]:
            with self.subTest(options=options):
                self.assertEqual(self.lengths(self.source, *options), ([size], CONTENT))
        self.assertEqual(self.lengths(other, self.source, other),
                         ([str(len(CONTENT) + 10)], b"other" + CONTENT + b"other"))
        with open(self.source, "rb") as given:
            os.lseek(given.fileno(), 1000, os.SEEK_SET)
            self.assertEqual(self.lengths("-", stdin=given),
                             ([str(len(CONTENT) - 1000)], CONTENT[1000:]))

    def test_an_upload_of_unknown_size_comes_in_chunks(self):
        self.source.write_bytes(CONTENT)
        self.assertEqual(self.lengths("-", input="typed"), ([None], b"typed"))
        self.assertEqual(self.lengths(self.url("/there")), ([None], CONTENT))
        lengths, content = self.lengths(self.source, "--gzip")
        self.assertEqual(lengths, [None])
        self.assertLess(len(content), len(CONTENT))
        # The kernel's files have no size, or a wrong one.
        for path in "/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled":
            if os.path.exists(path):
                with open(path, "rb") as file:
                    self.assertEqual(self.lengths(path), ([None], file.read()))

    def test_an_empty_upload(self):
        self.source.write_bytes(b"")
        self.assertEqual(self.lengths(self.source)[1], b"")

    def upload_that_changes(self, change, *options):
        """The body that the server reads after the source has changed; the result."""
        with open(self.source, "wb") as file:
            file.truncate(32 << 20)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
            process = self.start("cp", self.source, url, *options)
            peer = listener.accept()[0]
            with peer, peer.makefile("rb") as reader:
                while reader.readline() != b"\r\n":
                    pass
                change()
                size = 0
                try:
                    while size < 32 << 20 and (block := reader.read1(1 << 20)):
                        size += len(block)
                    peer.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
                    peer.shutdown(socket.SHUT_WR)
                    size += len(reader.read())
                except OSError:
                    pass  # it was reset
            _, said = process.communicate(timeout=PATIENCE)
        return size, process.returncode, said.decode()

    def test_a_source_that_grows_is_sent_as_it_was(self):
        def grow():
            with open(self.source, "ab") as file:
                file.write(b"more" * 1000)
        for options in [], ["--plain"]:
            with self.subTest(options=options):
                self.assertEqual(self.upload_that_changes(grow, *options), (32 << 20, 0, ""))

    def test_a_source_that_shrinks_is_an_error(self):
        for options in [], ["--plain"]:
            with self.subTest(options=options):
                size, status, said = self.upload_that_changes(
                    lambda: os.truncate(self.source, 0), *options)
                self.assertLess(size, 32 << 20)
                self.assertEqual(status, 1)
                self.assertRegex(said, rf"^weir: the file shrank while it was read: \d+ bytes instead of "
                                       rf"{32 << 20}, '{self.source}'\n$")

    def test_a_source_that_is_not_there(self):
        url = self.url("/missing")
        self.assert_fails(weir("cp", url, self.file), 1, f"404 Not Found, '{url}'")
        self.assertFalse(self.file.exists())

    def test_a_source_that_breaks_off(self):
        self.file.write_bytes(b"old")
        result = weir("cp", self.url("/cut"), self.file)
        self.assertEqual(result.returncode, 1)
        self.assertIn("ECONNRESET", result.stderr)
        self.assertEqual(self.file.read_bytes(), b"old")
        self.assertEqual(self.others(), [])

    def test_a_malformed_answer_has_its_reason(self):
        self.file.write_bytes(b"old")
        result = weir("cp", self.url("/malformed"), self.file)
        self.assertEqual(result.returncode, 1)
        self.assertIn("HPE_INVALID_CHUNK_SIZE: Parse Error: Invalid character in chunk size",
                      result.stderr)
        self.assertEqual(self.file.read_bytes(), b"old")

    def test_a_port_without_a_server(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = "http://127.0.0.1:%d/x" % nobody.getsockname()[1]
        for words in (url, self.file), (self.source, url):
            result = weir("cp", *words)
            self.assertEqual(result.returncode, 1)
            self.assertIn("connect ECONNREFUSED 127.0.0.1:", result.stderr)
        self.assertFalse(self.file.exists())

    def test_a_password_with_a_comma_is_not_shown(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = "http://ann:s3,cret@127.0.0.1:%d/x" % nobody.getsockname()[1]
        result = weir("cp", url, self.file)
        self.assertEqual(result.returncode, 1)
        self.assertNotIn("s3", result.stderr)

    def test_invalid_urls(self):
        for words in ("http://[", self.file), (self.source, "http://["):
            result = weir("cp", *words)
            self.assertEqual(result.returncode, 1)
            self.assertIn("Invalid URL", result.stderr)

    def test_a_destination(self):
        self.assert_done(weir("cp", self.source, self.url("/new")))
        self.assert_done(weir("cp", self.source, self.url("/form"), "--post"))
        self.assertEqual(self.server.received,
                         [("PUT", "/new", CONTENT), ("POST", "/form", CONTENT)])

    def test_the_summary_has_the_bytes_sent(self):
        result = weir("cp", self.source, self.url("/new"), "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        figures = json.loads(result.stdout)
        self.assertEqual(figures["destinations"][0]["bytes"], len(CONTENT))

    def test_a_destination_that_refuses(self):
        for path, status in ("/refused", "403 Forbidden"), ("/fails", "500 Internal Server Error"):
            with self.subTest(path=path):
                url = self.url(path)
                self.source.write_bytes(b"little")
                self.assert_fails(weir("cp", self.source, url), 1, f"{status}, '{url}'")

    @unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
    def test_encrypted(self):
        cert, key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                        "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        url = self.url("/there", "https")
        self.assert_done(weir("cp", url, self.file, "--ca", cert))
        self.assertEqual(self.file.read_bytes(), CONTENT)
        self.assert_done(weir("cp", self.source, self.url("/new", "https"), "--insecure"))
        self.assertEqual(self.server.received, [("PUT", "/new", CONTENT)])
        result = weir("cp", url, self.file)
        self.assertEqual(result.returncode, 1)
        self.assertIn("DEPTH_ZERO_SELF_SIGNED_CERT", result.stderr)
        # The server closes without close_notify, so an attacker could have cut the response.
        result = weir("cp", self.url("/until-the-end", "https"), self.file, "--ca", cert)
        self.assertEqual(result.returncode, 1)
        self.assertIn("ERR_SSL_UNEXPECTED_EOF_WHILE_READING", result.stderr)


class RawServer:
    """Sends these bytes to each request, then calls `close`."""

    def __init__(self, test, answer, reads_body=False, close=socket.socket.close):
        self.answer, self.reads_body, self.close = answer, reads_body, close
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d/x" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        test.addCleanup(self.stop)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self.talk(connection)
                except OSError:
                    pass  # the client has closed the connection

    def talk(self, connection):
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(1000)
        if self.reads_body:
            head, body = received.split(b"\r\n\r\n", 1)
            left = int(re.search(rb"Content-Length: (\d+)", head)[1]) - len(body)
            while left > 0:
                left -= len(connection.recv(left))
        connection.sendall(self.answer)
        self.close(connection)


def read_slowly_after_end(connection):
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(1 << 16):
        pass


def answer(status, *lines, body=b""):
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


class AnswerTest(NetworkTest):
    """A response that does not answer the request is a failure."""

    UPGRADE = "Connection: Upgrade", "Upgrade: x"
    WHOLE = answer("200 OK", "Content-Length: 5", body=b"whole")

    def assert_refused(self, result, url, *why):
        self.assertEqual((result.returncode, result.stdout), (1, ""), result)
        for word in (*why, url):
            self.assertIn(word, result.stderr)

    def test_statuses_of_incomplete_sources(self):
        for status in ("201 Created", "202 Accepted", "204 No Content", "205 Reset Content",
                       "206 Partial Content", "207 Multi-Status", "208 Already Reported",
                       "226 IM Used", "299 Other", "300 Multiple Choices", "302 Found",
                       "304 Not Modified", "404 Not Found", "500 Internal Server Error"):
            bare = status[:3] in ("204", "205", "304")
            body = b"" if bare else b"part"
            server = RawServer(self, answer(status, f"Content-Length: {len(body)}",
                                            "Content-Range: bytes 0-3/99", body=body))
            with self.subTest(status=status):
                self.file.write_bytes(b"old")
                self.assert_refused(weir("cp", server.url, self.file), server.url, status)
                self.assertEqual(self.file.read_bytes(), b"old")
                self.assertEqual(self.others(), [])

    def test_a_server_that_switches_protocols_unasked(self):
        for lines in self.UPGRADE, ():
            server = RawServer(self, answer("101 Switching Protocols", *lines, body=b"other"),
                               close=read_slowly_after_end)
            with self.subTest(lines=lines):
                self.assert_refused(weir("cp", server.url, self.file), server.url,
                                    "101 Switching Protocols")
                self.assertFalse(self.file.exists())
                self.source.write_bytes(CONTENT * 20)
                self.assert_refused(weir("cp", self.source, server.url), server.url,
                                    "101 Switching Protocols")

    def test_framings_of_incomplete_sources(self):
        chunked = "Transfer-Encoding: chunked"
        for name, text, why in (
            ("nothing", b"", "socket hang up"),
            ("half a head", b"HTTP/1.1 200 OK\r\nContent-", ""),
            ("an interim answer alone", answer("100 Continue"), "socket hang up"),
            ("less than its length", answer("200 OK", "Content-Length: 9", body=b"part"), ""),
            ("no last chunk", answer("200 OK", chunked, body=b"4\r\npart\r\n"), ""),
            ("half a chunk", answer("200 OK", chunked, body=b"9\r\npart"), ""),
            ("no chunk", answer("200 OK", chunked, body=b"4\r\npart\r\nzz\r\n"), "HPE_"),
            ("a coding", answer("200 OK", "Transfer-Encoding: gzip", body=b"part"),
             "Transfer-Encoding: gzip"),
            ("a coding in chunks", answer("200 OK", "Transfer-Encoding: gzip, chunked",
                                          body=b"4\r\npart\r\n0\r\n\r\n"),
             "Transfer-Encoding: gzip, chunked"),
        ):
            server = RawServer(self, text)
            with self.subTest(framing=name):
                self.file.write_bytes(b"old")
                self.assert_refused(weir("cp", server.url, self.file), server.url, why)
                self.assertEqual(self.file.read_bytes(), b"old")
                self.assertEqual(self.others(), [])

    def test_complete_sources(self):
        for text in (self.WHOLE,
                     answer("203 Non-Authoritative Information", "Content-Length: 5", body=b"whole"),
                     answer("200 OK", "Transfer-Encoding: Chunked",
                            body=b"5\r\nwhole\r\n0\r\n\r\n"),
                     answer("200 OK", "Connection: close", body=b"whole"),
                     answer("103 Early Hints") + self.WHOLE):
            with self.subTest(answer=text):
                self.assert_done(weir("cp", RawServer(self, text).url, self.file))
                self.assertEqual(self.file.read_bytes(), b"whole")

    def test_an_early_refusal_is_reported(self):
        self.source.write_bytes(CONTENT * 20)
        server = RawServer(self, answer("401 Unauthorized", "Connection: close",
                                        "Content-Length: 4", body=b"nope"))
        for _ in range(20):
            self.assert_fails(weir("cp", self.source, server.url), 1,
                              f"401 Unauthorized, '{server.url}'")

    def test_responses_that_do_not_accept_the_whole_upload(self):
        self.source.write_bytes(CONTENT)
        for status in ("206 Partial Content", "207 Multi-Status", "302 Found", "409 Conflict"):
            server = RawServer(self, answer(status, "Content-Length: 0"), reads_body=True)
            with self.subTest(status=status):
                self.assert_fails(weir("cp", self.source, server.url), 1,
                                  f"{status}, '{server.url}'")

    def test_a_success_that_comes_before_all_was_taken(self):
        self.source.write_bytes(CONTENT * 20)
        for name, close in ("close", socket.socket.close), ("end", read_slowly_after_end):
            server = RawServer(self, answer("200 OK", "Content-Length: 0"), close=close)
            with self.subTest(then=name):
                self.assert_refused(weir("cp", self.source, server.url), server.url)

    def test_a_server_that_closes_instead_of_answering(self):
        server = RawServer(self, b"", reads_body=True)
        self.assert_refused(weir("cp", self.source, server.url), server.url, "socket hang up")

    def test_responses_that_accept_an_upload(self):
        for status in "200 OK", "201 Created", "202 Accepted", "204 No Content":
            lines = () if status.startswith("204") else ("Content-Length: 0",)
            server = RawServer(self, answer(status, *lines), reads_body=True)
            with self.subTest(status=status):
                self.assert_done(weir("cp", self.source, server.url))


if __name__ == "__main__":
    unittest.main()
