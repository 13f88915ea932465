"""weir write: standard input of every kind, read only while there is room."""

import fcntl
import json
import os
import pty
import select
import socket
import struct
import subprocess
import unittest

from support import CliTest, bash, lines, wait_until, weir


class InputTest(CliTest):
    def test_a_pipe(self):
        result = weir("write", self.file, "--json", input=lines(200_000).decode())
        self.assert_done(result)
        self.assertEqual(self.file.read_bytes(), lines(200_000))
        summary = json.loads(result.stdout)
        self.assertEqual(summary["bytes"], len(lines(200_000)))
        self.assertGreater(summary["pauses"], 0)
        self.assertEqual(summary["drains"], summary["pauses"])
        self.assertNotIn("lines", summary)

    def test_a_file(self):
        source = self.folder / "in"
        source.write_bytes(bytes(range(256)) * 4000)
        with open(source, "rb") as opened:
            self.assert_done(weir("write", self.file, stdin=opened))
        self.assertEqual(self.file.read_bytes(), source.read_bytes())

    def test_empty_input(self):
        self.assert_done(weir("write", self.file, stdin=subprocess.DEVNULL))
        self.assertEqual(self.file.read_bytes(), b"")

    def test_a_terminal(self):
        master, terminal = pty.openpty()
        process = self.start("write", self.file, stdin=terminal)
        os.write(master, b"typed\n\x04")  # Ctrl-D
        self.assertEqual(process.wait(), 0)
        self.assertEqual(self.file.read_bytes(), b"typed\n")
        os.close(master)
        os.close(terminal)

    def test_a_slow_writer(self):
        process = self.start("write", self.file)
        content = b""
        for word in b"one ", b"two ", b"three":
            process.stdin.write(word)
            process.stdin.flush()
            content += word
            self.wait_for_content(content)  # at once, not with the next word
        process.stdin.close()
        self.assertEqual(process.wait(), 0)
        self.assertEqual(self.file.read_bytes(), content)

    def test_append(self):
        self.file.write_bytes(b"before ")
        self.assert_done(weir("write", self.file, "--append", input="after"))
        self.assertEqual(self.file.read_bytes(), b"before after")

    def test_to_standard_output(self):
        result = weir("write", "-", input=lines(100_000).decode())
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout.encode(), lines(100_000))

    def test_is_left_blocking(self):
        reader, writer = os.pipe()
        flags = fcntl.fcntl(reader, fcntl.F_GETFL)
        process = self.start("write", self.file, stdin=reader)
        os.write(writer, b"x")
        self.wait_for_content(b"x")
        self.assertEqual(fcntl.fcntl(reader, fcntl.F_GETFL), flags)
        os.close(writer)
        self.assertEqual(process.wait(), 0)
        os.close(reader)

    def test_is_not_read_while_the_buffer_is_full(self):
        path = self.fifo()
        reader = os.open(path, os.O_RDWR)  # opens the FIFO without reading from it
        process = self.start("write", path)
        given = self.give_what_it_takes(process.stdin.fileno())
        # Two pipes, a block and the buffer, each 64 KiB.
        self.assertLess(given, 512 * 1024)

        process.stdin.close()
        taken = 0
        while taken < given:
            taken += len(os.read(reader, 1 << 20))
        self.assertEqual(process.wait(), 0)
        os.close(reader)

    @staticmethod
    def give_what_it_takes(fd):
        os.set_blocking(fd, False)
        given = 0
        while given < 64 << 20 and select.select([], [fd], [], 0.5)[1]:
            given += os.write(fd, b"x" * 4096)
        return given


class InputFailureTest(CliTest):
    def test_a_directory(self):
        folder = os.open(self.folder, os.O_RDONLY)
        self.assert_fails(weir("write", self.file, stdin=folder), 1,
                          "EISDIR: illegal operation on a directory, read 'standard input'")
        os.close(folder)

    def test_closed(self):
        result = bash('"$WEIR" write "$FILE" <&-', FILE=self.file)
        self.assert_fails(result, 1, "EBADF: bad file descriptor, read 'standard input'")

    def test_data_before_the_failure_is_written_and_reported(self):
        near, far = self.connection()
        process = self.start("write", self.file, stdin=near)
        near.close()
        far.sendall(b"before")
        self.wait_for_content(b"before")
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        far.close()  # with a reset
        _, said = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertEqual(said.decode(), "weir: ECONNRESET: connection reset by peer, read 'standard input'\n"
                                        "weir: 6 bytes were written before the error\n")
        self.assertEqual(self.file.read_bytes(), b"before")

    @staticmethod
    def connection():
        with socket.create_server(("127.0.0.1", 0)) as server:
            near = socket.create_connection(server.getsockname())
            return near, server.accept()[0]

    def test_a_failed_write_does_not_wait_for_more_input(self):
        process = self.start("write", "/dev/full")
        process.stdin.write(b"x")
        process.stdin.flush()
        wait_until(lambda: process.poll() is not None, "the end")
        self.assertEqual(process.returncode, 1)
        self.assertEqual(process.stderr.read(),
                         b"weir: ENOSPC: no space left on device, write '/dev/full'\n")

    def test_a_failed_open_does_not_wait_for_input(self):
        process = self.start("write", self.folder / "none" / "x")
        wait_until(lambda: process.poll() is not None, "the end")
        self.assertEqual(process.returncode, 1)


if __name__ == "__main__":
    unittest.main()
