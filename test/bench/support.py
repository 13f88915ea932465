"""The common parts of the benchmarks' tests. WEIR_BENCH names the built weir-bench; built peers are
beside it."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: F401, each child ends with its test

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIR_BENCH = pathlib.Path(os.environ.get("WEIR_BENCH", "weir-bench")).absolute()
PEERS = ("bench-ofstream", "bench-fmt", "bench-write")
PATIENCE = 120  # seconds for any step, also under a sanitizer


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


# Sends one request and reports 2,000 requests/sec; `change` is code that corrupts the report.
WRK = """#!{python} -IS
import sys, urllib.request
urllib.request.urlopen(sys.argv[-1]).read()
said = "Running 1s test\\nRequests/sec:   2000.00\\nTransfer/sec:      1.00MB\\n"
{change}
print(said)
"""


class RunBenchTest(BenchTest):
    """Runs bench/run. On its PATH there are cp and a stand-in for wrk, and neither there nor in the
    cache a Node."""

    def setUp(self):
        super().setUp()
        self.out = self.folder / "results"
        self.bin = self.folder / "built" / "bin"
        self.path = self.folder / "path"
        self.cache = self.folder / "cache"
        self.bin.mkdir(parents=True)
        self.path.mkdir()
        (self.bin / "weir-bench").symlink_to(WEIR_BENCH)
        for peer in PEERS:
            if built(peer).exists():
                (self.bin / peer).symlink_to(built(peer))
        self.install("cp")
        self.program(self.path / "wrk", WRK)

    def install(self, program):
        """Makes it one that bench/run finds."""
        (self.path / program).unlink(missing_ok=True)
        (self.path / program).symlink_to(shutil.which(program))

    def cache_node(self, program):
        """Makes it the Node that npm has fetched."""
        fetched = self.cache / "node-26" / "package" / "bin" / "node"
        fetched.parent.mkdir(parents=True)
        fetched.symlink_to(program)

    @staticmethod
    def program(path, text, change=""):
        path.unlink(missing_ok=True)
        path.write_text(text.format(python=sys.executable, change=change))
        path.chmod(0o755)

    def bench(self, *arguments, run=ROOT / "bench" / "run"):
        return self.start(sys.executable, "-B", run, *arguments, PATH=self.path,
                          XDG_CACHE_HOME=self.cache)

    def quick(self, *workloads):
        return self.bench("--quick", "--built", self.bin.parent, "--out", self.out, "--scratch",
                          self.folder, *workloads)

    def results(self):
        return json.loads((self.out / "results.json").read_text())

    def peers(self, workload, mark=None):
        return [row["peer"] for row in self.results()["rows"]
                if row["workload"] == workload and mark in (None, row["mark"])]
