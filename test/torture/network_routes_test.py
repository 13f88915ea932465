"""Each call of the system fails once, on the routes from and to other programs; see sweep.py."""

import http.client
import http.server
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

from sweep import DATA, PATIENCE, WEIR, SweepTest

import nats_server  # after sweep, which puts test/support on the path

LINES = b"".join(b"Line %d\n" % i for i in range(500))


class Receiver:
    """A server that keeps the bytes of one connection; over TLS with a `context`."""

    def __init__(self, family=socket.AF_INET, address=("127.0.0.1", 0), context=None):
        self.context = context
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
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                while data := connection.recv(1 << 16):
                    self.data += data
                if self.context:
                    connection.unwrap()  # answers the client's close_notify
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


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        try:
            self.wfile.write(DATA)
        except OSError:
            pass

    def do_PUT(self):
        self.server.body = b""
        try:
            self.server.body = self.body()
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()
        except OSError:
            pass

    def body(self):
        if length := self.headers.get("Content-Length"):
            return self.rfile.read(int(length))
        received = b""
        while size := int(self.rfile.readline() or b"0", 16):
            received += self.rfile.read(size)
            self.rfile.readline()
        return received

    def log_message(self, *_):
        pass


class NetworkSweepTest(SweepTest):
    def send(self, environment, receiver, place, *options):
        try:
            self.command(environment, "cp", self.source, place, *options)
        finally:
            self.received = receiver.end()

    def receive(self, send, environment, *arguments):
        """The command listens, and `send(peer)` sends it everything; True: the command has said that it has it."""
        port = self.start(environment, "cp", *arguments, self.out)
        while port and self.process.poll() is None:  # a connection that cannot be accepted is dropped
            try:
                with socket.create_connection(("127.0.0.1", port), PATIENCE) as peer:
                    if send(peer):
                        break
            except OSError:
                pass
        self.finish()

    def web_server(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.body = b""
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server

    def serve(self, scheme, *options, context=None):
        """A response is whole, an error status, or cut off; the server answers the next request and ends at SIGINT."""
        def get(port):
            try:
                with urllib.request.urlopen(f"{scheme}://127.0.0.1:{port}/in", timeout=PATIENCE,
                                            context=context) as response:
                    return response.status, response.read()
            except urllib.error.HTTPError as error:
                return error.code, b""
            except (OSError, http.client.HTTPException):
                return 0, b""

        def run(environment):
            port = self.start(environment, "serve", self.folder, "--port", "0", "--quiet", *options)
            self.answers = []
            if port:
                self.answers = [get(port) for _ in range(3)]
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


class NetworkRouteTest(NetworkSweepTest):
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
        def send(peer):
            peer.sendall(DATA)
            peer.shutdown(socket.SHUT_WR)
            return peer.recv(1) == b""
        self.sweep(lambda env: self.receive(send, env, "tcp-listen://127.0.0.1:0"), self.assert_replaced_whole)

    def test_download(self):
        server = self.web_server()
        self.sweep(lambda env: self.command(env, "cp", f"http://127.0.0.1:{server.server_port}/", self.out),
                   self.assert_replaced_whole)

    def test_upload(self):
        server = self.web_server()
        self.sweep(lambda env: self.command(env, "cp", self.source, f"http://127.0.0.1:{server.server_port}/"),
                   lambda: self.assert_ended(server.body == DATA))

    def test_serve(self):
        self.serve("http")


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
class TlsRouteTest(NetworkSweepTest):
    def setUp(self):
        super().setUp()
        self.cert, self.key = self.root / "cert.pem", self.root / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", self.key, "-out", self.cert, "-subj", "/CN=test", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        self.identity = "--cert", self.cert, "--key", self.key
        self.client = ssl.create_default_context(cafile=self.cert)

    def test_send_over_tls(self):
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(self.cert, self.key)

        def run(environment):
            receiver = Receiver(context=server)
            self.send(environment, receiver, f"tls://127.0.0.1:{receiver.address[1]}", "--ca", self.cert)
        self.sweep(run, lambda: self.assert_ended(self.received == DATA))

    def test_receive_over_tls(self):
        def send(peer):
            with self.client.wrap_socket(peer, server_hostname="127.0.0.1") as encrypted:
                encrypted.sendall(DATA)
                # unwrap() says the end, and waits for that of the command.
                encrypted.unwrap()
            return True
        self.sweep(lambda env: self.receive(send, env, "tls-listen://127.0.0.1:0", *self.identity),
                   self.assert_replaced_whole)

    def test_serve_over_tls(self):
        self.serve("https", *self.identity, context=self.client)


@unittest.skipUnless(nats_server.is_usable(WEIR), "nats-server is not installed, or weir was built without NATS")
class NatsRouteTest(SweepTest):
    def setUp(self):
        super().setUp()
        self.port = nats_server.start(self, self.root)
        self.runs = 0

    def place(self, name):
        return f"nats://127.0.0.1:{self.port}/{name}"

    def weir(self, *arguments):
        return subprocess.run([WEIR, *map(str, arguments)], capture_output=True, check=True, timeout=PATIENCE)

    def test_publish_to_nats(self):
        def run(environment):
            self.runs += 1
            self.source.write_bytes(LINES)
            self.command(environment, "cp", self.source, self.place(f"logs{self.runs}?stream=LOGS{self.runs}"))

        def check():
            complete = self.status == 0 and self.weir("cp", self.place(f"LOGS{self.runs}"), "-").stdout == LINES
            self.assert_ended(complete)
        self.sweep(run, check)

    def test_read_from_nats(self):
        lines = self.root / "lines"
        lines.write_bytes(LINES)
        self.weir("cp", lines, self.place("logs?stream=LOGS"))
        self.sweep(lambda env: self.command(env, "cp", self.place("LOGS"), self.out),
                   lambda: self.assert_replaced_whole(LINES))

    def test_store_an_object_in_nats(self):
        def run(environment):
            self.runs += 1
            self.source.write_bytes(DATA)
            self.command(environment, "cp", "--whole", self.source, self.place(f"FILES{self.runs}/x?replicas=1"))

        def check():
            complete = (self.status == 0 and
                        self.weir("cp", "--whole", self.place(f"FILES{self.runs}/x"), "-").stdout == DATA)
            self.assert_ended(complete)
        self.sweep(run, check)

    def test_read_an_object_from_nats(self):
        stored = self.root / "stored"
        stored.write_bytes(DATA)
        self.weir("cp", "--whole", stored, self.place("FILES/x?replicas=1"))
        self.sweep(lambda env: self.command(env, "cp", "--whole", self.place("FILES/x"), self.out),
                   self.assert_replaced_whole)


if __name__ == "__main__":
    unittest.main()
