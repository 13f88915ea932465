"""weir serve: a folder's files over HTTP, for Python, curl and clients with malformed requests."""

import hashlib
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import time
import unittest
from email.utils import formatdate, parsedate_to_datetime

from support import PATIENCE, CliTest, bash, lines, open_files, wait_until, weir

CONTENT = lines(100_000)
REQUEST = b"GET /none HTTP/1.1\r\nHost: x\r\n\r\n"
SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT
SOON = 5  # seconds, less than answers under way are waited for
# SIGQUIT leaves none.
resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


class ServeTest(CliTest):
    def setUp(self):
        super().setUp()
        self.root = self.folder / "served"
        self.root.mkdir()
        self.page = self.root / "page.txt"
        self.page.write_bytes(CONTENT)
        os.utime(self.page, (1_000_000_000, 1_000_000_000))  # a new file would have a weak tag
        (self.folder / "secret.txt").write_bytes(b"secret")
        self.port = None

    def serve(self, *options):
        self.server = self.start("serve", self.root, "--port", 0, *options)
        said = self.server.stderr.readline().decode()
        self.port = int(re.search(r":(\d+)/", said)[1])
        return said

    def request(self, target, method="GET", headers={}, body=None):
        """The response, read; its head's lines are in .headers."""
        if self.port is None:
            self.serve()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        response.content = response.read()
        connection.close()
        return response

    def assert_refused(self, response, status):
        self.assertEqual(response.status, status)
        text = {416: "Range Not Satisfiable"}.get(status) or http.client.responses[status]
        self.assertEqual(response.content.decode(), f"{status} {text}\n")

    def raw(self, text):
        """All that is answered to these bytes, after which the client says no more."""
        if self.port is None:
            self.serve()
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as peer:
            peer.sendall(text)
            answered = b""
            while block := peer.recv(1 << 16):
                answered += block
            return answered


class FileTest(ServeTest):
    def test_a_file(self):
        response = self.request("/page.txt")
        self.assertEqual((response.status, response.content), (200, CONTENT))
        self.assertEqual(response.headers["Content-Length"], str(len(CONTENT)))
        self.assertEqual(response.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(response.headers["Accept-Ranges"], "bytes")
        self.assertNotIn("Transfer-Encoding", response.headers)
        modified = parsedate_to_datetime(response.headers["Last-Modified"])
        self.assertEqual(modified.timestamp(), int(self.page.stat().st_mtime))

    def test_an_empty_file(self):
        self.page.write_bytes(b"")
        response = self.request("/page.txt")
        self.assertEqual((response.status, response.content), (200, b""))
        self.assertEqual(response.headers["Content-Length"], "0")

    def test_types(self):
        for name, kind in (("a.html", "text/html; charset=utf-8"), ("a.PNG", "image/png"),
                           ("a.b.json", "application/json"), ("a.unknown", "application/octet-stream"),
                           ("html", "application/octet-stream"), (".css", "text/css; charset=utf-8")):
            (self.root / name).write_bytes(b"x")
            self.assertEqual(self.request(f"/{name}").headers["Content-Type"], kind, name)

    def test_head(self):
        get, head = self.request("/page.txt"), self.request("/page.txt", "HEAD")
        self.assertEqual((head.status, head.content), (200, b""))
        for name in "Content-Length", "Content-Type", "ETag", "Last-Modified":
            self.assertEqual(head.headers[name], get.headers[name])
        self.assertEqual(self.request("/none", "HEAD").status, 404)

    def test_names_that_are_encoded(self):
        for name in "a b.txt", "100%.txt", "käse.txt", "a+b?.txt", "a&'\"<b>.txt", "..hidden":
            (self.root / name).write_bytes(name.encode())
            encoded = "".join(f"%{byte:02x}" for byte in name.encode())
            response = self.request(f"/{encoded}?query=%zz")
            self.assertEqual((response.status, response.content), (200, name.encode()))

    def test_a_file_in_a_folder(self):
        (self.root / "a" / "b").mkdir(parents=True)
        (self.root / "a" / "b" / "c").write_bytes(b"deep")
        for target in "/a/b/c", "//a///b/c", "/./a/./b/c", "http://elsewhere/a/b/c":
            self.assertEqual(self.request(target).content, b"deep", target)
        self.assert_refused(self.request("/page.txt/c"), 404)
        self.assert_refused(self.request("/page.txt/"), 404)

    def test_several_on_one_connection(self):
        (self.root / "small").write_bytes(b"small")
        self.serve()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        for _ in range(3):
            for name, content in ("page.txt", CONTENT), ("small", b"small"):
                connection.request("GET", f"/{name}")
                self.assertEqual(connection.getresponse().read(), content)

    def test_several_that_do_not_wait_for_each_other(self):
        (self.root / "small").write_bytes(b"small")
        answered = self.raw(b"GET /page.txt HTTP/1.1\r\nHost: x\r\n\r\n"
                            b"GET /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertEqual(answered.count(b"HTTP/1.1 200 OK\r\n"), 2)
        self.assertIn(CONTENT + b"HTTP/1.1 200 OK", answered)
        self.assertTrue(answered.endswith(b"\r\n\r\nsmall"))


class RangeTest(ServeTest):
    def range(self, value, **headers):
        headers = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.request("/page.txt", headers={"Range": value} | headers)

    def test_a_part(self):
        size = len(CONTENT)
        for value, first, last in (("bytes=0-0", 0, 0), ("bytes=5-9", 5, 9), ("bytes=100-", 100, size - 1),
                                   ("BYTES=-7", size - 7, size - 1), (f"bytes=-{size + 1}", 0, size - 1),
                                   (f"bytes=10-{size * 2}", 10, size - 1),
                                   (f"bytes={size - 1}-", size - 1, size - 1)):
            with self.subTest(range=value):
                response = self.range(value)
                self.assertEqual((response.status, response.content), (206, CONTENT[first:last + 1]))
                self.assertEqual(response.headers["Content-Range"], f"bytes {first}-{last}/{size}")
                self.assertEqual(response.headers["Content-Length"], str(last + 1 - first))

    def test_a_part_that_is_nowhere(self):
        for value in (f"bytes={len(CONTENT)}-", "bytes=-0", f"bytes={len(CONTENT)}-{len(CONTENT) + 5}",
                      "bytes=99999999999999999999-"):
            response = self.range(value)
            self.assert_refused(response, 416)
            self.assertEqual(response.headers["Content-Range"], f"bytes */{len(CONTENT)}")

    def test_an_invalid_range_or_several_give_the_whole_file(self):
        for value in ("bytes=5-4", "bytes=-", "bytes=a-b", "bytes", "lines=1-2", "bytes=1",
                      "bytes=0-1,5-6", "bytes=--5"):
            with self.subTest(range=value):
                response = self.range(value)
                self.assertEqual((response.status, response.content), (200, CONTENT))

    def test_only_of_the_same_state(self):
        now = self.request("/page.txt").headers
        for condition, status in ((now["ETag"], 206), ('"other"', 200), ("W/" + now["ETag"], 200),
                                  (now["Last-Modified"], 206), (formatdate(0, usegmt=True), 200),
                                  ("yesterday", 200)):
            self.assertEqual(self.range("bytes=0-4", If_Range=condition).status, status, condition)

    def test_head_has_no_parts(self):
        response = self.request("/page.txt", "HEAD", {"Range": "bytes=0-4"})
        self.assertEqual(response.status, 200)
        self.assertEqual(response.headers["Content-Length"], str(len(CONTENT)))


class ConditionTest(ServeTest):
    def status(self, **headers):
        headers = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.request("/page.txt", headers=headers).status

    def test_a_client_with_the_current_file_gets_304(self):
        now = self.request("/page.txt").headers
        response = self.request("/page.txt", headers={"If-None-Match": now["ETag"]})
        self.assertEqual((response.status, response.content), (304, b""))
        self.assertEqual(response.headers["ETag"], now["ETag"])
        self.assertNotIn("Content-Length", response.headers)
        self.assertEqual(self.status(If_None_Match=f'"a", W/{now["ETag"]} ,"b"'), 304)
        self.assertEqual(self.status(If_None_Match="*"), 304)
        self.assertEqual(self.status(If_None_Match='"other"'), 200)
        self.assertEqual(self.status(If_Match='"other"'), 412)
        self.assertEqual(self.status(If_Unmodified_Since=formatdate(0, usegmt=True)), 412)
        # The tag is the better one to ask by.
        self.assertEqual(
            self.status(If_None_Match='"other"', If_Modified_Since=now["Last-Modified"]), 200)

    def test_not_if_it_is_older(self):
        os.utime(self.page, (1_000_000_000, 1_000_000_000))
        for date, status in (("Sun, 09 Sep 2001 01:46:40 GMT", 304), ("Sun, 09 Sep 2001 01:46:39 GMT", 200),
                             ("Sunday, 09-Sep-01 01:46:40 GMT", 304), ("Sun Sep  9 01:46:40 2001", 304),
                             ("Sun, 09 Sep 2001", 200), ("", 200)):
            self.assertEqual(self.status(If_Modified_Since=date), status, date)

    def test_a_file_that_changes_has_another_tag(self):
        before = self.request("/page.txt").headers["ETag"]
        self.page.write_bytes(CONTENT[:-1] + b"!")
        self.assertEqual(self.status(If_None_Match=before), 200)


class FolderTest(ServeTest):
    def test_a_page_of_the_folders_entries(self):
        (self.root / "folder").mkdir()
        name = "<b>&\"'#?%:x.txt"
        (self.root / name).write_bytes(b"odd")
        response = self.request("/")
        self.assertEqual(response.status, 200)
        self.assertEqual(response.headers["Content-Type"], "text/html; charset=utf-8")
        page = response.content.decode()
        self.assertIn('<a href="./folder/">folder/</a>', page)
        self.assertIn("&lt;b&gt;&amp;&quot;&#39;#?%:x.txt</a>", page)
        self.assertNotIn("<b>", page)
        self.assertNotIn("../", page)
        links = re.findall(r'href="\./([^"]*)"', page)
        self.assertEqual([link for link in links if self.request(f"/{link}").content == b"odd"],
                         ["%3Cb%3E%26%22%27%23%3F%25%3Ax.txt"])
        self.assertIn('<a href="../">', self.request("/folder/").content.decode())

    def test_a_folder_without_its_slash_is_elsewhere(self):
        (self.root / "a b" / "evil.com").mkdir(parents=True)
        for target, location in (("/a%20b", "/a%20b/"), ("//a%20b/evil.com", "/a%20b/evil.com/"),
                                 ("///a%20b", "/a%20b/"),
                                 ("/a%20b?c=d/e", "/a%20b/?c=d/e")):
            response = self.request(target)
            self.assertEqual((response.status, response.headers["Location"]), (301, location))

    def test_its_index(self):
        (self.root / "index.html").write_bytes(b"<p>index")
        response = self.request("/")
        self.assertEqual(response.content, b"<p>index")
        self.assertEqual(response.headers["Content-Type"], "text/html; charset=utf-8")


class EscapeTest(ServeTest):
    def test_names_that_lead_up(self):
        for target in ("/../secret.txt", "/..", "/../", "/a/../../secret.txt", "/%2e%2e/secret.txt",
                       "/.%2E/secret.txt", "/./../secret.txt", "/page.txt/../../secret.txt"):
            with self.subTest(target=target):
                self.assert_refused(self.request(target), 403)

    def test_names_that_are_none(self):
        for target in "/..%2fsecret.txt", "/a%2Fb", "/page.txt%00.png", "/%", "/%4", "/%zz", "/%-1":
            with self.subTest(target=target):
                self.assert_refused(self.request(target), 400)

    def test_links(self):
        (self.root / "inside").symlink_to("page.txt")
        (self.root / "whole").symlink_to(self.root / "page.txt")
        (self.root / "up").symlink_to("../secret.txt")
        (self.root / "out").symlink_to(self.folder)
        (self.root / "loop").symlink_to("loop")
        (self.root / "nowhere").symlink_to("none")
        self.assertEqual(self.request("/inside").content, CONTENT)
        self.assertEqual(self.request("/whole").content, CONTENT)
        for target, status in (("/up", 403), ("/out/secret.txt", 403), ("/out/", 403), ("/out", 403),
                               ("/loop", 404), ("/nowhere", 404)):
            with self.subTest(target=target):
                self.assert_refused(self.request(target), status)

    def test_a_folder_whose_name_begins_like_the_one_that_is_served(self):
        other = self.folder / "served-not"
        other.mkdir()
        (other / "secret.txt").write_bytes(b"secret")
        (self.root / "link").symlink_to(other)
        self.assert_refused(self.request("/link/secret.txt"), 403)

    def test_the_folder_may_be_a_link(self):
        real, self.root = self.root, self.folder / "link"
        self.root.symlink_to(real)
        self.assertEqual(self.request("/page.txt").content, CONTENT)

    def test_special_files(self):
        os.mkfifo(self.root / "fifo")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(self.root / "socket"))
        (self.root / "null").symlink_to("/dev/null")
        for name in "fifo", "null", "socket":
            self.assert_refused(self.request(f"/{name}"), 403)


class RefusalTest(ServeTest):
    def test_missing_files(self):
        self.assert_refused(self.request("/none"), 404)
        self.assert_refused(self.request("/" + "a" * 1000), 404)

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_unreadable_files(self):
        self.page.chmod(0)
        self.assert_refused(self.request("/page.txt"), 403)

    def test_other_methods(self):
        for method in "POST", "PUT", "DELETE", "PATCH":
            response = self.request("/page.txt", method, body=b"x" * 100_000)
            self.assert_refused(response, 405)
            self.assertEqual(response.headers["Allow"], "GET, HEAD, OPTIONS")
        self.assertEqual(self.page.read_bytes(), CONTENT)

    def test_options(self):
        response = self.request("/page.txt", "OPTIONS")
        self.assertEqual((response.status, response.headers["Allow"]), (204, "GET, HEAD, OPTIONS"))

    def test_malformed_requests(self):
        self.assertTrue(self.raw(b"hello\r\n\r\n").startswith(b"HTTP/1.1 400 Bad Request\r\n"))
        self.assertEqual(self.request("/page.txt").content, CONTENT)


class StreamTest(ServeTest):
    SIZE = 256 << 20

    def large(self):
        large = self.root / "large"
        with open(large, "wb") as file:
            file.truncate(self.SIZE)
        return large

    def open(self, target):
        peer = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        self.addCleanup(peer.close)
        peer.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return peer

    def memory_peak(self):
        with open(f"/proc/{self.server.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1]) << 10

    def test_slow_readers_cost_no_memory_and_delay_no_other_client(self):
        self.large()
        self.serve()
        slow = [self.open("/large") for _ in range(20)]
        for peer in slow:
            peer.recv(1000)
        self.assertEqual(self.request("/page.txt").content, CONTENT)
        size = 0
        while block := slow[0].recv(1 << 20):
            size += len(block)
        self.assertGreater(size, self.SIZE - 1000)
        if not os.environ.get("WEIR_SANITIZE"):  # which have memory of their own
            self.assertLess(self.memory_peak(), 32 << 20)

    def test_a_client_that_ends_its_side_gets_all_it_asked_for(self):
        self.large()
        self.serve()
        for requests in b"GET /large HTTP/1.0\r\n\r\n", b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 3:
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as peer:
                peer.sendall(requests)
                peer.shutdown(socket.SHUT_WR)
                size = 0
                while block := peer.recv(1 << 20):
                    size += len(block)
            self.assertGreater(size, requests.count(b"GET") * self.SIZE)

    # The file being sent, and the file of the next response, whose turn comes once the first is
    # queued completely.
    def test_many_requests_of_one_client_open_two_files_at_most(self):
        large = str(self.large())
        self.serve()
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as peer:
            peer.settimeout(1)
            try:
                peer.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 1700)
            except TimeoutError:
                pass  # the server reads no more of them
            peer.settimeout(PATIENCE)
            peer.recv(1000)
            self.assertEqual(self.request("/page.txt").content, CONTENT)
            self.assertIn(open_files(self.server.pid).count(large), (1, 2))
            size = 0
            while size < 2 * self.SIZE:
                size += len(peer.recv(1 << 20))
            wait_until(lambda: open_files(self.server.pid).count(large) <= 2,
                       "what was sent is closed, by the thread pool")
        if not os.environ.get("WEIR_SANITIZE"):  # which have memory of their own
            self.assertLess(self.memory_peak(), 32 << 20)

    def test_clients_that_leave_are_let_go(self):
        large = str(self.large())
        self.serve("--json")
        for reset in False, True:
            peer = self.open("/large")
            peer.recv(1000)
            if reset:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()
        wait_until(lambda: large not in open_files(self.server.pid), "the file is closed")
        told = [json.loads(self.server.stdout.readline()) for _ in range(2)]
        self.assertEqual(told, [{"method": "GET", "url": "/large", "status": 200, "complete": False}] * 2)
        self.assertEqual(self.request("/page.txt").content, CONTENT)

    def test_a_file_that_shrinks_is_not_sent_as_whole(self):
        large = self.large()
        self.serve()
        peer = self.open("/large")
        peer.recv(1000)
        os.truncate(large, 1 << 20)
        size = 0
        try:
            while block := peer.recv(1 << 20):
                size += len(block)
        except ConnectionResetError:
            pass
        self.assertLess(size, self.SIZE - 1000)
        self.assertEqual(self.request("/page.txt").content, CONTENT)

    def test_a_file_that_grows_is_sent_as_it_was(self):
        large = self.large()
        self.serve()
        peer = self.open("/large")
        size = len(peer.recv(1 << 16))
        os.truncate(large, self.SIZE + (1 << 20))
        while block := peer.recv(1 << 20):
            size += len(block)
        self.assertLess(size, self.SIZE + 1000)
        self.assertGreaterEqual(size, self.SIZE)

    @unittest.skipUnless(shutil.which("strace"), "there is no strace")
    @unittest.skipIf(os.environ.get("WEIR_SANITIZE"), "a sanitizer is not to be traced")
    def test_the_kernel_sends_a_file(self):
        log = self.folder / "calls"
        if subprocess.run(["strace", "-o", log, "true"], capture_output=True).returncode:
            self.skipTest("nothing can be traced here")
        self.server = self.start("serve", self.root, "--port", 0,
                                 through=["strace", "-D", "-f", "-e", "trace=sendfile", "-o", log])
        self.port = int(re.search(r":(\d+)/", self.server.stderr.readline().decode())[1])
        self.assertEqual(self.request("/page.txt").content, CONTENT)
        part = self.request("/page.txt", headers={"Range": "bytes=1000-199999"}).content
        self.assertEqual(part, CONTENT[1000:200_000])

        def sent():  # strace writes a call down after the client has its bytes
            calls = re.findall(r"sendfile\(.* = (\d+)$", log.read_text(), re.MULTILINE)
            return sum(int(size) for size in calls)

        wait_until(lambda: sent() >= len(CONTENT) + 199_000, "all is sent")
        self.assertEqual(sent(), len(CONTENT) + 199_000)


@unittest.skipUnless(shutil.which("wrk"), "there is no wrk")
class LoadTest(ServeTest):
    """A hundred connections at a time, for a second."""

    def load(self, target, *options):
        (self.root / "hello").write_bytes(b"hello")
        self.serve("--quiet")
        open_files = pathlib.Path(f"/proc/{self.server.pid}/fd")
        before = len(list(open_files.iterdir()))
        result = subprocess.run(
            ["wrk", "--threads", "2", "--connections", "100", "--duration", "1s", *options,
             f"http://127.0.0.1:{self.port}{target}"],
            capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        # wrk prints these lines only after errors.
        self.assertNotIn("Socket errors", result.stdout)
        self.assertNotIn("Non-2xx", result.stdout)
        self.assertGreater(int(re.search(r"(\d+) requests in", result.stdout)[1]), 100)
        self.assertEqual(self.request("/hello").content, b"hello")
        wait_until(lambda: len(list(open_files.iterdir())) == before, "all connections are closed")

    def test_a_small_file(self):
        self.load("/hello")

    def test_a_larger_file(self):
        self.load("/page.txt")

    def test_a_connection_for_each_request(self):
        self.load("/hello", "--header", "Connection: close")


class DescriptorTest(ServeTest):
    def test_it_stays_up_without_free_descriptors(self):
        self.server = self.start("serve", self.root, "--port", 0, "--quiet",
                                 through=["prlimit", "--nofile=32"])
        self.port = int(re.search(r":(\d+)/", self.server.stderr.readline().decode())[1])
        peers = []
        for _ in range(60):
            peer = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
            self.addCleanup(peer.close)
            peer.sendall(b"GET /page.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            peers.append(peer)
        answers = set()
        for peer in peers:
            try:
                answers.add(peer.recv(12))
            except ConnectionResetError:
                answers.add(b"")
            peer.close()
        self.assertIn(b"", answers)  # turned away
        self.assertLessEqual(answers, {b"", b"HTTP/1.1 200", b"HTTP/1.1 500", b"HTTP/1.1 503"})

        def serves():
            try:
                return self.request("/page.txt").content == CONTENT
            except (ConnectionError, http.client.HTTPException):
                return False

        wait_until(serves, "it serves again")


class OptionTest(ServeTest):
    def test_a_file_beside_is_sent_to_clients_that_accept_it(self):
        (self.root / "page.txt.gz").write_bytes(b"gzip")
        self.serve("--precompressed")
        response = self.request("/page.txt", headers={"Accept-Encoding": "gzip;q=0.5, br"})
        self.assertEqual((response.content, response.headers["Content-Encoding"]), (b"gzip", "gzip"))
        self.assertEqual(self.request("/page.txt").content, CONTENT)

    def test_texts_are_compressed_for_clients_that_accept_it(self):
        self.serve("--compress")
        for coding, command in ("gzip", ["gzip", "-dc"]), ("br", ["brotli", "-dc"]), ("zstd", ["zstd", "-dc"]):
            response = self.request("/page.txt", headers={"Accept-Encoding": coding})
            self.assertEqual(response.headers["Content-Encoding"], coding)
            self.assertLess(len(response.content), len(CONTENT))
            plain = subprocess.run(command, input=response.content, capture_output=True, timeout=PATIENCE)
            self.assertEqual(plain.stdout, CONTENT)
        self.assertEqual(self.request("/page.txt").content, CONTENT)

    def test_cache_rules(self):
        self.server = self.start("serve", "--cache", "*.txt=max-age=5, immutable", "--cache", "*=x", self.root,
                                 "--port", 0, "--cache", "*.html=never", "--no-listing")
        self.port = int(re.search(r":(\d+)/", self.server.stderr.readline().decode())[1])
        (self.root / "a.html").write_bytes(b"a")
        self.assertEqual(self.request("/page.txt").headers["Cache-Control"], "max-age=5, immutable")
        self.assertEqual(self.request("/a.html").headers["Cache-Control"], "x")
        self.server.kill()
        self.serve("--cache", "*.txt=max-age=5, immutable", "--cache-control", "no-cache")
        (self.root / "a.html").write_bytes(b"a")
        self.assertEqual(self.request("/page.txt").headers["Cache-Control"], "max-age=5, immutable")
        self.assertEqual(self.request("/a.html").headers["Cache-Control"], "no-cache")

    def test_a_page_of_an_application(self):
        (self.root / "app.html").write_bytes(b"app")
        self.serve("--spa", "app.html", "--no-listing")
        for target in "/users/1", "/":
            self.assertEqual(self.request(target).content, b"app" if target != "/" else b"404 Not Found\n")
        self.assert_refused(self.request("/none.js"), 404)

    def test_other_origins(self):
        self.serve("--cors", "--writable")
        self.assertEqual(self.request("/page.txt").headers["Access-Control-Allow-Origin"], "*")
        self.assertEqual(self.request("/new.txt", "PUT", body=b"new").status, 201)

    def test_one_other_origin(self):
        self.serve("--cors=https://example.org")
        self.assertEqual(self.request("/page.txt").headers["Access-Control-Allow-Origin"], "https://example.org")
        refused = weir("serve", self.root, "--cors=example")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("'example' is not an origin, such as https://example.org", refused.stderr)

    def test_only_users_are_answered(self):
        users = self.folder / "users"
        users.write_text("# a comment\nanna:secret\n")
        self.serve("--auth", users)
        self.assertEqual(self.request("/page.txt").status, 401)
        response = self.request("/page.txt", headers={"Authorization": "Basic YW5uYTpzZWNyZXQ="})
        self.assertEqual((response.status, response.content), (200, CONTENT))

    def test_a_file_of_users_that_has_none(self):
        users = self.folder / "users"
        for text, complaint in ("", "no line NAME:PASSWORD"), ("anna\n", "a line is not NAME:PASSWORD"):
            users.write_text(text)
            server = self.start("serve", self.root, "--port", 0, "--auth", users)
            _, said = server.communicate(timeout=PATIENCE)
            self.assertEqual((server.returncode, said.decode()), (1, f"weir: '{users}': {complaint}\n"))

    def test_an_upload(self):
        self.assert_refused(self.request("/new.txt", "PUT", body=b"new"), 405)
        self.server.kill()
        self.serve("--writable")
        self.assertEqual(self.request("/new.txt", "PUT", body=b"new").status, 201)
        self.assertEqual(self.request("/new.txt", "PUT", body=b"newer").status, 204)
        self.assertEqual((self.root / "new.txt").read_bytes(), b"newer")

    def test_an_upload_beyond_the_limit(self):
        self.serve("--writable", "--max-upload", "1K")
        self.assertEqual(self.request("/new.txt", "PUT", body=bytes(1024)).status, 201)
        self.assertEqual(self.request("/new.txt", "PUT", body=bytes(1025)).status, 413)
        large = self.folder / "large"
        large.write_bytes(bytes(1 << 20))
        copied = weir("cp", large, f"http://127.0.0.1:{self.port}/new.txt")
        self.assertEqual(copied.returncode, 1)
        self.assertIn("413", copied.stderr)
        self.assertEqual((self.root / "new.txt").read_bytes(), bytes(1024))

    def test_weir_uploads_a_file(self):
        self.serve("--writable")
        copied = weir("cp", self.page, f"http://127.0.0.1:{self.port}/copy.txt")
        self.assertEqual(copied.returncode, 0, copied.stderr)
        self.assertEqual((self.root / "copy.txt").read_bytes(), CONTENT)

    def test_an_access_log(self):
        log = self.folder / "access.log"
        for form, line in (("common", rb'127\.0\.0\.1 - - \[.*\] "GET /page\.txt HTTP/1\.1" 200 \d+\n'),
                           ("combined", rb'127\.0\.0\.1 - - \[.*\] "GET /page\.txt HTTP/1\.1" 200 \d+ "-" "x"\n')):
            log.unlink(missing_ok=True)
            self.serve("--access-log", log, "--log-format", form)
            self.request("/page.txt", headers={"User-Agent": "x"})
            wait_until(lambda: log.exists() and log.read_bytes().endswith(b"\n"), "the line is written")
            self.assertRegex(log.read_bytes(), line)
            self.server.send_signal(signal.SIGINT)
            told, _ = self.server.communicate(timeout=PATIENCE)
            self.assertEqual(told, b"")

    def test_an_access_log_of_json_has_all_requests_at_the_end(self):
        log = self.folder / "access.log"
        self.serve("--access-log", log, "--log-format", "json")
        for number in range(20):
            self.request(f"/none{number}")
        self.server.send_signal(signal.SIGINT)
        self.server.communicate(timeout=PATIENCE)
        lines_of_log = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual([line["url"] for line in lines_of_log], [f"/none{number}" for number in range(20)])
        self.assertEqual({line["status"] for line in lines_of_log}, {404})

    def test_an_access_log_that_cannot_be_written(self):
        for options, status, message in (
                (["--access-log", self.folder / "none/log"], 1,
                 f"ENOENT: no such file or directory, open '{self.folder}/none/log'"),
                (["--access-log", "x", "--quiet"], 2, "--quiet excludes --access-log"),
                (["--port", "08x"], 2, "'08x' is not a port")):
            with self.subTest(options=options):
                result = weir("serve", self.root, *options)
                self.assertEqual(result.returncode, status)
                self.assertIn(message, result.stderr)

    def test_a_format_that_is_none(self):
        server = self.start("serve", self.root, "--access-log", "x", "--log-format", "xml")
        _, said = server.communicate(timeout=PATIENCE)
        self.assertEqual(server.returncode, 2)
        self.assertIn("'xml' is not common, combined or json", said.decode())


class CommandTest(ServeTest):
    def test_it_prints_its_url(self):
        said = self.serve()
        self.assertEqual(said, f"weir: serving '{self.root}' at http://127.0.0.1:{self.port}/\n")

    def test_it_prints_its_url_as_json(self):
        told = json.loads(self.serve("--json"))
        self.assertEqual(told, {"serving": str(self.root), "url": f"http://127.0.0.1:{self.port}/"})

    def test_it_logs_every_request(self):
        for target, line in ("/page.txt", b"GET /page.txt 200\n"), ("/no%0Ane", b"GET /no%0Ane 404\n"):
            self.request(target)
            self.assertEqual(self.server.stdout.readline(), line)

    def test_a_stalled_reader_of_the_log_delays_no_client(self):
        self.serve()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        target = "/" + "x" * 10_000
        for _ in range(30):
            connection.request("GET", target)
            self.assertEqual(connection.getresponse().read(), b"404 Not Found\n")
        connection.close()
        self.server.send_signal(signal.SIGINT)
        told, _ = self.server.communicate(timeout=PATIENCE)
        line = f"GET {target} 404\n"
        left_out = re.findall(r"^\((\d+) more\)\n", told.decode(), re.MULTILINE)
        self.assertGreater(len(left_out), 0)
        self.assertEqual(told.decode().count(line) + sum(map(int, left_out)), 30)
        self.assertEqual(len(told), told.decode().count(line) * len(line) +
                         sum(len(f"({count} more)\n") for count in left_out))

    def test_a_log_without_a_reader(self):
        self.serve()
        self.server.stdout.close()
        for _ in range(3):
            self.assertEqual(self.request("/page.txt").content, CONTENT)

    def test_quiet(self):
        self.serve("--quiet")
        self.request("/page.txt")
        self.server.send_signal(signal.SIGINT)
        self.assertEqual(self.server.communicate(timeout=PATIENCE), (b"", b""))

    def test_an_interrupt_ends_it_once_all_is_sent(self):
        large = self.root / "large"
        with open(large, "wb") as file:
            file.truncate(64 << 20)
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(signal=number):
                self.serve()
                idle = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                self.addCleanup(idle.close)
                idle.request("GET", "/page.txt")
                idle.getresponse().read()
                with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as peer:
                    peer.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
                    size = len(peer.recv(1000))
                    self.server.send_signal(number)
                    # The server accepts no more connections.
                    wait_until(self.is_refused, "it does not listen")
                    while block := peer.recv(1 << 20):
                        size += len(block)
                self.assertGreaterEqual(size, 64 << 20)
                self.assertEqual(self.server.wait(PATIENCE), -number)
                self.assertEqual(self.server.stdout.read(),
                                 b"GET /page.txt 200\nGET /large 200\n")

    def test_an_interrupt_does_not_wait_for_half_a_request(self):
        for number in SIGNALS:
            with self.subTest(signal=number):
                self.serve()
                peers = []
                for said in b"", b"GET /page", b"GET / HTTP/1.1\r\nHost", REQUEST, REQUEST + b"GET":
                    peer = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
                    self.addCleanup(peer.close)
                    peer.sendall(said)
                    if REQUEST in said:
                        self.assertEqual(peer.recv(12), b"HTTP/1.1 404")
                    peers.append(peer)
                for _ in range(2):
                    self.assertEqual(self.server.stdout.readline(), b"GET /none 404\n")
                self.server.send_signal(number)
                self.assertEqual(self.server.wait(SOON), -number)
                self.assertEqual(self.server.stdout.read(), b"")

    def test_a_reader_that_stalls_is_waited_for_until_the_grace_is_over(self):
        large = self.root / "large"
        with open(large, "wb") as file:
            file.truncate(64 << 20)
        self.serve()
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as peer:
            peer.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            peer.recv(1000)
            start = time.monotonic()
            self.server.send_signal(signal.SIGTERM)
            self.assertEqual(self.server.wait(PATIENCE), -signal.SIGTERM)
            self.assertGreaterEqual(time.monotonic() - start, 9.5)
            self.assertLess(time.monotonic() - start, 9.5 + SOON)
        self.assertEqual(self.server.stdout.read(), b"GET /large 200 incomplete\n")

    def test_a_log_that_is_not_read_is_not_waited_for(self):
        self.serve()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        for _ in range(30):
            connection.request("GET", "/" + "x" * 10_000)
            connection.getresponse().read()
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(SOON), -signal.SIGTERM)

    def is_refused(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
            return False
        except (ConnectionRefusedError, ConnectionResetError):
            return True

    def test_no_such_folder(self):
        missing = self.folder / "missing"
        self.assert_fails(weir("serve", missing), 1,
                          f"ENOENT: no such file or directory, open '{missing}'")
        self.assert_fails(weir("serve", self.page), 1, f"ENOTDIR: not a directory, open '{self.page}'")

    def test_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            self.assert_fails(weir("serve", self.root, "--port", port), 1,
                              f"listen EADDRINUSE: address already in use 127.0.0.1:{port}")

    def test_a_port_that_is_none(self):
        for port in "http", "-1", "65536":
            result = weir("serve", self.root, "--port", port)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn("--port", result.stderr)


class ThreadsTest(CommandTest):
    """The same with several threads."""

    THREADS = 3

    def serve(self, *options):
        return super().serve("--threads", self.THREADS, *options)

    def test_connections_are_served_and_logged_by_all_threads(self):
        self.serve()
        connections = [http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                       for _ in range(60)]
        for _ in range(2):
            for connection in connections:
                connection.request("GET", "/page.txt")
            for connection in connections:
                self.assertEqual(connection.getresponse().read(), CONTENT)
        tasks = list(pathlib.Path(f"/proc/{self.server.pid}/task").iterdir())
        self.assertGreaterEqual(len(tasks), self.THREADS)
        self.server.send_signal(signal.SIGINT)
        told, _ = self.server.communicate(timeout=PATIENCE)
        self.assertEqual(told, b"GET /page.txt 200\n" * 120)
        for connection in connections:
            connection.close()

    def test_an_interrupt_sends_the_unfinished_responses_of_all_threads(self):
        large = self.root / "large"
        with open(large, "wb") as file:
            file.truncate(8 << 20)
        self.serve()
        peers = [socket.create_connection(("127.0.0.1", self.port), PATIENCE) for _ in range(24)]
        for peer in peers:
            self.addCleanup(peer.close)
            peer.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(peer.recv(12), b"HTTP/1.1 200")
        self.server.send_signal(signal.SIGTERM)
        for peer in peers:
            size = 0
            while block := peer.recv(1 << 20):
                size += len(block)
            self.assertGreaterEqual(size, 8 << 20)
        self.assertEqual(self.server.wait(PATIENCE), -signal.SIGTERM)

    def test_a_number_of_threads_that_is_none(self):
        for number in "many", "-1", "100000":
            result = weir("serve", self.root, "--threads", number)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn("--threads", result.stderr)


@unittest.skipUnless(shutil.which("curl"), "there is no curl")
class CurlTest(ServeTest):
    def curl(self, script):
        self.serve()
        return bash(f'cd "$FOLDER" && URL=http://127.0.0.1:$PORT && {script}', PORT=self.port,
                    FOLDER=self.folder)

    def test_it_downloads_a_file_and_resumes(self):
        result = self.curl('''curl -sf "$URL/page.txt" -o whole && head -c 1000 whole > part &&
            curl -sf -C - "$URL/page.txt" -o part && sha256sum < whole && sha256sum < part''')
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, f"{hashlib.sha256(CONTENT).hexdigest()}  -\n" * 2)

    def test_it_gets_304_for_a_current_file(self):
        result = self.curl('''curl -sf -R "$URL/page.txt" -o whole &&
            curl -sf -z whole "$URL/page.txt" -w "%{http_code} %{size_download}"''')
        self.assertEqual((result.returncode, result.stdout), (0, "304 0"))

    def test_its_requests_are_sent_as_given(self):
        result = self.curl('curl -s --path-as-is "$URL/../secret.txt"')
        self.assertEqual(result.stdout, "403 Forbidden\n")
        result = self.curl('curl -s -I "$URL/page.txt" | head -n 1')
        self.assertEqual(result.stdout, "HTTP/1.1 200 OK\r\n".replace("\r\n", "\n"))


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
class SecureServeTest(ServeTest):
    def setUp(self):
        super().setUp()
        self.cert, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.key, "-out",
                        self.cert, "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, capture_output=True)

    def test_a_file(self):
        said = self.serve("--cert", self.cert, "--key", self.key)
        self.assertIn(f" at https://127.0.0.1:{self.port}/", said)
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=PATIENCE,
            context=ssl.create_default_context(cafile=self.cert))
        self.addCleanup(connection.close)
        for _ in range(2):
            connection.request("GET", "/page.txt")
            self.assertEqual(connection.getresponse().read(), CONTENT)
        self.server.send_signal(signal.SIGINT)
        self.assertEqual(self.server.wait(PATIENCE), -signal.SIGINT)

    @unittest.skipUnless(shutil.which("curl"), "there is no curl")
    def test_curl_asks_for_a_part(self):
        self.serve("--cert", self.cert, "--key", self.key)
        result = bash('curl -sS --noproxy "*" --cacert "$CERT" -r 5-10 "https://127.0.0.1:$PORT/page.txt"',
                      CERT=self.cert, PORT=self.port)
        self.assertEqual((result.returncode, result.stdout.encode()), (0, CONTENT[5:11]))

    def test_weir_copies_it(self):
        self.serve("--cert", self.cert, "--key", self.key)
        self.assert_done(weir("cp", f"https://127.0.0.1:{self.port}/page.txt", self.file, "--ca",
                              self.cert))
        self.assertEqual(self.file.read_bytes(), CONTENT)

    def test_an_interrupt_does_not_wait_for_a_handshake(self):
        self.serve("--cert", self.cert, "--key", self.key)
        for said in b"", b"\x16\x03\x01":
            peer = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
            self.addCleanup(peer.close)
            peer.sendall(said)
        wait_until(lambda: sum(name.startswith("socket:")
                               for name in open_files(self.server.pid)) >= 3, "it has accepted")
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(SOON), -signal.SIGTERM)

    def test_a_client_without_tls_gets_no_response(self):
        self.serve("--cert", self.cert, "--key", self.key)
        self.assertNotIn(b"HTTP/", self.raw(b"GET /page.txt HTTP/1.1\r\nHost: x\r\n\r\n"))
        self.assertIsNone(self.server.poll())

    def test_certificates_that_are_none(self):
        result = weir("serve", self.root, "--cert", self.page)
        self.assert_fails(result, 1, f"no certificate found in '{self.page}'")
        result = weir("serve", self.root, "--key", self.key)
        self.assertEqual(result.returncode, 2)
        self.assertIn("--key requires --cert", result.stderr)


if __name__ == "__main__":
    unittest.main()
