"""The example on a cluster of nats-servers: each event arrives once, also if a server and a worker are killed."""

import os
import pathlib
import shutil
import subprocess
import sys
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


if __name__ == "__main__":
    unittest.main()
