"""The common parts of the weir command's tests. WEIR names the built command."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: F401, each child ends with its test

WEIR = os.environ.get("WEIR", "weir")
PATIENCE = 60  # seconds for any step, also under a sanitizer


def lines(count, first=0):
    return "".join(f"Line {i}\n" for i in range(first, count)).encode()


def weir(*arguments, **options):
    """Runs the command to its end, with its output as text."""
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([WEIR, *map(str, arguments)], stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE, **options)


def bash(script, **variables):
    """Runs a script that finds the command in $WEIR; it fails where a part of a pipe does."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, timeout=PATIENCE,
        env=os.environ | {"WEIR": WEIR} | {key: str(value) for key, value in variables.items()},
    )


def wait_until(true, what):
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not after {PATIENCE} s: {what}")
        time.sleep(0.005)


def open_files(pid):
    """The open descriptors of a process, each as a path, "socket:[7]" or the like."""
    names = []
    for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(os.readlink(descriptor))
        except FileNotFoundError:
            pass  # it was closed since they were listed
    return sorted(names)


class CliTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "out.txt"

    def start(self, *arguments, through=(), **options):
        """Starts the command with pipes as standard streams; it ends with the test."""
        for stream in "stdin", "stdout", "stderr":
            options.setdefault(stream, subprocess.PIPE)
        process = subprocess.Popen([*through, WEIR, *map(str, arguments)], **options)
        self.addCleanup(self.put_away, process)
        return process

    @staticmethod
    def put_away(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in process.stdin, process.stdout, process.stderr:
            if stream:
                stream.close()

    def fifo(self):
        path = self.folder / "fifo"
        os.mkfifo(path)
        return path

    def wait_for_content(self, content):
        wait_until(lambda: self.file.exists() and self.file.read_bytes() == content,
                   f"{content!r} in the file")

    def assert_done(self, result):
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def assert_fails(self, result, status, *messages):
        """It says just these lines, and there is no summary."""
        said = "".join(f"weir: {message}\n" for message in messages)
        self.assertEqual((result.returncode, result.stderr, result.stdout), (status, said, ""))
