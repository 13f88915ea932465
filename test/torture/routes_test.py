"""Each call of the system fails once, on each route of the command: WEIR is the command, FAIL_CALL_LIBRARY the
library that lets a call fail.

A run ends by itself, and not by a signal. It exits with 0 only if its output is complete; otherwise it prints why. A
file that is replaced is the old or the new one, whole, and no other file is left. TORTURE_DEPTH is the number of calls
of each kind that fail, one in each run (default 2); 0 is all of them.
"""

import errno
import http.client
import http.server
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: E402, F401, each child ends with its test

WEIR = os.environ.get("WEIR", "weir")
LIBRARY = os.environ.get("FAIL_CALL_LIBRARY", "")
DEPTH = int(os.environ.get("TORTURE_DEPTH", "2"))
PATIENCE = 20

DATA = random.Random(5).randbytes(300_000)
OLD = b"the old file\n"

INPUT = ("EIO", "EINTR")
OUTPUT = ("ENOSPC", "EIO", "EINTR")
PEER = ("ECONNRESET", "EINTR", "ENOBUFS")
CALLS = {
    "open": ("EMFILE", "EACCES", "EINTR"), "open64": ("EMFILE", "EACCES", "EINTR"), "openat": ("EMFILE", "EACCES", "EINTR"),
    "syscall": ("ENOSYS", "EAGAIN", "EACCES"),
    "read": INPUT, "readv": INPUT, "pread": INPUT, "pread64": INPUT, "preadv2": INPUT,
    "write": OUTPUT, "writev": OUTPUT, "pwrite": OUTPUT, "pwrite64": OUTPUT, "pwritev": OUTPUT,
    "close": ("EIO", "EINTR"), "fsync": ("EIO",), "fdatasync": ("EIO",), "syncfs": ("EIO",),
    "fstat": ("EIO",), "stat": ("EACCES",), "fstatat": ("EACCES",), "statx": ("EACCES", "ENOSYS"),
    "fchmod": ("EPERM",), "fchown": ("EPERM",), "fsetxattr": ("ENOTSUP",),
    "fallocate": ("EOPNOTSUPP", "ENOSPC"), "lseek": ("EINVAL",), "dup": ("EMFILE",),
    "copy_file_range": ("EXDEV", "EINVAL", "ENOSPC", "EIO"), "sendfile": ("EINVAL", "EIO"),
    "linkat": ("EPERM", "ENOENT", "ENOSPC"), "renameat": ("EIO", "EACCES"), "renameat2": ("EIO", "EACCES"),
    "unlinkat": ("EACCES",), "readlinkat": ("EACCES",), "waitpid": ("EINTR",),
    "socket": ("EMFILE",), "bind": ("EADDRINUSE",), "listen": ("EADDRINUSE",),
    "connect": ("ECONNREFUSED", "ENETUNREACH"), "accept4": ("EMFILE", "ECONNABORTED", "EINTR"),
    "setsockopt": ("EINVAL",), "getsockname": ("ENOBUFS",), "getpeername": ("ENOTCONN",),
    "send": PEER, "sendmsg": PEER, "recv": PEER, "recvmsg": PEER,
    "getaddrinfo": ("EAGAIN",), "pipe2": ("EMFILE",), "epoll_create1": ("EMFILE",), "eventfd": ("EMFILE",),
    "poll": ("EINTR", "ENOMEM"),
}


class Receiver:
    """A TCP server that keeps the bytes of one connection."""

    def __init__(self, family=socket.AF_INET, address=("127.0.0.1", 0)):
        self.socket = socket.socket(family)
        self.socket.bind(address)
        self.socket.listen()
        self.address = self.socket.getsockname()
        self.data = b""
        self.thread = threading.Thread(target=self.receive, daemon=True)
        self.thread.start()

    def receive(self):
        try:
            connection = self.socket.accept()[0]
            with connection:
                while data := connection.recv(1 << 16):
                    self.data += data
        except OSError:
            pass

    def end(self):
        """The bytes that have come; to be called after the client's end."""
        # If no client has connected, this one ends the wait; otherwise the client comes first.
        with socket.socket(self.socket.family) as last:
            last.connect(self.address)
        self.thread.join(PATIENCE)
        self.socket.close()
        return self.data


class Download(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        try:
            self.wfile.write(DATA)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class RouteTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.reached = self.root / "reached"
        self.folder = self.root / "work"

    def begin(self):
        """The folder of one run: its input, and an output to replace."""
        self.folder.mkdir()
        self.source = self.folder / "in"
        self.out = self.folder / "out"
        self.source.write_bytes(DATA)
        self.out.write_bytes(OLD)

    def clear(self):
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()

    def failing(self, call, at, error):
        self.reached.unlink(missing_ok=True)
        return os.environ | {"LD_PRELOAD": LIBRARY, "FAIL_CALL": call, "FAIL_AT": str(at),
                             "FAIL_WITH": str(getattr(errno, error)), "FAIL_REACHED": str(self.reached)}

    def command(self, environment, *arguments, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        result = subprocess.run([WEIR, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=environment, timeout=PATIENCE, **options)
        self.status, self.output, self.said = result.returncode, result.stdout, result.stderr.decode()

    def start(self, environment, *arguments):
        """Starts a command that says on standard error where it listens; returns the port, or None if it has ended."""
        process = subprocess.Popen([WEIR, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   text=True, env=environment)
        guard = threading.Timer(PATIENCE, process.kill)
        guard.start()
        self.addCleanup(guard.cancel)
        self.process, self.first = process, process.stderr.readline()
        found = re.search(r"(?:listening on|serving) .*:(\d+)/?$", self.first.strip())
        return found and int(found[1])

    def finish(self):
        with self.process.stderr:
            self.said = self.first + self.process.stderr.read()
        self.status = self.process.wait(PATIENCE)

    def sweep(self, run, check):
        """`run(environment)` for each failing call; `check()` afterwards."""
        faults = 0
        for call, errors in CALLS.items():
            for error in errors:
                at = 0
                while DEPTH == 0 or at < DEPTH:
                    at += 1
                    with self.subTest(call=call, error=error, at=at):
                        self.begin()
                        try:
                            run(self.failing(call, at, error))
                            check()
                        finally:
                            self.clear()
                    if not self.reached.exists():
                        break
                    faults += 1
                if at == 1:
                    break  # the route has no such call
        self.assertGreater(faults, 20)

    def assert_ended(self, complete):
        """It succeeded exactly if its output is complete; a failure is named."""
        self.assertIn(self.status, (0, 1, 2), self.said)
        if self.status == 0:
            self.assertTrue(complete, f"exit 0 with incomplete output; said {self.said!r}")
        else:
            self.assertRegex(self.said, r"(?m)^weir: .*[A-Z]", f"exit {self.status} without a reason")

    def assert_replaced_whole(self, new=DATA, old=OLD):
        content = self.out.read_bytes()
        self.assertIn(content, (new, old), f"neither the old nor the new file: {len(content)} bytes")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["in", "out"])
        self.assert_ended(content == new)

    # --- The routes. ---

    def test_lines(self):
        new = b"".join(b"Line %d\n" % i for i in range(5000))
        self.sweep(lambda env: self.command(env, "lines", "5000", self.out, "--sync"),
                   lambda: self.assert_ended(self.out.read_bytes() == new))

    def test_write_on_the_pool(self):
        def run(environment):
            with open(self.source, "rb") as source:
                self.command(environment, "write", self.out, "--pool", stdin=source)
        self.sweep(run, lambda: self.assert_ended(self.out.read_bytes() == DATA))

    def test_copy(self):
        self.sweep(lambda env: self.command(env, "cp", self.source, self.out), self.assert_replaced_whole)

    def test_copy_with_every_byte_and_a_sync(self):
        self.sweep(lambda env: self.command(env, "cp", "--plain", "--sync", self.source, self.out),
                   self.assert_replaced_whole)

    def test_copy_in_place(self):
        self.sweep(lambda env: self.command(env, "cp", "--in-place", self.source, self.out),
                   lambda: self.assert_ended(self.out.read_bytes() == DATA))

    def test_copy_through_gzip_and_back(self):
        self.sweep(lambda env: self.command(env, "cp", "--gunzip", "--gzip", self.packed(), self.out), self.check_packed)

    def packed(self):
        subprocess.run(["gzip", "-n", "--keep", str(self.source)], check=True)
        self.source.with_suffix(".gz").replace(self.source)
        return self.source

    def check_packed(self):
        content = self.out.read_bytes()
        if content != OLD:
            content = subprocess.run(["gzip", "-dc"], input=content, capture_output=True, check=True).stdout
            self.assertEqual(content, DATA)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["in", "out"])
        self.assert_ended(content == DATA)

    def test_copy_to_standard_output(self):
        self.sweep(lambda env: self.command(env, "cp", self.source, "-"),
                   lambda: self.assert_ended(self.output == DATA))

    def send(self, environment, receiver, place):
        try:
            self.command(environment, "cp", self.source, place)
        finally:
            self.received = receiver.end()

    def test_send_over_tcp(self):
        def run(environment):
            receiver = Receiver()
            self.send(environment, receiver, f"tcp://127.0.0.1:{receiver.address[1]}")
        self.sweep(run, lambda: self.assert_ended(self.received == DATA))

    def test_send_over_a_unix_socket(self):
        def run(environment):
            path = str(self.folder / "socket")
            self.send(environment, Receiver(socket.AF_UNIX, path), f"unix:{path}")
        self.sweep(run, lambda: self.assert_ended(self.received == DATA))

    def test_receive_over_tcp(self):
        def run(environment):
            port = self.start(environment, "cp", "tcp-listen://127.0.0.1:0", self.out)
            while port and self.process.poll() is None:  # a connection that cannot be accepted is dropped
                try:
                    with socket.create_connection(("127.0.0.1", port), PATIENCE) as peer:
                        peer.sendall(DATA)
                        peer.shutdown(socket.SHUT_WR)
                        if peer.recv(1) == b"":
                            break
                except OSError:
                    pass
            self.finish()
        self.sweep(run, self.assert_replaced_whole)

    def test_download(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Download)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.sweep(lambda env: self.command(env, "cp", f"http://127.0.0.1:{server.server_port}/", self.out),
                   self.assert_replaced_whole)

    def test_log(self):
        text = b"".join(b"Line %d\n" % i for i in range(3000))

        def check():
            rotated = sorted(self.folder.glob("app.log.0*"))
            log = self.folder / "app.log"
            content = b"".join(path.read_bytes() for path in [*rotated, log] if path.exists())
            self.assertTrue(text.startswith(content), "not a prefix of the input")
            self.assertEqual({path.name for path in self.folder.iterdir()} - {"in", "out", "app.log"},
                             {path.name for path in rotated})
            # A rotation that fails is reported, and the log goes on.
            self.assert_ended(content == text)
        self.sweep(lambda env: self.command(env, "log", self.folder / "app.log", "--rotate", "10K", stdin=self.pipe(text)),
                   check)

    def pipe(self, data):
        ours, theirs = os.pipe()

        def feed():
            try:
                with open(theirs, "wb") as end:
                    end.write(data)
            except BrokenPipeError:
                pass
        threading.Thread(target=feed, daemon=True).start()
        end = open(ours, "rb")
        self.addCleanup(end.close)
        return end

    def test_serve(self):
        """A response is whole, an error status, or cut off; the server answers the next request and ends at SIGINT."""
        def get(address):
            try:
                with urllib.request.urlopen(f"{address}/in", timeout=PATIENCE) as response:
                    return response.status, response.read()
            except urllib.error.HTTPError as error:
                return error.code, b""
            except (OSError, http.client.HTTPException):
                return 0, b""

        def run(environment):
            port = self.start(environment, "serve", self.folder, "--port", "0", "--quiet")
            self.answers = []
            if port:
                self.answers = [get(f"http://127.0.0.1:{port}") for _ in range(3)]
                self.process.send_signal(signal.SIGINT)
            self.finish()

        def check():
            if self.status == -signal.SIGINT:
                for status, body in self.answers:
                    self.assertTrue(status != 200 or body == DATA, "a short body with status 200")
                self.assertIn((200, DATA), self.answers)
            else:
                self.assert_ended(False)
        self.sweep(run, check)


if __name__ == "__main__":
    unittest.main()
