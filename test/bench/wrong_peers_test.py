"""bench/run leaves out who copies, sends, receives or answers HTTP wrongly, and says why."""

import unittest

from support import WRK, RunBenchTest

COPY = """#!{python}
import sys
data = bytearray(open(sys.argv[1], "rb").read())
{change}
with open(sys.argv[2], "wb") as file:
    file.write(data)
"""

# Of w5-bulk, w5-msg and w5-recv, as weir-bench. `change` spoils what it sends, or does not.
SOCKET = """#!{python}
import json, os, socket, sys
workload, count = sys.argv[1], int(sys.argv[2])
size = count * (100 if workload == "w5-msg" else 65536)
data, answer = b"x" * size, size.to_bytes(8, "little")
said = dict(seconds=0.001, bytes=size, peak_rss_kb=1000)
{change}
with socket.create_connection(("127.0.0.1", int(os.environ["BENCH_PORT"]))) as peer:
    if workload == "w5-recv":
        while peer.recv(65536):
            pass
        peer.sendall(answer)
    else:
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(100):
            pass
print(json.dumps(said))
"""
NO_CONNECTION = "print(json.dumps(said)); sys.exit()"

# Of w6-hello, as weir-bench.
SERVER = """#!{python}
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
status, body = 200, b"hello world\\n"
figures = dict(seconds=0.001, bytes=12, peak_rss_kb=1000)

def stop(*_):
    os.write(1, json.dumps(figures).encode())
    os._exit(0)

{change}

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

signal.signal(signal.SIGTERM, stop)
HTTPServer(("127.0.0.1", int(os.environ["BENCH_PORT"])), Answer).serve_forever()
"""


class WrongPeersTest(RunBenchTest):
    def check_weir_left_out(self, workload, why):
        result = self.quick(workload)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, f"==> {workload}: weir at .* is left out: {why}")

    def test_the_stand_ins_are_right_as_they_are(self):
        self.program(self.path / "cp", COPY)
        self.assertEqual(self.quick("w3").returncode, 0)
        self.assertEqual(self.peers("w3"), ["weir", "weir, no fast path", "cp"])
        self.program(self.bin / "weir-bench", SOCKET)
        for workload in "w5-bulk", "w5-msg", "w5-recv":
            self.assertEqual(self.quick(workload).returncode, 0)
            self.assertIn("weir", self.peers(workload))
        self.program(self.bin / "weir-bench", SERVER)
        self.assertEqual(self.quick("w6-hello").returncode, 0)
        self.assertEqual(self.peers("w6-hello"), ["weir"])

    def test_a_copy(self):
        for change, why in (
            ("data[3 << 20] ^= 1", "wrong output: it differs from the source after byte 3145728"),
            ("del data[-1]", "wrong output: 4194303 bytes"),
            ("sys.exit(3)", "exit status 3"),
        ):
            with self.subTest(change=change):
                self.program(self.path / "cp", COPY, change)
                result = self.quick("w3")
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn(f"==> w3: cp at 64 KiB is left out: {why}", result.stderr)
                self.assertEqual(self.peers("w3"), ["weir", "weir, no fast path"])

    def test_a_sender(self):
        for change, why in (
            ("data = data[1:]", "wrong count: 1999999 bytes, 2000000 by its own count"),
            ("data += b'x'", "wrong count: 2000001 bytes, 2000000 by its own count"),
            ("said['bytes'] += 1", "wrong count: 2000000 bytes, 2000001 by its own count"),
            ("data = b'y' + data[1:]", "wrong output: it differs after byte 0"),
            (NO_CONNECTION, "its connection failed"),
            ("sys.exit('lost')", "exit status 1: lost"),
        ):
            with self.subTest(change=change):
                self.program(self.bin / "weir-bench", SOCKET, change)
                self.check_weir_left_out("w5-msg", why)

    def test_a_receiver(self):
        for change, why in (
            ("answer = b'x' * 8", "wrong count: 8680820740569200760 bytes, 4194304 by its own"),
            ("said['bytes'] = 1", "wrong count: 4194304 bytes, 1 by its own count"),
            ("answer = b'1234567'", "it answered 7 bytes and not a count of 8"),
            (NO_CONNECTION, "its connection failed"),
        ):
            with self.subTest(change=change):
                self.program(self.bin / "weir-bench", SOCKET, change)
                self.check_weir_left_out("w5-recv", why)

    def test_a_server(self):
        for change, why in (
            ("body = b'hello\\n'", "wrong output: status 200, or not the wanted body"),
            ("status = 500", "wrong output: status 500, or not the wanted body"),
            ("sys.exit('no port')", "exit status 1: no port"),
            ("sys.exit()", "it printed no measurement: ''"),
            ("figures = 1", "it printed no measurement: '1'"),
        ):
            with self.subTest(change=change):
                self.program(self.bin / "weir-bench", SERVER, change)
                self.check_weir_left_out("w6-hello", why)

    def test_a_server_that_wrk_finds_fault_with(self):
        for trouble in ("Socket errors: connect 0, read 3, write 0, timeout 1",
                        "Non-2xx or 3xx responses: 7"):
            with self.subTest(trouble=trouble):
                self.program(self.path / "wrk", WRK, f"said = '  {trouble}' + chr(10) + said")
                self.check_weir_left_out("w6-hello", f"wrk says: {trouble}")
        for change in "said = ''", "sys.exit(1)", "said = 'Requests/sec:  0.00'":
            with self.subTest(change=change):
                self.program(self.path / "wrk", WRK, change)
                self.check_weir_left_out("w6-hello", "wrk measured nothing")


if __name__ == "__main__":
    unittest.main()
