#!/usr/bin/env python3
"""Runs every example in a folder of its own and checks its output, its files, and a server's responses.

usage: examples.py FOLDER_OF_BINARIES [--others]

--others runs programs of another library, for example those of bench/lines/asio: FOLDER_OF_BINARIES has those
that exist, without folders, and the table's coroutines/NAME is NAME.
"""

import gzip
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from xml.etree import ElementTree

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



def rotated(lines, most):
    """Divides lines into files of at most this many bytes."""
    files = [""]
    for line in lines:
        if files[-1] and len(files[-1]) + len(line) > most:
            files.append("")
        files[-1] += line
    return files


LOGS = rotated([f"Line {i}\n" for i in range(300)], 1000)

# The output of each example, and the files it leaves. An input.txt among them exists before.
EXAMPLES = {
    "gzip_file": ("compressed\n", {"input.txt": INPUT, "input.txt.gz": INPUT}),
    "gzip_text": ("the same\n", {}),
    "journal": (
        "1000 records are on the disk\n",
        {"journal.log": "".join(f"record {record}\n" for record in range(1000))},
    ),
    "rotating_log": (
        "".join(f"app.log.{number:06}.gz is complete\n" for number in range(1, len(LOGS))),
        {"app.log": LOGS[-1]} | {f"app.log.{number:06}.gz": log for number, log in enumerate(LOGS[:-1], 1)},
    ),
    "rate_limit": ("copied\n", {"input.txt": INPUT, "output.txt": INPUT}),
    "pipe_files": ("", {"input.txt": INPUT, "output.txt": INPUT}),
    "backpressure": ("", {"output.txt": CHUNKS}),
    "asio_loop": (
        "closed\nthrown by io.run(): of a listener\n",
        {"output.txt": "written by a handler of Asio\n"},
    ),
    "uv_loop": ("uncaught\n", {"output.txt": "written by a callback of libuv\n"}),
    "coroutines/custom_writable": (
        "Writing: Hello, Custom Stream!\nWriting: Goodbye, Custom Stream!\nclosed\n",
        {},
    ),
    "coroutines/file_handle": ("closed\n", {"numbers.txt": " 0  1  2 "}),
    "coroutines/http_server": ("200 hello\nuncaught\n500\n", {}),
    "coroutines/hundred_thousand_lines": ("", {"numbers.txt": NUMBERS}),
    "coroutines/million_lines": ("", {"lines.txt": LINES}),
    "coroutines/one_kib_mark": (
        "".join(f"round {i}: 86 lines fill the buffer\n" for i in (1, 2, 3)),
        {"output.txt": "Hello World\n" * 3 * 86},
    ),
    "coroutines/pipe_files": ("", {"input.txt": INPUT, "output.txt": INPUT}),
    "coroutines/standard_output": ("Line 0\nLine 1\nLine 2\n", {}),
    "coroutines/three_strings": (
        "",
        {"output.txt": "Hello World!\nWriting via stream...\nGoodbye!"},
    ),
    "coroutines/until_full": (
        "Buffer full, waiting for drain...\nBuffer drained, resuming writing...\n",
        {"large-file.txt": "a" * 16384},
    ),
    "coroutines/write_callbacks": (
        "Data written!\nStream finished!\n",
        {"output.txt": "Hello, World!Goodbye, World!"},
    ),
    "coroutines/tour": (
        f"1000000 lines\ntheir sum is {sum(range(1_000_000))}\n"
        "ENOENT: no such file or directory, open 'missing.txt'\nnothing came in time\n",
        {"lines.txt": LINES},
    ),
    "csv_to_gzip": ("written\n", {"table.csv.gz": "1,1\n4,2\n9,3\n"}),
    "crash_flush": ("", {"app.log": "these lines are accepted,\nand not written yet\n"}),
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
    "custom_class": ("10 bytes\n20 in all\n", {}),
    "stepped_clock": ("nothing yet\ntimed out\n", {}),
    "testing": ("10 KB took hundreds of ms of no time\n", {"app.log": "Tuesday\n", "app.log.000001": "Monday\n"}),
    "encoders": (
        "",
        {"records.bin": "\1\0\0\0" "1" "\3\0\0\0" "-20" "\3\0\0\0" "300" "<>abcend",
         "table.txt": "".join(f"{i:4}{i * i:6}\n" for i in range(8, 13))},
    ),
    "events": ("Write operation finished.\nStream closed.\n", {"output.txt": "Hello, streams!"}),
    "file_handle": ("written\nclosed\n", {"numbers.txt": " 0  1  2 "}),
    "hello_file": ("", {"output.txt": HELLO}),
    "high_water_mark": ("4\n", {"output.txt": ""}),
    "hundred_thousand_lines": ("", {"numbers.txt": NUMBERS}),
    "save_settings": (
        "saving missing/settings.json failed: ENOENT: no such file or directory, open "
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
    """The fault of a run of the example, or None."""
    with tempfile.TemporaryDirectory() as folder:
        if "input.txt" in files:
            (Path(folder) / "input.txt").write_text(files["input.txt"])
        run = subprocess.run([binary], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=60)
        return compare(Path(folder), run, printed, files)


def compare(folder, run, printed, files):
    """What a run of an example in this folder lacks, or None."""
    if run.returncode != 0:
        return f"ended with {run.returncode}: {run.stderr}"
    if run.stdout != printed:
        return f"printed {run.stdout!r}"
    if sorted(files) != sorted(path.name for path in folder.iterdir()):
        return f"left {sorted(path.name for path in folder.iterdir())}"
    for name, content in files.items():
        path = folder / name
        try:
            with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as file:
                if file.read() == content:
                    continue
        except (EOFError, gzip.BadGzipFile):
            pass
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


def try_server_group(port):
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(20)]
    answers = []
    for connection in connections * 2:
        connection.request("GET", "/")
        answers.append(connection.getresponse().read())
    for connection in connections:
        connection.close()
    return answers == [b"hello\n"] * 40


def try_chat(port):
    with Client(port) as one, Client(port) as two, Client(port) as leaving, Client(port) as deaf:
        # Each line reaches all others, so a client is known to be there once its line arrives.
        for client, name in ((one, b"one"), (two, b"two"), (leaving, b"leaving"), (deaf, b"deaf")):
            client.sendall(b"I am " + name + b"\n")
        lines = {client: client.makefile("rb") for client in (one, two)}
        while lines[one].readline() != b"I am deaf\n":
            pass
        while lines[two].readline() != b"I am deaf\n":
            pass
        leaving.reset()
        two.sendall(b"hello\nworld\n")
        two.shutdown(socket.SHUT_WR)
        if [lines[one].readline() for _ in range(2)] != [b"hello\n", b"world\n"]:
            return False
        # A client that does not read is disconnected, and holds up nobody.
        one.sendall((b"x" * 999 + b"\n") * 32_000)
        total = 0
        try:
            while block := deaf.recv(1 << 16):
                total += len(block)
        except ConnectionError:
            pass
        return total < 32_000_000


def try_server_sent_events(port):
    with Client(port) as leaving, Client(port) as client:
        for one in (leaving, client):
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        leaving.recv(10)
        leaving.reset()
        lines = [line for line in iter(client.makefile("rb").readline, b"data: event 2\n")]
        return b"Content-Type: text/event-stream\r\n" in lines and b"id: 2\n" in lines


# The clients of examples that serve; each returns whether it received the expected data.
SERVERS = {
    "echo_server": try_echo_server,
    "http_streaming": try_http_streaming,
    "server_group": try_server_group,
    "coroutines/chat": try_chat,
    "coroutines/http_streaming": try_http_streaming,
    "coroutines/server_sent_events": try_server_sent_events,
    "tcp_push": try_tcp_push,
}


def server_failure(binary, attempt, *arguments):
    """The fault of a run of an example that serves and is interrupted, or None."""
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


def try_poll_loop(binary, folder):
    """With a slow standard input."""
    with subprocess.Popen([binary], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as run:
        for line in ("one\n", "two\n", "three\n"):
            run.stdin.write(line)
            run.stdin.flush()
        printed = run.communicate(INPUT, timeout=60)[0]
    if printed != "closed\n" or run.returncode != 0:
        return f"printed {printed!r}, ended with {run.returncode}"
    written = (folder / "output.txt").read_text()
    return None if written == "one\ntwo\nthree\n" + INPUT else "output.txt has other content"


def try_rate_limited(binary, _):
    """It may be late, but never early."""
    began = time.monotonic()
    run = subprocess.run([binary, "21", "200"], capture_output=True, text=True, timeout=60)
    took = time.monotonic() - began
    if run.stdout != "".join(f"Line {i}\n" for i in range(21)):
        return f"printed {run.stdout!r}"
    return None if took >= 0.1 else f"took only {took} s"


def try_insight(binary, folder):
    """Its page, its metrics and its dump while it copies."""
    os.mkfifo(folder / "input.txt")
    process = subprocess.Popen([binary], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with open(folder / "input.txt", "w") as source:
        urls = dict(process.stdout.readline().rstrip().split(": ", 1) for _ in range(2))
        with urllib.request.urlopen(urls["the metrics"], timeout=60) as response:
            metrics = response.read().decode()
        with urllib.request.urlopen(urls["the streams"] + "snapshot.json", timeout=60) as response:
            names = [stream["name"] for stream in json.load(response)["streams"]]
        process.send_signal(signal.SIGUSR1)
        dump = "".join(iter(process.stderr.readline, "objects:\n"))
        source.write(INPUT)
    printed, objects = process.stdout.read(), process.stderr.read()
    process.wait(60)
    if not re.fullmatch(r"538890 bytes in \d+ chunks, \d+ Drain events, \d+ system calls\n", printed):
        return f"printed {printed!r}"
    if 'weir_stream_written_bytes_total{stream="copy",kind="WriteStream"}' not in metrics:
        return f"has the metrics {metrics!r}"
    if failure := promtool_failure(metrics):
        return failure
    if "copy" not in names or "input.txt" not in names:
        return f"shows the streams {names}"
    if "run() waits for:" not in dump or "WriteStream 'output.txt' \"copy\": open" not in objects:
        return f"dumped {dump!r} and {objects!r}"
    return None


def promtool_failure(metrics):
    """What Prometheus' own checker says of the text."""
    if not shutil.which("promtool"):
        return "promtool is missing (apt-get install prometheus)"
    run = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True, timeout=60)
    return run.stdout + run.stderr if run.returncode else None


def try_upload_server(binary, folder):
    """With a body that is too long, one that is cut off, and a disk that takes no more."""
    served = folder / "served"
    served.mkdir()
    (served / "folder").mkdir()

    def put(port, target, body):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("PUT", target, body)
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer

    def chunks(count):
        return (b"c" * 10_000 for _ in range(count))

    def names():
        return {path.name: path.stat().st_size for path in served.iterdir() if path.is_file()}

    def ask(port):
        def expecting(length):
            with Client(port) as client:
                client.sendall(b"PUT /expected HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                               b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % length)
                head = client.recv(1 << 16).decode()
                if head.startswith("HTTP/1.1 100 "):
                    client.sendall(b"e" * length)
                    return head[:12], client.read_all()[:12]
                return head[:12]

        with Client(port) as leaving:
            leaving.sendall(b"PUT /cut HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\npart")
            leaving.reset()
        right = (put(port, "/file", INPUT) == (201, "Created\n")
                 and put(port, "/file", "new") == (201, "Created\n")
                 and put(port, "/chunked", chunks(100)) == (201, "Created\n")
                 and put(port, "/long", chunks(120)) == (413, "Payload Too Large\n")
                 and put(port, "/long", "x" * (1 << 20) + "x")[0] == 413
                 and put(port, "/folder", "text") == (500, "Internal Server Error\n")
                 and put(port, "/no/folder", "text")[0] == 405
                 and expecting(1000) == ("HTTP/1.1 100", "HTTP/1.1 201")
                 and expecting(2_000_000) == "HTTP/1.1 413")
        return right and names() == {"file": 3, "chunked": 1_000_000, "expected": 1000}

    def ask_of_full_disk(port):
        return (put(port, "/file", chunks(100)) == (500, "Internal Server Error\n")
                and put(port, "/file", "second") == (201, "Created\n")
                and names() == {"file": 6, "chunked": 1_000_000, "expected": 1000})

    # Its files are limited to 500 KiB, and writes beyond fail.
    full_disk = """trap '' XFSZ; ulimit -f 500; exec "$0" 0 "$1" """
    return (server_failure(binary, ask, "0", str(served))
            or server_failure("bash", ask_of_full_disk, "-c", full_disk, binary, str(served)))


def try_tcp_proxy(binary, folder):
    with socket.create_server(("127.0.0.1", 0)) as target:
        def echo(peer):
            with peer:
                while block := peer.recv(1 << 16):
                    peer.sendall(block)

        def accept():
            for _ in range(3):
                threading.Thread(target=echo, args=[target.accept()[0]], daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()

        def use(port):
            with Client(port) as leaving:
                leaving.sendall(b"x")
                leaving.recv(1)
                leaving.reset()
            return try_echo_server(port)
        return server_failure(binary, use, "0", "127.0.0.1", str(target.getsockname()[1]))


def try_threads(binary, folder):
    """The order of the threads differs from run to run; that of each thread does not."""
    run = subprocess.run([binary], cwd=folder, capture_output=True, text=True, timeout=60)
    said = re.fullmatch(r"(\d+) written, (\d+) dropped\n", run.stdout)
    if not said or int(said[1]) + int(said[2]) != 25_000:
        return f"printed {run.stdout!r} {run.stderr!r}"
    lines = (folder / "threads.log").read_text().splitlines()
    for thread in range(4):
        prefix = f"thread {thread}, line "
        if [line for line in lines if line.startswith(prefix)] != [f"{prefix}{i}" for i in range(25_000)]:
            return f"threads.log has not the lines of thread {thread} in order"
    if len(lines) != 100_000:
        return f"threads.log has {len(lines)} lines"
    busy = (folder / "busy.log").read_text()
    if len(re.findall("^line", busy, re.MULTILINE)) != int(said[1]):
        return "busy.log has not the lines that were written"
    reported = sum(map(int, re.findall(r"^\((\d+) lines dropped\)$", busy, re.MULTILINE)))
    return None if reported == int(said[2]) else f"busy.log reports {reported} dropped lines"


def try_compress_input(binary, folder):
    target = folder / "out.gz"
    run = subprocess.run([binary, target], input=INPUT, capture_output=True, text=True, timeout=60)
    if run.returncode != 0 or not run.stderr.endswith(f"{len(INPUT)} bytes are in {target}\n"):
        return f"ended with {run.returncode}: {run.stderr!r}"
    if gzip.decompress(target.read_bytes()).decode() != INPUT:
        return "out.gz has other content"
    run = subprocess.run([binary, folder / "missing" / "out.gz"], input=INPUT, capture_output=True, text=True, timeout=60)
    if run.returncode != 1 or "ENOENT: no such file or directory, open" not in run.stderr:
        return f"a missing folder: ended with {run.returncode}: {run.stderr!r}"
    return None


def try_first_test(binary, folder):
    """GoogleTest prints how long it took."""
    run = subprocess.run([binary], cwd=folder, capture_output=True, text=True, timeout=60)
    if run.returncode != 0 or "[  PASSED  ] 1 test." not in run.stdout:
        return f"ended with {run.returncode}: {run.stdout!r}"
    return None


def try_lessons(binary, folder):
    """Its runs are those that the pictures of docs/course.md carry: the time in them is stepped."""
    course = Path(__file__).parents[2] / "docs" / "course"
    for number in range(1, 9):
        recorded = folder / f"{number}.json"
        run = subprocess.run([binary, str(number), recorded], capture_output=True, text=True, timeout=60)
        if run.returncode != 0:
            return f"lesson {number} ended with {run.returncode}: {run.stderr}"
        picture = ElementTree.parse(course / f"{number}.svg").getroot()
        if json.loads(recorded.read_text()) != json.loads(picture.find("{http://www.w3.org/2000/svg}metadata").text):
            return f"lesson {number} is another run than that of docs/course/{number}.svg (script/draw-course)"
    return None


# Examples that need a peer or a certificate, or print something else each time.
CLIENTS = {"file_server": try_file_server, "http_get": try_http_get, "https_server": try_https_server,
           "insight": try_insight, "first_test": try_first_test, "lessons": try_lessons, "poll_loop": try_poll_loop, "coroutines/rate_limited": try_rate_limited,
           "coroutines/compress_input": try_compress_input,
           "coroutines/tcp_proxy": try_tcp_proxy, "coroutines/upload_server": try_upload_server,
           "threads": try_threads}


def client_failure(binary, attempt):
    with tempfile.TemporaryDirectory() as folder:
        return attempt(binary, Path(folder))


def fault(binary, name):
    """The fault of a run of the binary as the example of this name, or None."""
    if name in SERVERS:
        return server_failure(binary, SERVERS[name])
    if name in CLIENTS:
        return client_failure(binary, CLIENTS[name])
    if name in EXAMPLES:
        return failure(binary, *EXAMPLES[name])
    return "has no entry here"


def main():
    binaries = Path(sys.argv[1]).resolve()
    examples = Path(__file__).parents[2] / "examples"
    if "--others" in sys.argv:
        names = {path.name: f"coroutines/{path.name}" for path in binaries.iterdir()}
    else:
        sources = {str(path.relative_to(examples).with_suffix("")) for path in examples.rglob("*.cc")}
        sources = {name for name in sources if not name.startswith("nats/")}  # nats_test.py runs them on a cluster
        if not (binaries / "asio_loop").exists():  # Asio is not installed
            sources.discard("asio_loop")
            del EXAMPLES["asio_loop"]
        names = {name: name for name in sources | EXAMPLES.keys() | SERVERS.keys() | CLIENTS.keys()}
    failed = 0
    for binary, name in sorted(names.items()):
        if wrong := fault(binaries / binary, name):
            failed += 1
            print(f"{name}: {wrong}")
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
