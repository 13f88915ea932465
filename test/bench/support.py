"""What the tests of the measurements share. WEIR_BENCH names the built weir-bench; the peers are
beside it where they were built."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIR_BENCH = pathlib.Path(os.environ.get("WEIR_BENCH", "weir-bench")).absolute()
PEERS = ("bench-ofstream", "bench-fmt", "bench-write")
PATIENCE = 120  # seconds that anything may take, also under a sanitizer


def built(peer):
    return WEIR_BENCH.parent / peer


def lines(count):
    return b"".join(b"Line %d\n" % i for i in range(count))


class BenchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    @staticmethod
    def start(*command, **variables):
        return subprocess.run([*map(str, command)], capture_output=True, text=True,
                              timeout=PATIENCE, stdin=subprocess.DEVNULL,
                              env=os.environ | {k: str(v) for k, v in variables.items()})
