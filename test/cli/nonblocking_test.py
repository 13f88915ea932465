"""Standard streams that another process made non-blocking are waited for."""

import fcntl
import os
import select
import socket
import unittest

from support import CliTest, lines, wait_until

CONTENT = lines(100_000)
POLLS = "7", "73", "271"  # poll and ppoll, by the numbers of x86-64 and AArch64


class NonblockingTest(CliTest):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "in"
        self.source.write_bytes(CONTENT)

    def pair(self, kind):
        """A reading end, and a writing end that is non-blocking for each process that has it."""
        if kind == "pipe":
            reader, writer = os.pipe()
        elif kind == "fifo":
            path = self.folder / f"fifo{len(os.listdir(self.folder))}"
            os.mkfifo(path)
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            os.set_blocking(reader, True)
            writer = os.open(path, os.O_WRONLY)
        else:
            ends = socket.socketpair()
            reader, writer = (end.detach() for end in ends)
        return reader, writer

    def each_pair(self):
        for kind in "pipe", "fifo", "socket":
            with self.subTest(kind=kind):
                reader, writer = self.pair(kind)
                files = [open(reader, "rb", buffering=0), open(writer, "wb", buffering=0)]
                try:
                    yield files
                finally:
                    for file in files:
                        file.close()

    @staticmethod
    def is_full(writer):
        return not select.select([], [writer], [], 0)[1]

    def fill(self, writer):
        os.set_blocking(writer.fileno(), False)
        filled = 0
        for size in 4096, 1:
            try:
                while True:
                    filled += os.write(writer.fileno(), b"." * size)
            except BlockingIOError:
                pass
        return filled

    @staticmethod
    def read_all(reader):
        content = b""
        while block := os.read(reader.fileno(), 1000):
            content += block
        return content

    def test_data_on_standard_output(self):
        for command in (["cp", self.source, "-"], ["cp", self.source, "-", "--plain"],
                        ["cp", self.source, self.file, "--tee", "-"], ["lines", 100_000, "-"],
                        ["write", "-"]):
            for reader, writer in self.each_pair():
                os.set_blocking(writer.fileno(), False)
                with open(self.source, "rb") as source:
                    process = self.start(*command, stdin=source, stdout=writer)
                wait_until(lambda: self.is_full(writer), "a full pipe")
                writer.close()
                self.assertEqual(self.read_all(reader), CONTENT, command)
                self.assertEqual(process.wait(), 0, process.stderr.read())

    def test_the_summary_on_standard_output(self):
        for command in ["cp", self.source, self.file], ["lines", 100_000, self.file], ["--help"]:
            for reader, writer in self.each_pair():
                filled = self.fill(writer)
                process = self.start(*command, stdout=writer)
                writer.close()
                self.wait_until_asleep(process)
                said = self.read_all(reader)[filled:].decode()
                self.assertEqual((process.wait(), process.stderr.read()), (0, b""))
                self.assertIn("Usage" if command == ["--help"] else "rate", said)
                self.assertTrue(said.endswith("\n"))

    def test_a_complaint_on_standard_error(self):
        for reader, writer in self.each_pair():
            filled = self.fill(writer)
            process = self.start("lines", 1, self.folder / "none" / "x", stderr=writer)
            writer.close()
            self.wait_until_asleep(process)
            said = self.read_all(reader)[filled:].decode()
            self.assertEqual(process.wait(), 1)
            self.assertRegex(said, r"\Aweir: ENOENT: .*\n\Z")

    def wait_until_asleep(self, process):
        """The command has only its output left to write."""
        def is_asleep():
            if process.poll() is not None:
                return True
            # The loop's own wait is an epoll_wait.
            with open(f"/proc/{process.pid}/syscall") as call:
                return call.read().split()[0] in POLLS
        wait_until(is_asleep, "it waits")

    def test_standard_input(self):
        for command in ["cp", "-", self.file], ["write", self.file]:
            for reader, writer in self.each_pair():
                os.set_blocking(reader.fileno(), False)
                process = self.start(*command, stdin=reader)
                for part in range(0, len(CONTENT), 100_000):
                    writer.write(CONTENT[part:part + 100_000])
                writer.close()
                self.assertEqual(process.wait(), 0, process.stderr.read())
                self.assertEqual(self.file.read_bytes(), CONTENT)
                self.file.unlink()

    def test_the_pipe_is_left_non_blocking(self):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        process = self.start("lines", 10, "-", stdout=writer)
        self.assertEqual(process.wait(), 0)
        self.assertTrue(fcntl.fcntl(writer, fcntl.F_GETFL) & os.O_NONBLOCK)
        os.close(reader)
        os.close(writer)


if __name__ == "__main__":
    unittest.main()
