"""weir cp from and to URLs, with Python's HTTP server at the other end."""

import hashlib
import http.server
import json
import shutil
import socket
import ssl
import subprocess
import threading
import unittest

from network_test import CONTENT, NetworkTest
from support import bash, weir


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
        self.answer(500 if self.path == "/fails" else 201)

    do_PUT = put
    do_POST = put


class WebTest(NetworkTest):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.received = []
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

    def test_sources_behind_each_other_and_a_tee(self):
        tee = self.folder / "tee"
        self.assert_done(weir("cp", self.url("/there"), self.source, self.file, "--tee", tee))
        self.assertEqual(self.file.read_bytes(), CONTENT * 2)
        self.assertEqual(tee.read_bytes(), CONTENT * 2)

    def test_to_standard_output(self):
        result = bash('"$WEIR" cp "$URL" - | sha256sum', URL=self.url("/there"))
        self.assertTrue(result.stdout.startswith(hashlib.sha256(CONTENT).hexdigest()), result)

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

    def test_nobody_is_there(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = "http://127.0.0.1:%d/x" % nobody.getsockname()[1]
        for words in (url, self.file), (self.source, url):
            result = weir("cp", *words)
            self.assertEqual(result.returncode, 1)
            self.assertIn("connect ECONNREFUSED 127.0.0.1:", result.stderr)
        self.assertFalse(self.file.exists())

    def test_what_is_no_url(self):
        for words in ("http://[", self.file), (self.source, "http://["):
            result = weir("cp", *words)
            self.assertEqual(result.returncode, 1)
            self.assertIn("Invalid URL", result.stderr)

    def test_a_destination(self):
        self.assert_done(weir("cp", self.source, self.url("/new")))
        self.assert_done(weir("cp", self.source, self.url("/form"), "--post"))
        self.assertEqual(self.server.received,
                         [("PUT", "/new", CONTENT), ("POST", "/form", CONTENT)])

    def test_says_how_much_it_was(self):
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
        # The server goes without TLS's end, so this one's could have been anybody's doing.
        result = weir("cp", self.url("/until-the-end", "https"), self.file, "--ca", cert)
        self.assertEqual(result.returncode, 1)
        self.assertIn("ECONNRESET: aborted", result.stderr)


if __name__ == "__main__":
    unittest.main()
