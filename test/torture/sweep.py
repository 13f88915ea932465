"""Each call of the system fails once, on each route of the command: WEIR is the command, FAIL_CALL_LIBRARY the
library that lets a call fail. What the tests of the routes share.

A run ends by itself, and not by a signal. It exits with 0 only if its output is complete; otherwise it prints why. A
file that is replaced is the old or the new one, whole, and no other file is left. TORTURE_DEPTH is the number of calls
of each kind that fail, one in each run (default 2); 0 is all of them.
"""

import errno
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: E402, F401, each child ends with its test

WEIR = os.environ.get("WEIR", "weir")
LIBRARY = os.environ.get("FAIL_CALL_LIBRARY", "")
DEPTH = int(os.environ.get("TORTURE_DEPTH", "2"))
PATIENCE = 20

DATA = random.Random(5).randbytes(300_000)
OLD = b"the old file\n"

INPUT = ("EIO", "EINTR")
OUTPUT = ("ENOSPC", "EIO", "EINTR")
PEER = ("ECONNRESET", "EINTR", "ENOBUFS")
CALLS = {
    "open": ("EMFILE", "EACCES", "EINTR"), "open64": ("EMFILE", "EACCES", "EINTR"), "openat": ("EMFILE", "EACCES", "EINTR"),
    "syscall": ("ENOSYS", "EAGAIN", "EACCES"),
    "read": INPUT, "readv": INPUT, "pread": INPUT, "pread64": INPUT, "preadv2": INPUT,
    "write": OUTPUT, "writev": OUTPUT, "pwrite": OUTPUT, "pwrite64": OUTPUT, "pwritev": OUTPUT,
    "close": ("EIO", "EINTR"), "fsync": ("EIO",), "fdatasync": ("EIO",), "syncfs": ("EIO",),
    "fstat": ("EIO",), "stat": ("EACCES",), "fstatat": ("EACCES",), "statx": ("EACCES", "ENOSYS"),
    "fchmod": ("EPERM",), "fchown": ("EPERM",), "fsetxattr": ("ENOTSUP",),
    "fallocate": ("EOPNOTSUPP", "ENOSPC"), "lseek": ("EINVAL",), "dup": ("EMFILE",),
    "copy_file_range": ("EXDEV", "EINVAL", "ENOSPC", "EIO"), "sendfile": ("EINVAL", "EIO"),
    "linkat": ("EPERM", "ENOENT", "ENOSPC"), "renameat": ("EIO", "EACCES"), "renameat2": ("EIO", "EACCES"),
    "unlinkat": ("EACCES",), "readlinkat": ("EACCES",), "waitpid": ("EINTR",),
    "socket": ("EMFILE",), "bind": ("EADDRINUSE",), "listen": ("EADDRINUSE",),
    "connect": ("ECONNREFUSED", "ENETUNREACH"), "accept4": ("EMFILE", "ECONNABORTED", "EINTR"),
    "setsockopt": ("EINVAL",), "getsockname": ("ENOBUFS",), "getpeername": ("ENOTCONN",),
    "send": PEER, "sendmsg": PEER, "recv": PEER, "recvmsg": PEER,
    "getaddrinfo": ("EAGAIN",), "pipe2": ("EMFILE",), "epoll_create1": ("EMFILE",), "eventfd": ("EMFILE",),
    "poll": ("EINTR", "ENOMEM"),
}


class SweepTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.reached = self.root / "reached"
        self.folder = self.root / "work"

    def begin(self):
        """The folder of one run: its input, and an output to replace."""
        self.folder.mkdir()
        self.source = self.folder / "in"
        self.out = self.folder / "out"
        self.source.write_bytes(DATA)
        self.out.write_bytes(OLD)

    def clear(self):
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()

    def failing(self, call, at, error):
        self.reached.unlink(missing_ok=True)
        return os.environ | {"LD_PRELOAD": LIBRARY, "FAIL_CALL": call, "FAIL_AT": str(at),
                             "FAIL_WITH": str(getattr(errno, error)), "FAIL_REACHED": str(self.reached)}

    def command(self, environment, *arguments, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        result = subprocess.run([WEIR, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=environment, timeout=PATIENCE, **options)
        self.status, self.output, self.said = result.returncode, result.stdout, result.stderr.decode()

    def start(self, environment, *arguments):
        """Starts a command that says on standard error where it listens; returns the port, or None if it has ended."""
        process = subprocess.Popen([WEIR, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   text=True, env=environment)
        guard = threading.Timer(PATIENCE, process.kill)
        guard.start()
        self.addCleanup(guard.cancel)
        self.process, self.first = process, process.stderr.readline()
        found = re.search(r"(?:listening on|serving) .*:(\d+)/?$", self.first.strip())
        return found and int(found[1])

    def finish(self):
        with self.process.stderr:
            self.said = self.first + self.process.stderr.read()
        self.status = self.process.wait(PATIENCE)

    def sweep(self, run, check, least=20):
        """`run(environment)` for each failing call; `check()` afterwards. `least`: so many calls have failed."""
        faults = 0
        for call, errors in CALLS.items():
            for error in errors:
                at = 0
                while DEPTH == 0 or at < DEPTH:
                    at += 1
                    with self.subTest(call=call, error=error, at=at):
                        self.begin()
                        try:
                            run(self.failing(call, at, error))
                            check()
                        finally:
                            self.clear()
                    if not self.reached.exists():
                        # Without a fault. A server is ended by the test.
                        self.assertIn(self.status, (0, -signal.SIGINT), getattr(self, "said", ""))
                        break
                    faults += 1
                if at == 1:
                    break  # the route has no such call
        self.assertGreater(faults, least)

    def assert_ended(self, complete):
        """It succeeded exactly if its output is complete; a failure is named."""
        self.assertIn(self.status, (0, 1, 2), self.said)
        if self.status == 0:
            self.assertTrue(complete, f"exit 0 with incomplete output; said {self.said!r}")
        else:
            self.assertRegex(self.said, r"(?m)^weir: .*[A-Z]", f"exit {self.status} without a reason")

    def assert_replaced_whole(self, new=DATA, old=OLD):
        content = self.out.read_bytes()
        self.assertIn(content, (new, old), f"neither the old nor the new file: {len(content)} bytes")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["in", "out"])
        self.assert_ended(content == new)
