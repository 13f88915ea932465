"""The examples on nats-servers: each event arrives once, also if a server and a worker are killed."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: F401, each child ends with its test

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["WEIR_EXAMPLES"]).parents[1]
SERVER = shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@unittest.skipUnless(SERVER and (BUILD / "bin/examples/nats/worker").exists(),
                     "nats-server is not installed, or weir was built without NATS")
class NatsExampleTest(unittest.TestCase):
    def test_each_event_is_archived_once_although_a_server_and_a_worker_are_killed(self):
        events = [f"event {i}" for i in range(1000)]
        run = subprocess.run([ROOT / "examples/nats/run-cluster", "--kill", BUILD], text=True,
                             input="".join(f"{event}\n" for event in events), capture_output=True, timeout=240)
        self.assertEqual(run.returncode, 0, run.stderr)
        archived = [line.split("\t") for line in run.stdout.splitlines()]
        self.assertEqual(sorted({text for _, _, text in archived}), sorted(events))
        self.assertEqual(len({number for number, _, _ in archived}), len(events))

    def test_a_file_is_stored_and_fetched(self):
        with tempfile.TemporaryDirectory() as folder:
            with socket.socket() as listener:
                listener.bind(("127.0.0.1", 0))
                port = listener.getsockname()[1]
            server = subprocess.Popen([SERVER, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(server.wait)
            self.addCleanup(server.kill)
            file = pathlib.Path(folder, "report")
            content = os.urandom(1_000_000)
            file.write_bytes(content)
            for how in "store", "fetch":
                run = subprocess.run([BUILD / "bin/examples/nats/object", how, file, f"nats://127.0.0.1:{port}"],
                                     capture_output=True, text=True, timeout=240)
                self.assertEqual((run.returncode, run.stderr), (0, ""))
                if how == "store":
                    file.write_bytes(b"another report")
            self.assertEqual(file.read_bytes(), content)


if __name__ == "__main__":
    unittest.main()
