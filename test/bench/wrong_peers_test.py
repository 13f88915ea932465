"""A peer that copies, sends, receives or answers HTTP wrongly has no figures, and bench/run reports why."""

import os
import sys
import unittest
import unittest.mock

from support import ROOT, WRK, RunBenchTest

sys.path.insert(0, str(ROOT / "bench"))
from measure import Runner
from peer_runs import Failure
from workloads import WORKLOADS

COPY = """#!{python} -IS
import sys
data = bytearray(open(sys.argv[1], "rb").read())
{change}
with open(sys.argv[2], "wb") as file:
    file.write(data)
"""

# The lines of w8: the second half before the first, which its threads may be.
THREADS = """#!{python} -IS
import json, os, sys
lines = [b"Line %d\\n" % i for i in range(int(sys.argv[2]))]
{change}
half = int(sys.argv[2]) // 2
with open(os.environ["BENCH_OUT"], "wb") as file:
    file.writelines(lines[half:] + lines[:half])
    said = dict(seconds=0.001, bytes=file.tell(), peak_rss_kb=1000)
print(json.dumps(said))
"""

# The sockets of w5-bulk, w5-msg and w5-recv, as in weir-bench. `change` may corrupt the data sent.
SOCKET = """#!{python} -IS
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
SERVER = """#!{python} -IS
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
    def setUp(self):
        super().setUp()
        path = unittest.mock.patch.dict(os.environ, PATH=str(self.path))
        path.start()
        self.addCleanup(path.stop)

    def once(self, workload, peer):
        """One run, as in the warm-up: its seconds."""
        of = WORKLOADS[workload]
        run = of.run(self.folder, of.few, quick=True, **of.details)
        row = {"workload": workload, "peer": peer, "count": of.few, "mark": 16384}
        run.prepare()
        try:
            return run.once(Runner(self.bin.parent, self.folder, True).command(row), verify=True)[0]
        finally:
            run.finish()

    def check(self, workload, peer, program, text, faults):
        """The program is right as it is, and each change makes it wrong, in these words."""
        self.program(program, text)
        self.assertGreater(self.once(workload, peer), 0)
        for change, why in faults:
            with self.subTest(change=change):
                self.program(program, text, change)
                with self.assertRaises(Failure) as caught:
                    self.once(workload, peer)
                self.assertTrue(str(caught.exception).startswith(why), caught.exception)

    def test_a_copy(self):
        self.check("w3", "cp", self.path / "cp", COPY, (
            ("data[3 << 20] ^= 1", "wrong output: it differs from the source after byte 3145728"),
            ("del data[-1]", "wrong output: 4194303 bytes"),
            ("sys.exit(3)", "exit status 3"),
        ))

    def test_lines_of_threads(self):
        self.check("w8", "weir", self.bin / "weir-bench", THREADS, (
            ("lines[7], lines[8] = lines[8], lines[7]", "wrong output: b'Line 8\\n' instead of line 7"),
            ("lines[7] = b'Lime 7\\n'", "wrong output: b'Lime 7\\n' instead of line 7"),
            ("lines[7] = lines[6]", "wrong output: b'Line 6\\n' instead of line 7"),
            ("lines.pop()", "wrong output: "),
        ))

    def test_a_sender(self):
        self.check("w5-msg", "weir", self.bin / "weir-bench", SOCKET, (
            ("data = data[1:]", "wrong count: 1999999 bytes, 2000000 by its own count"),
            ("data += b'x'", "wrong count: 2000001 bytes, 2000000 by its own count"),
            ("said['bytes'] += 1", "wrong count: 2000000 bytes, 2000001 by its own count"),
            ("data = b'y' + data[1:]", "wrong output: it differs after byte 0"),
            (NO_CONNECTION, "its connection failed"),
            ("sys.exit('lost')", "exit status 1: lost"),
        ))

    def test_a_receiver(self):
        self.check("w5-recv", "weir", self.bin / "weir-bench", SOCKET, (
            ("answer = b'x' * 8", "wrong count: 8680820740569200760 bytes, 4194304 by its own"),
            ("said['bytes'] = 1", "wrong count: 4194304 bytes, 1 by its own count"),
            ("answer = b'1234567'", "it answered 7 bytes and not a count of 8"),
            (NO_CONNECTION, "its connection failed"),
        ))

    def test_a_server(self):
        self.check("w6-hello", "weir", self.bin / "weir-bench", SERVER, (
            ("body = b'hello\\n'", "wrong output: status 200, or not the wanted body"),
            ("status = 500", "wrong output: status 500, or not the wanted body"),
            ("sys.exit('no port')", "exit status 1: no port"),
            ("sys.exit()", "it printed no measurement: ''"),
            ("figures = 1", "it printed no measurement: '1'"),
        ))

    def test_a_server_that_wrk_finds_fault_with(self):
        errors, status = "Socket errors: connect 0, read 3", "Non-2xx or 3xx responses: 7"
        self.check("w6-hello", "weir", self.path / "wrk", WRK, (
            (f"said += '  {errors}'", f"wrk says: {errors}"),
            (f"said += '  {status}'", f"wrk says: {status}"),
            ("said = ''", "wrk measured nothing"),
            ("said = 'Requests/sec:  0.00'", "wrk measured nothing"),
            ("print(said); sys.exit(1)", "wrk measured nothing"),
        ))

    def test_bench_run_reports_the_reason(self):
        self.program(self.bin / "weir-bench", SOCKET, "said['bytes'] += 1")
        result = self.quick("w5-msg")
        self.assertEqual(result.returncode, 1)
        self.assertIn("==> w5-msg: weir at 16 KiB is left out: wrong count: 2000000 bytes, 2000001 "
                      "by its own count, and not 2000000\n", result.stderr)


if __name__ == "__main__":
    unittest.main()
