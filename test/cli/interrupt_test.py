"""Ctrl-C and kill: what was accepted is written, and the command says how much that was."""

import fcntl
import json
import os
import pathlib
import re
import signal
import struct
import termios
import unittest

from support import CliTest, lines, wait_until


def catches(process, number):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    caught = int(re.search(r"^SigCgt:\s*(\w+)$", status, re.MULTILINE)[1], 16)
    return bool(caught >> (number - 1) & 1)


def waiting(fifo):
    """How many bytes wait to be read."""
    return struct.unpack("i", fcntl.ioctl(fifo, termios.FIONREAD, b"    "))[0]


class InterruptTest(CliTest):
    def assert_interrupted(self, process, status, size, file):
        printed, said = process.communicate()
        self.assertEqual(said.decode(),
                         f"weir: interrupted: {size} bytes accepted, all written to {file}\n")
        self.assertEqual(process.returncode, status)
        summary = json.loads(printed)
        self.assertIs(summary["interrupted"], True)
        self.assertEqual(summary["bytes"], size)
        return summary

    def interrupt_lines(self, number, *options):
        """What came through a FIFO before and after the signal, and the summary."""
        path = self.fifo()
        process = self.start("lines", 10**12, path, "--json", *options)
        with open(path, "rb") as reader:
            content = reader.read(1 << 20)
            process.send_signal(number)
            content += reader.read()
        summary = self.assert_interrupted(process, 128 + number, len(content), path)
        return content, summary

    def test_lines_end_with_a_whole_line(self):
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(signal=number):
                content, summary = self.interrupt_lines(number)
                self.assertEqual(content, lines(summary["lines"]))
                (self.folder / "fifo").unlink()

    def test_lines_that_never_pause(self):
        content, summary = self.interrupt_lines(signal.SIGINT, "--high-water-mark", "1000G")
        self.assertEqual(content, lines(summary["lines"]))

    def test_an_interrupted_file_is_not_verified(self):
        _, summary = self.interrupt_lines(signal.SIGINT, "--verify")
        self.assertIs(summary["verified"], False)

    def test_write_while_it_waits_for_input(self):
        process = self.start("write", self.file, "--json")
        process.stdin.write(b"typed")
        process.stdin.flush()
        self.wait_for_content(b"typed")
        process.send_signal(signal.SIGINT)
        wait_until(lambda: process.poll() is not None, "the end, with the input still open")
        self.assert_interrupted(process, 130, 5, self.file)
        self.assertEqual(self.file.read_bytes(), b"typed")

    def test_write_while_it_waits_for_its_reader(self):
        path = self.fifo()
        process = self.start("write", path, "--json")
        with open(path, "rb") as reader:
            process.stdin.write(b"x" * (1 << 17))  # more than the FIFO holds
            process.stdin.flush()
            content = reader.read(1)
            process.send_signal(signal.SIGINT)
            content += reader.read()
        self.assert_interrupted(process, 130, len(content), path)

    def test_the_second_time_kills(self):
        path = self.fifo()
        unread = os.open(path, os.O_RDWR)
        process = self.start("lines", 10**12, path, "--high-water-mark", "1M")
        wait_until(lambda: waiting(unread) > 0, "a write of more than the FIFO holds")
        process.send_signal(signal.SIGINT)
        wait_until(lambda: not catches(process, signal.SIGINT), "it catches it no more")
        self.assertIsNone(process.poll())  # it still has to write what it accepted
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(), -signal.SIGINT)
        os.close(unread)

    def test_stays_ignored_where_it_was(self):
        # As under nohup, or in the background of a script.
        process = self.start("write", self.file, "--json",
                             through=("sh", "-c", 'trap "" INT; exec "$0" "$@"'))
        wait_until(lambda: catches(process, signal.SIGTERM), "it is under way")
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(b"typed")
        self.assertEqual((process.returncode, said), (0, b""))
        self.assertIs(json.loads(printed)["interrupted"], False)
        self.assertEqual(self.file.read_bytes(), b"typed")


if __name__ == "__main__":
    unittest.main()
