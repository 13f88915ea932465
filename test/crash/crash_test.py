"""Ends a writer in every way, and compares its files with its own account of what was promised.

WEIR_CRASH_RUNS: the number of runs of each way with each kind of stream, 1 unless given.
"""

import concurrent.futures
import os
import pathlib
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: F401, each child ends with its test

WRITER = os.environ.get("WEIR_CRASH_WRITER", "weir_crash_writer")
RUNS = int(os.environ.get("WEIR_CRASH_RUNS", "1"))
HAS_ADDRESS_SANITIZER = "address" in os.environ.get("WEIR_SANITIZE", "")
PATIENCE = 60  # seconds for a run, also under a sanitizer
# Only processes die here, so files in memory show the same, and their syncs take no time.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

THREADS = 3
LINE = len("line 0000000000\n")
LONGEST_WRITE = 501 * LINE

KINDS = ("here", "pool", "append", "append_pool", "append_here", "low_water", "descriptor", "rotating",
         "rotating_here")
# By the loop's thread; by a signal while the loop runs, and by another thread; while the loop does not
# answer; before the file is open.
OWN = ("segv", "write_segv", "abort", "exit", "exception", "stack_overflow", "raise")
OTHER = ("term", "hup", "outside_segv", "thread_segv", "thread_abort", "thread_exit")
BUSY = ("busy_term", "busy_thread_segv")
WAYS = OWN + OTHER + BUSY + ("early",)
if not HAS_ADDRESS_SANITIZER:  # it ends the process by itself where memory is refused
    WAYS += ("bad_alloc",)
PRODUCER_WAYS = ("segv", "write_segv", "abort", "exit", "term", "outside_segv")


def without_cores():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Run:
    """One life of the writer, and what it left."""

    def __init__(self, kind, way, seed, *options):
        self.name = f"{kind} {way} seed {seed}"
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            path = pathlib.Path(folder) / "log"
            account = pathlib.Path(folder) / "account"
            account.write_bytes(bytes(8 * (5 + 2 * THREADS)))
            result = subprocess.run(
                [WRITER, path, account, kind, way, str(seed), *options], stdin=subprocess.DEVNULL,
                capture_output=True, timeout=PATIENCE, preexec_fn=without_cores)
            self.status = result.returncode
            wait_for_rotation(path)
            self.errors = result.stderr.decode(errors="replace")[-2000:]
            self.content = content_of(path)
            numbers = struct.unpack(f"{5 + 2 * THREADS}Q", account.read_bytes())
        self.accepted, self.called_back, self.flushed, self.synced, self.at_exit = numbers[:5]
        self.records = numbers[5:5 + THREADS]
        self.waited_for = numbers[5 + THREADS:]


def wait_for_rotation(path):
    """A rotation that has begun to change names ends after the process: then each file has one name."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            files = [file for file in path.parent.iterdir() if file.name != "account"]
            is_over = len({file.stat().st_ino for file in files}) == len(files)
            if is_over and all(file.name.startswith("log") for file in files):
                return
        except FileNotFoundError:
            pass
        time.sleep(0.001)
    raise AssertionError(f"a rotation has left {files}")


def content_of(path):
    """The files of a log, the oldest first."""
    files = sorted(path.parent.glob("log.[0-9]*")) + ([path] if path.exists() else [])
    return b"".join(file.read_bytes() for file in files)


def lines(length):
    return b"".join(b"line %010d\n" % i for i in range(length // LINE + 1))[:length]


class CrashTest(unittest.TestCase):
    def runs(self, kinds, ways, *options):
        """All runs, two at a time."""
        arguments = [(kind, way, seed, *options) for kind in kinds for way in ways for seed in range(RUNS)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            yield from pool.map(lambda one: Run(*one), arguments)

    def expect_prefix(self, run):
        self.assertEqual(run.content, lines(len(run.content)), f"{run.name}: not the lines in order")
        self.assertLessEqual(len(run.content), run.accepted + LONGEST_WRITE, run.name)
        for stage in "called_back", "flushed", "synced":
            self.assertGreaterEqual(len(run.content), getattr(run, stage), f"{run.name}: {stage}")

    def test_sigkill_leaves_a_prefix_with_all_that_was_reported(self):
        for run in self.runs(KINDS, ["kill"]):
            self.assertEqual(run.status, -signal.SIGKILL, run.errors)
            self.expect_prefix(run)

    def test_every_other_end_writes_all_that_was_accepted(self):
        statuses = {way: Run("pool", way, 0, "none").status for way in WAYS if not way.startswith("busy")}
        statuses |= {"busy_term": statuses["term"], "busy_thread_segv": statuses["thread_segv"]}
        # Without a CrashFlush, the loop may meet the end of libuv's thread pool, which aborts.
        statuses["thread_exit"] = 7
        for run in self.runs(KINDS, WAYS):
            way = run.name.split()[1]
            self.expect_prefix(run)
            accepted = run.at_exit if way == "thread_exit" else run.accepted
            self.assertGreaterEqual(len(run.content), accepted, f"{run.name}: {run.errors}")
            self.assertEqual(run.status, statuses[way], f"{run.name}: {run.errors}")

    def test_a_write_that_fails_leaves_a_prefix(self):
        status = Run("pool", "segv", 0, "none").status
        for run in self.runs(["here", "append", "descriptor"], ["limit_segv"]):
            self.assertEqual(run.content, lines(len(run.content)), run.name)
            self.assertIn(run.status, (status, -signal.SIGXFSZ), f"{run.name}: {run.errors}")

    def test_a_forked_child_does_not_write_its_parents_data(self):
        for run in self.runs(["append"], ["child_exit", "child_segv"]):
            self.assertEqual(run.status, -signal.SIGKILL, run.errors)
            self.assertEqual(run.content, b"", run.name)

    def expect_records(self, run, is_torn_allowed=False):
        whole, _, rest = run.content.rpartition(b"\n")
        if not is_torn_allowed:
            self.assertEqual(rest, b"", run.name)
        counts = [0] * THREADS
        for line in whole.split(b"\n") if whole else ():
            match = re.fullmatch(rb"thread (\d) record (\d{10})", line)
            self.assertTrue(match, f"{run.name}: {line}")
            thread, number = map(int, match.groups())
            self.assertEqual(number, counts[thread], f"{run.name}: thread {thread}")
            counts[thread] += 1
        for thread, count in enumerate(counts):
            self.assertGreaterEqual(count, run.waited_for[thread], f"{run.name}: thread {thread}")
        return counts

    def test_every_end_writes_all_records_of_a_producer(self):
        for run in self.runs(["producer"], PRODUCER_WAYS):
            for thread, count in enumerate(self.expect_records(run)):
                self.assertIn(count, (run.records[thread], run.records[thread] + 1),
                              f"{run.name}: thread {thread}: {run.errors}")

    def test_sigkill_leaves_the_records_that_a_producer_has_flushed(self):
        for run in self.runs(["producer"], ["kill"]):
            self.expect_records(run, is_torn_allowed=True)


if __name__ == "__main__":
    unittest.main()
