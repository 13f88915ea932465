"""The command is killed, and run again: WEIR is the command, FAIL_CALL_LIBRARY the library that kills it right before its
Nth call of the system, so that a run is repeated by its N. N is chosen by a seed.

After each kill, a file that is replaced is the old or the new one, whole; what is appended is a prefix of the input; all
that was acknowledged is there. The same command, run again, ends well with the whole result.
WEIR_KILLS is the number of kills of all routes (default 200), WEIR_KILL_SEED the seed (default 1).
"""

import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: E402, F401, each child ends with its test
import nats_server  # noqa: E402

WEIR = os.environ.get("WEIR", "weir")
LIBRARY = os.environ.get("FAIL_CALL_LIBRARY", "")
WRITER = os.environ.get("WEIR_CRASH_WRITER", "")
KILLS = int(os.environ.get("WEIR_KILLS", "200"))
SEED = int(os.environ.get("WEIR_KILL_SEED", "1"))
PATIENCE = 60
# Only processes die here, so files in memory show the same, and their syncs take no time.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

DATA = random.Random(5).randbytes(300_000)
LINES = b"".join(b"Line %d\n" % i for i in range(3000))
OLD = b"the old file\n"


class KillTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.folder = self.root / "work"
        self.random = random.Random(f"{SEED} {self.id()}")

    def begin(self):
        """The folder of one life: its input, and an output to replace."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.source, self.out = self.folder / "in", self.folder / "out"
        self.source.write_bytes(DATA)
        self.out.write_bytes(OLD)

    def run_program(self, arguments, given=None, **variables):
        environment = os.environ | {"LD_PRELOAD": LIBRARY} | {key: str(value) for key, value in variables.items()}
        source = {"stdin": subprocess.DEVNULL} if given is None else {"input": given}
        return subprocess.run([str(each) for each in arguments], capture_output=True, env=environment,
                              timeout=PATIENCE, start_new_session=True, **source)

    def calls_of(self, arguments, given=None):
        """The number of calls of one whole run."""
        made = self.root / "calls"
        result = self.run_program(arguments, given, CALLS_MADE=made)
        self.assertEqual(result.returncode, 0, result.stderr)
        return int(made.read_text())

    def kill_each(self, share, command, check, given=None):
        """`share` of all kills: `command()` gives the arguments, `check()` looks at what is left, and after a run to the
        end `check(True)` does."""
        self.begin()
        calls = self.calls_of(command(), given)
        killed = 0
        for life in range(max(1, round(KILLS * share))):
            at = self.random.randint(1, calls)
            with self.subTest(life=life, at=at, seed=SEED):
                self.begin()
                # The command renames in a process of its own, which lives on if the command alone is killed. Every
                # third kill ends only the process that makes the call, perhaps that one.
                whose = {} if life % 3 == 0 else {"KILL_GROUP": 1}
                result = self.run_program(command(), given, KILL_AT=at, **whose)
                self.assertIn(result.returncode, (-signal.SIGKILL, 1, 0), result.stderr)
                killed += result.returncode != 0
                check(False)
                again = self.run_program(command(), given)
                self.assertEqual(again.returncode, 0, again.stderr)
                check(True)
        self.assertGreater(killed, 0)

    def check_replaced(self, is_whole, new=DATA):
        content = self.out.read_bytes()
        self.assertIn(content, (new,) if is_whole else (new, OLD), f"{len(content)} bytes")
        if is_whole:
            self.assertEqual(self.names(), {"in", "out"})

    def names(self):
        """Of the files, without the new one that has a name for the moment before it is renamed: it stays where every
        process of the command is killed in that moment."""
        return {path.name for path in self.folder.iterdir() if not path.name.startswith(".weir-")}

    def test_copy(self):
        self.kill_each(0.15, lambda: [WEIR, "cp", self.source, self.out], self.check_replaced)

    def test_copy_of_every_byte_with_a_sync(self):
        self.kill_each(0.2, lambda: [WEIR, "cp", "--plain", "--sync", self.source, self.out], self.check_replaced)

    def test_copy_that_compresses(self):
        def check(is_whole):
            if is_whole or self.out.read_bytes() != OLD:
                packed = self.out.read_bytes()
                self.assertEqual(subprocess.run(["gzip", "-dc"], input=packed, capture_output=True, check=True).stdout,
                                 DATA)
        self.kill_each(0.1, lambda: [WEIR, "cp", "--gzip", self.source, self.out], check)

    def test_write(self):
        def check(is_whole):
            content = self.out.read_bytes()
            # It is opened with its old content, or empty.
            self.assertTrue(content == OLD or LINES.startswith(content), "not a prefix of the input")
            self.assertTrue(not is_whole or content == LINES)
        self.kill_each(0.15, lambda: [WEIR, "write", self.out, "--pool"], check, LINES)

    def test_write_that_appends(self):
        def check(is_whole):
            content = self.out.read_bytes()
            self.assertTrue(content.startswith(OLD), "the old file has changed")
            added = content[len(OLD):]
            if is_whole:
                # The first life has left a prefix of its input, and the second has added its own.
                self.assertTrue(added.endswith(LINES))
                added = added[:-len(LINES)]
            self.assertTrue(LINES.startswith(added), "not a prefix of the input")
        self.kill_each(0.1, lambda: [WEIR, "write", "--append", self.out], check, LINES)

    def test_log_that_rotates(self):
        def check(is_whole):
            log = self.folder / "app.log"
            rotated = sorted(self.folder.glob("app.log.[0-9]*"))
            files = [*rotated, log] if log.exists() else rotated
            # A kill within a rotation leaves the log with its old name and its new one; the next life takes one of them.
            inodes = {path.stat().st_ino: path for path in files}
            self.assertLessEqual(len(files) - len(inodes), 0 if is_whole else 1, "two names of one file")
            content = b"".join(path.read_bytes() for path in inodes.values())
            if is_whole:
                # A restart continues the log behind whatever the first life has left.
                self.assertTrue(content.endswith(LINES), "the second life's lines are not all there")
                content = content[:-len(LINES)]
            self.assertTrue(LINES.startswith(content), "not a prefix of the input")
            self.assertLessEqual(self.names() - {"in", "out", "app.log"}, {path.name for path in rotated})
        self.kill_each(0.15, lambda: [WEIR, "log", self.folder / "app.log", "--rotate", "10K"], check, LINES)

    @unittest.skipUnless(WRITER, "the writer of test/crash is not built")
    def test_what_was_acknowledged_is_there(self):
        """The writer counts, in memory that outlives it, what it was told."""
        kinds = ("pool", "append", "low_water", "rotating")
        account = self.root / "account"
        killed = 0
        for life in range(max(len(kinds), round(KILLS * 0.13))):
            kind, seed, at = kinds[life % len(kinds)], self.random.randint(0, 1 << 30), self.random.randint(1, 400)
            with self.subTest(kind=kind, seed=seed, at=at):
                self.begin()
                account.write_bytes(bytes(8 * 11))
                result = self.run_program([WRITER, self.folder / "log", account, kind, "kill", seed, "none"],
                                          KILL_AT=at)
                killed += result.returncode == -signal.SIGKILL
                _, called_back, flushed, synced, _ = struct.unpack("5Q", account.read_bytes()[:40])
                files = sorted(self.folder.glob("log.[0-9]*"))
                log = self.folder / "log"
                content = b"".join(path.read_bytes() for path in [*files, log] if path.exists())
                expected = b"".join(b"line %010d\n" % i for i in range(len(content) // 16 + 1))
                self.assertTrue(expected.startswith(content), "not the lines in order")
                self.assertGreaterEqual(len(content), max(called_back, flushed, synced))
        self.assertGreater(killed, 0)

    @unittest.skipUnless(nats_server.is_usable(WEIR), "nats-server is not installed, or weir was built without NATS")
    def test_a_sender_to_nats_continues(self):
        place = f"nats://127.0.0.1:{nats_server.start(self, self.root)}/logs{{0}}?stream=LOGS{{0}}"
        (self.root / "lines").write_bytes(LINES)
        calls = self.calls_of([WEIR, "cp", self.root / "lines", place.format(0)])
        for life in range(1, max(1, round(KILLS * 0.02)) + 1):
            at = self.random.randint(1, calls)
            with self.subTest(life=life, at=at, seed=SEED):
                self.begin()
                self.out.unlink()
                # What is acknowledged is not sent again, and what is not, is; whichever of the two a kill cuts off.
                self.run_program([WEIR, "cp", self.root / "lines", place.format(life)], KILL_AT=at)
                again = self.run_program([WEIR, "cp", self.root / "lines", place.format(life)])
                self.assertEqual(again.returncode, 0, again.stderr)
                stream = place.partition("/logs")[0] + f"/LOGS{life}"
                end = self.run_program([WEIR, "cp", stream, self.out])
                self.assertEqual(end.returncode, 0, end.stderr)
                self.assertEqual(self.out.read_bytes(), LINES)


if __name__ == "__main__":
    unittest.main()
