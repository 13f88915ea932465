"""The progress line: on a terminal only, and erased when the command ends."""

import errno
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time
import unittest

from support import CliTest

CLEAR = b"\r\x1b[K"
LONGER = 0.35  # seconds, than the line takes to appear


class TerminalTest(CliTest):
    def setUp(self):
        super().setUp()
        self.master, self.terminal = pty.openpty()
        self.addCleanup(os.close, self.master)

    def start_on_terminal(self, *arguments, command="write", **options):
        process = self.start(command, *arguments, stderr=self.terminal, **options)
        os.close(self.terminal)
        return process

    def shown(self, until=None):
        """The terminal's output, up to some text or the end."""
        content = b""
        while until is None or until not in content:
            try:
                block = os.read(self.master, 4096)
            except OSError as error:  # every process has closed the terminal
                self.assertEqual(error.errno, errno.EIO)
                return content
            content += block
        return content

    def test_is_drawn_over_and_cleared(self):
        process = self.start_on_terminal(self.file)
        process.stdin.write(b"x" * 100_000)
        process.stdin.flush()
        first = self.shown(until=b"drains")
        second = self.shown(until=b"drains")
        process.stdin.close()
        rest = self.shown()
        self.assertEqual(process.wait(), 0)

        self.assertTrue(first.startswith(CLEAR), first)
        self.assertRegex(first.decode(), r"\d:\d\d  \d\.\d MB  \d\.\d MB/s  buffer \[.{4}\] \d+ of 16384  \d+ drains")
        self.assertIn(CLEAR, second)
        self.assertTrue(rest.endswith(CLEAR), rest)
        self.assertNotIn(b"\n", first + second + rest)

    def shown_until_left(self, *arguments, **options):
        """The progress line of a transfer into a FIFO, which is read once the line has a time left."""
        fifo = self.fifo()
        process = self.start_on_terminal(*arguments, fifo, **options)
        with open(fifo, "rb") as reader:
            shown = self.shown(until=b" left")
            if b" of 16384" not in shown:
                shown += self.shown(until=b" of 16384")
            reader.read()
        self.assertEqual(process.wait(), 0)
        return shown.decode()

    SHARE = r"\[=*>? *\]  +\d+ %  \d+:\d\d left  \d+\.\d MB  \d+\.\d MB/s  buffer \[.{4}\] \d+ of 16384"

    def test_how_much_of_a_file_is_written_and_the_time_left(self):
        source = self.folder / "in"
        source.write_bytes(bytes(1 << 20))
        with open(source, "rb") as given:
            given.seek(1 << 19)
            shown = self.shown_until_left(stdin=given) + self.shown().decode()
        self.assertIn(" %  ", shown)
        # Percent of the rest: half of the file, less a FIFO, a block and a buffer of 64 KiB each.
        percent = int(re.search(r"(\d+) %  \d+:\d\d left", shown)[1])
        self.assertTrue(10 <= percent <= 60, shown)

    def test_how_many_of_the_lines_are_written_and_the_time_left(self):
        shown = self.shown_until_left(1_000_000, command="lines") + self.shown().decode()
        self.assertRegex(shown, self.SHARE)

    def set_columns(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def next_line(self):
        """The next line that has been drawn over."""
        while self.unread.count(CLEAR) < 2:
            self.unread += os.read(self.master, 4096)
        _, line, rest = self.unread.split(CLEAR, 2)
        self.unread = CLEAR + rest
        return line.decode()

    def test_a_line_fits_the_terminal_and_follows_its_width(self):
        source = self.folder / "in"
        source.write_bytes(bytes(1 << 20))
        fifo = self.fifo()
        self.unread = b""
        self.set_columns(120)
        with open(source, "rb") as given:
            process = self.start_on_terminal(fifo, stdin=given)
        with open(fifo, "rb") as reader:
            while " left" not in self.next_line():
                pass
            for columns in 120, 60, 30, 12, 3, 200:
                self.set_columns(columns)
                for _ in range(3):
                    self.next_line()  # begun before the change
                line = self.next_line()
                self.assertLess(len(line), columns, line)
                self.assertEqual(" left" in line, columns >= 30, line)
                self.assertEqual(line.startswith("["), columns >= 60, line)
            reader.read()
        self.shown()
        self.assertEqual(process.wait(), 0)

    def test_no_percentage_without_a_known_size(self):
        process = self.start_on_terminal(self.file)
        process.stdin.write(b"x")
        process.stdin.flush()
        shown = self.shown(until=b"drains")
        process.stdin.close()
        self.assertNotIn(b"%", shown + self.shown())

    def test_is_cleared_before_an_error(self):
        process = self.start_on_terminal(self.folder / "none" / "x")
        shown = self.shown()
        self.assertEqual(process.wait(), 1)
        self.assertTrue(shown.startswith(CLEAR + b"weir: ENOENT"), shown)

    def test_is_not_there_with_json(self):
        process = self.start_on_terminal(self.file, "--json")
        time.sleep(LONGER)
        process.stdin.close()
        self.assertEqual(self.shown(), b"")
        self.assertEqual(process.wait(), 0)

    def test_is_not_there_where_the_data_is_shown(self):
        process = self.start_on_terminal("-", "--high-water-mark", "1", stdout=self.terminal)
        process.stdin.write(b"data")
        process.stdin.flush()
        shown = self.shown(until=b"data")
        time.sleep(LONGER)
        process.stdin.close()
        shown += self.shown()
        self.assertEqual(process.wait(), 0)
        self.assertNotIn(b"\x1b", shown)

    def test_is_not_there_in_a_pipe(self):
        os.close(self.terminal)
        process = self.start("write", self.file)
        time.sleep(LONGER)
        process.stdin.close()
        self.assertEqual(process.stderr.read(), b"")
        self.assertEqual(process.wait(), 0)


if __name__ == "__main__":
    unittest.main()
