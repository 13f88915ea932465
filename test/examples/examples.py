#!/usr/bin/env python3
"""Runs every example in a folder of its own and checks what it prints and writes, and what a server
says to its clients.

usage: examples.py FOLDER_OF_BINARIES
"""

import gzip
import http.client
import http.server
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: F401, each child ends with its test

LINES = "".join(f"Line {i}\n" for i in range(1_000_000))
CHUNKS = "".join(f"Chunk {i}\n" for i in range(10_000, 0, -1))
NUMBERS = "".join(f"{i}\n" for i in range(1, 100_001))
HELLO = "Hello, this is a writable stream.\nStream finished."
TIMELINE = """start A
A=true
B=true
C=false
done A
start B
done B
start C
done C
drain at 0
start D
D=true
done D
"""

INPUT = "".join(f"Line {i}\n" for i in range(50_000))

# What an example prints, and the files it leaves. Where input.txt is among them, it is there before.
EXAMPLES = {
    "gzip_file": ("compressed\n", {"input.txt": INPUT, "input.txt.gz": INPUT}),
    "pipe_files": ("", {"input.txt": INPUT, "output.txt": INPUT}),
    "backpressure": ("", {"output.txt": CHUNKS}),
    "custom_duplex": (
        "written: Hello, Duplex!\nread: A\nread: B\nread: C\nboth sides are done\n",
        {},
    ),
    "custom_readable": ("3...\n2...\n1...\nlift-off\nabc\ndef\ngh\n", {}),
    "custom_writable": (
        "Writing: Hello, Custom Stream!\nWriting: Goodbye, Custom Stream!\n"
        "Inline: Hello, function!\n",
        {},
    ),
    "stepped_clock": ("nothing yet\ntimed out\n", {}),
    "events": ("Write operation finished.\nStream closed.\n", {"output.txt": "Hello, streams!"}),
    "file_handle": ("written\nclosed\n", {"numbers.txt": " 0  1  2 "}),
    "hello_file": ("", {"output.txt": HELLO}),
    "high_water_mark": ("4\n", {"output.txt": ""}),
    "hundred_thousand_lines": ("", {"numbers.txt": NUMBERS}),
    "save_settings": (
        "missing/settings.json is as it was: ENOENT: no such file or directory, open "
        "'missing/settings.json'\nsettings.json is saved\n",
        {"settings.json": '{"colour": "green"}\n'},
    ),
    "log_writer": ("request 0 served\nrequest 1 served\nrequest 2 served\n", {}),
    "million_lines": ("", {"lines.txt": LINES}),
    "number_lines": ("", {}),
    "one_kib_mark": (
        "".join(f"round {i}: 86 lines fill the buffer\n" for i in (1, 2, 3)),
        {"output.txt": "Hello World\n" * 3 * 86},
    ),
    "operators": (
        "apple, melon\nall at once\nsum 9\n",
        {"names.txt": "apple\nmelon\ngrape\nplum\n"},
    ),
    "pipelines": (
        "succeeded\nclosed\nfailed: not to my taste\n",
        {"copy.txt": "all of it", "partial.txt": ""},
    ),
    "read_lines": ("[first line]\n[second line]\n[last line]\n", {}),
    "standard_output": ("Line 0\nLine 1\nLine 2\n", {}),
    "exceptions": (
        "data: others\nuncaught: of a listener\npipeline: of a sink\n",
        {},
    ),
    "scoped_listeners": ("15 bytes\n", {}),
    "terminal": ("standard input is a null, standard output a pipe\n", {}),
    "three_strings": (
        "",
        {"output.txt": "Hello World!\nWriting via stream...\nGoodbye!"},
    ),
    "timeline": (TIMELINE, {}),
    "transforms": (
        "39 bytes\n",
        {"output.txt": "1: HELLO, TRANSFORM\n2: GOODBYE\n2 lines\n"},
    ),
    "typed_streams": ("321 true\n", {}),
    "until_full": (
        "Buffer full, waiting for drain...\nBuffer drained, resuming writing...\n",
        {"large-file.txt": "a" * 16384},
    ),
    "write_after_end": (
        "accepted: false\ncallback: ERR_STREAM_WRITE_AFTER_END\n"
        "Error [ERR_STREAM_WRITE_AFTER_END]: write after end\n",
        {"output.txt": ""},
    ),
    "write_callbacks": (
        "Data written!\nStream finished!\n",
        {"output.txt": "Hello, World!Goodbye, World!"},
    ),
}


def failure(binary, printed, files):
    """What is wrong with a run of the example, or None."""
    with tempfile.TemporaryDirectory() as folder:
        if "input.txt" in files:
            (Path(folder) / "input.txt").write_text(files["input.txt"])
        run = subprocess.run([binary], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=60)
        if run.returncode != 0:
            return f"ended with {run.returncode}: {run.stderr}"
        if run.stdout != printed:
            return f"printed {run.stdout!r}"
        if sorted(files) != sorted(path.name for path in Path(folder).iterdir()):
            return f"left {sorted(path.name for path in Path(folder).iterdir())}"
        for name, content in files.items():
            path = Path(folder) / name
            opened = gzip.open(path, "rt") if path.suffix == ".gz" else open(path)
            with opened as file:
                if file.read() == content:
                    continue
                return f"{name} has other content"
    return None


class Client(socket.socket):
    def __init__(self, port):
        super().__init__()
        self.settimeout(60)
        self.connect(("127.0.0.1", port))

    def read_all(self):
        content = bytearray()
        while block := self.recv(1 << 16):
            content += block
        return content.decode()

    def reset(self):
        self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


def try_tcp_push(port):
    pushed = "".join(f"Line {i}\n" for i in range(100_000))
    with Client(port) as slow, Client(port) as quick, Client(port) as leaving:
        leaving.recv(10)
        leaving.reset()
        slow.recv(5, socket.MSG_PEEK)
        return quick.read_all() == slow.read_all() == pushed


def try_echo_server(port):
    with Client(port) as one, Client(port) as other:
        one.sendall(b"one")
        other.sendall(INPUT[:65536].encode())
        other.shutdown(socket.SHUT_WR)
        one.shutdown(socket.SHUT_WR)
        return one.read_all() == "one" and other.read_all() == INPUT[:65536]


def try_http_streaming(port):
    def ask(method, target, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, target, body)
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer
    with Client(port) as leaving:
        leaving.sendall(b"GET /lines HTTP/1.1\r\nHost: x\r\n\r\n")
        leaving.recv(10)
        leaving.reset()
    return (ask("GET", "/lines") == (200, "".join(f"Line {i}\n" for i in range(100_000)))
            and ask("POST", "/echo", INPUT[:65536]) == (200, INPUT[:65536])
            and ask("GET", "/") == (404, "not here\n"))


# What clients do with an example that serves, and whether they got what they should.
SERVERS = {
    "echo_server": try_echo_server,
    "http_streaming": try_http_streaming,
    "tcp_push": try_tcp_push,
}


def server_failure(binary, attempt, *arguments):
    """What is wrong with an example that is served by, and interrupted."""
    with subprocess.Popen([binary, *arguments], stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline().rsplit(":", 1)[1])
            right = attempt(port)
            server.send_signal(signal.SIGINT)
            status = server.wait(60)
        finally:
            server.kill()
    if not right:
        return "its clients got something else"
    return f"ended with {status}" if status != 0 else None


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200, "Fine")
        self.send_header("Content-Length", str(len(INPUT)))
        self.end_headers()
        self.wfile.write(INPUT.encode())

    def log_message(self, *_):
        pass


# In chunks, over a connection that is kept.
NODE_PAGES = """
const server = require("http").createServer((request, response) => {
  response.statusMessage = "Fine";
  require("stream").Readable.from(process.argv[1].match(/[^]{1,1000}/g)).pipe(response);
}).listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


def get_page(binary, folder, port, content):
    run = subprocess.run([binary, f"http://127.0.0.1:{port}/", folder / "page"],
                         capture_output=True, text=True, timeout=60)
    if run.stdout != f"200 Fine\n{len(content)} bytes\n":
        return f"printed {run.stdout!r} {run.stderr!r}"
    return None if (folder / "page").read_text() == content else "page has other content"


def try_http_get(binary, folder):
    """From servers of another make, into a file."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            wrong = get_page(binary, folder, server.server_address[1], INPUT)
        finally:
            server.shutdown()
    if wrong or not shutil.which("node"):
        return wrong
    with subprocess.Popen(["node", "-e", NODE_PAGES, INPUT[:100_000]], stdout=subprocess.PIPE,
                          text=True) as server:
        try:
            return get_page(binary, folder, int(server.stdout.readline()), INPUT[:100_000])
        finally:
            server.kill()


def try_https_server(binary, folder):
    """With a certificate of its own."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                    "-out", cert, "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost"], check=True, capture_output=True)

    def ask(port):
        connection = http.client.HTTPSConnection(
            "localhost", port, timeout=60, context=ssl.create_default_context(cafile=cert))
        connection.request("GET", "/page")
        answer = connection.getresponse().read()
        connection.close()
        return answer == b"you asked for /page\n"
    return server_failure(binary, ask, key, cert)


def try_file_server(binary, folder):
    """With a folder that it serves, and a page that is missing at first."""
    (folder / "served").mkdir()
    (folder / "served" / "lines").write_text(INPUT)
    front_page = folder / "front.html"

    def ask(port):
        def got(target, **headers):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", target, headers=headers)
            response = connection.getresponse()
            answer = response.status, response.read().decode()
            connection.close()
            return answer
        right = (got("/") == (404, "404: ENOENT\n")
                 and got("/files/lines") == (200, INPUT)
                 and got("/files/lines", Range="bytes=5-9") == (206, INPUT[5:10])
                 and got("/files/lines", **{"If-Match": '"other"'})[0] == 412
                 and "lines</a>" in got("/files/")[1]
                 and got("/files/../front.html")[0] == 403
                 and got("/lines")[0] == 404)
        front_page.write_text("welcome")
        return right and got("/") == (200, "welcome")
    return server_failure(binary, ask, folder / "served", front_page)


# Examples that need more than a folder: somebody to talk to, a certificate.
CLIENTS = {"file_server": try_file_server, "http_get": try_http_get, "https_server": try_https_server}


def client_failure(binary, attempt):
    with tempfile.TemporaryDirectory() as folder:
        return attempt(binary, Path(folder))


def main():
    binaries = Path(sys.argv[1])
    sources = {path.stem for path in (Path(__file__).parents[2] / "examples").glob("*.cc")}
    failed = 0
    for name in sorted(sources | EXAMPLES.keys() | SERVERS.keys() | CLIENTS.keys()):
        if name in SERVERS:
            wrong = server_failure(binaries / name, SERVERS[name])
        elif name in CLIENTS:
            wrong = client_failure(binaries / name, CLIENTS[name])
        elif name in EXAMPLES:
            wrong = failure(binaries / name, *EXAMPLES[name])
        else:
            wrong = "has no entry here"
        if wrong:
            failed += 1
            print(f"{name}: {wrong}")
    print(f"{len(sources) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
