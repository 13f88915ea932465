"""Ctrl-C, kill and hang-up: the command cleans up, says how far it is, and ends by the signal."""

import fcntl
import json
import os
import pathlib
import pty
import re
import resource
import signal
import socket
import struct
import termios
import time
import unittest

from support import PATIENCE, CliTest, lines, open_files, wait_until

SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT
# SIGQUIT leaves none.
resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def catches(process, number):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    caught = int(re.search(r"^SigCgt:\s*(\w+)$", status, re.MULTILINE)[1], 16)
    return bool(caught >> (number - 1) & 1)


def waiting(fifo):
    """How many bytes wait to be read."""
    return struct.unpack("i", fcntl.ioctl(fifo, termios.FIONREAD, b"    "))[0]


class InterruptTest(CliTest):
    def setUp(self):
        super().setUp()
        self.fifos = 0

    def fifo(self):
        self.fifos += 1
        path = self.folder / f"fifo{self.fifos}"
        os.mkfifo(path)
        return path

    def open_fifo(self):
        """A FIFO that both sides have open, and where neither ever reads nor writes."""
        path = self.fifo()
        descriptor = os.open(path, os.O_RDWR)
        self.addCleanup(os.close, descriptor)
        return path, descriptor

    def said_at_the_end(self, process, number):
        """Its messages after the signal; it needs no second one."""
        process.send_signal(number)
        printed, said = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, -number)
        return printed, said.decode()


class TransferTest(InterruptTest):
    def assert_interrupted(self, process, number, size, file):
        printed, said = process.communicate()
        self.assertEqual(said.decode(),
                         f"weir: interrupted: {size} bytes accepted, all written to {file}\n")
        self.assertEqual(process.returncode, -number)
        summary = json.loads(printed)
        self.assertIs(summary["interrupted"], True)
        self.assertEqual(summary["bytes"], size)
        return summary

    def interrupt_lines(self, number, *options):
        """The data read from a FIFO before and after the signal, and the summary."""
        path = self.fifo()
        process = self.start("lines", 10**12, path, "--json", *options)
        with open(path, "rb") as reader:
            content = reader.read(1 << 20)
            process.send_signal(number)
            content += reader.read()
        summary = self.assert_interrupted(process, number, len(content), path)
        return content, summary

    def test_lines_end_with_a_whole_line(self):
        for number in SIGNALS:
            with self.subTest(signal=number):
                content, summary = self.interrupt_lines(number)
                self.assertEqual(content, lines(summary["lines"]))

    def test_lines_that_never_pause(self):
        content, summary = self.interrupt_lines(signal.SIGINT, "--high-water-mark", "1000G")
        self.assertEqual(content, lines(summary["lines"]))

    def test_an_interrupted_file_is_not_verified(self):
        _, summary = self.interrupt_lines(signal.SIGINT, "--verify")
        self.assertIs(summary["verified"], False)

    def test_write_while_it_waits_for_input(self):
        for number in SIGNALS:
            with self.subTest(signal=number):
                process = self.start("write", self.file, "--json")
                process.stdin.write(b"typed")
                process.stdin.flush()
                self.wait_for_content(b"typed")
                process.send_signal(number)
                wait_until(lambda: process.poll() is not None, "the end, with the input still open")
                self.assert_interrupted(process, number, 5, self.file)
                self.assertEqual(self.file.read_bytes(), b"typed")
                self.file.unlink()

    def test_write_while_it_waits_for_its_reader(self):
        path = self.fifo()
        process = self.start("write", path, "--json")
        with open(path, "rb") as reader:
            process.stdin.write(b"x" * (1 << 17))  # more than the FIFO holds
            process.stdin.flush()
            content = reader.read(1)
            process.send_signal(signal.SIGINT)
            content += reader.read()
        self.assert_interrupted(process, signal.SIGINT, len(content), path)

    def test_a_fifo_that_has_no_reader_is_not_waited_for(self):
        for number in SIGNALS:
            for arguments in ("lines", 10**12), ("write",):
                with self.subTest(signal=number, arguments=arguments):
                    path = self.fifo()
                    process = self.start(*arguments, path, "--json")
                    process.stdin.write(b"typed")
                    process.stdin.flush()
                    wait_until(lambda: catches(process, number), "it is under way")
                    printed, said = self.said_at_the_end(process, number)
                    self.assertRegex(said, rf"^weir: interrupted: \d+ bytes accepted, "
                                           rf"0 written to {path}\n$")
                    summary = json.loads(printed)
                    self.assertEqual((summary["bytes"], summary["interrupted"]), (0, True))

    def test_a_reader_that_does_not_read_is_not_waited_for(self):
        for number in SIGNALS:
            for place in "fifo", "-":
                with self.subTest(signal=number, place=place):
                    path, unread = self.open_fifo()
                    to, options = (path, {}) if place == "fifo" else ("-", {"stdout": unread})
                    process = self.start("lines", 10**12, to, "--high-water-mark", "1M", **options)
                    wait_until(lambda: waiting(unread) >= 1 << 16, "a write that waits")
                    _, said = self.said_at_the_end(process, number)
                    accepted, written = map(int, re.match(
                        r"weir: interrupted: (\d+) bytes accepted, at least (\d+) written",
                        said).groups())
                    self.assertGreater(accepted, 1 << 16)
                    self.assertLessEqual(written, 1 << 16)

    def test_a_reader_that_is_slow_is_waited_for(self):
        # So slow that a whole write of the command takes longer than one that does not read may.
        path = self.fifo()
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        process = self.start("lines", 10**12, path, "--json", "--high-water-mark", "64K")
        wait_until(lambda: waiting(reader) >= 1 << 16, "a write that waits")
        process.send_signal(signal.SIGINT)
        os.set_blocking(reader, True)
        size = 0
        while block := os.read(reader, 4096):
            size += len(block)
            time.sleep(0.1)
        self.assert_interrupted(process, signal.SIGINT, size, path)

    def test_the_second_time_kills(self):
        path, unread = self.open_fifo()
        process = self.start("lines", 10**12, path, "--high-water-mark", "1M")
        wait_until(lambda: waiting(unread) > 0, "a write of more than the FIFO holds")
        process.send_signal(signal.SIGINT)
        wait_until(lambda: not catches(process, signal.SIGINT), "it catches it no more")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
        # The second signal kills it before it has dropped the accepted data.
        self.assertEqual((process.returncode, said), (-signal.SIGINT, b""))

    def test_stays_ignored_where_it_was(self):
        # As under nohup, or in the background of a script.
        for number in SIGNALS:
            with self.subTest(signal=number):
                name = number.name.removeprefix("SIG")
                process = self.start("write", self.file, "--json",
                                     through=("sh", "-c", f'trap "" {name}; exec "$0" "$@"'))
                # Not SIGINT, which dash catches as well.
                other = next(one for one in reversed(SIGNALS) if one != number)
                wait_until(lambda: catches(process, other), "it is under way")
                process.send_signal(number)
                printed, said = process.communicate(b"typed")
                self.assertEqual((process.returncode, said), (0, b""))
                self.assertIs(json.loads(printed)["interrupted"], False)
                self.assertEqual(self.file.read_bytes(), b"typed")


class CopyTest(InterruptTest):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "in"
        self.source.write_bytes(lines(100_000))
        self.file.write_bytes(b"old")

    def temporaries(self):
        return [path for path in self.folder.iterdir() if path.name.startswith(".")]

    def assert_ends_at_once(self, start, is_waiting=lambda process: catches(process, signal.SIGHUP),
                            says="interrupted"):
        """Each signal ends the command and leaves only the earlier files."""
        for number in SIGNALS:
            with self.subTest(signal=number):
                process = self.start("cp", *start())
                wait_until(lambda: is_waiting(process), "it waits")
                before = sorted(self.folder.iterdir())
                _, said = self.said_at_the_end(process, number)
                said = re.sub("weir: listening on .*\n", "", said)
                self.assertEqual(said, f"weir: {says}\n")
                self.assertEqual(self.file.read_bytes(), b"old")
                self.assertEqual(self.temporaries(), [])
                self.assertLessEqual(set(self.folder.iterdir()), set(before))

    NOTHING = "interrupted: nothing was replaced"

    def test_while_a_fifo_opens_for_reading(self):
        self.assert_ends_at_once(lambda: (self.fifo(), self.file), says=self.NOTHING)

    def test_while_a_fifo_opens_for_writing(self):
        self.assert_ends_at_once(lambda: (self.source, self.fifo()), says=self.NOTHING)

    def test_while_more_fifos_open_than_there_are_threads(self):
        self.assert_ends_at_once(
            lambda: (self.source, self.file, *(f"--tee={self.fifo()}" for _ in range(9))),
            says=self.NOTHING)

    def test_while_a_fifo_is_read(self):
        path, _ = self.open_fifo()
        self.assert_ends_at_once(lambda: (path, self.file),
                                 lambda process: str(path) in open_files(process.pid),
                                 says=self.NOTHING)

    def test_while_a_fifo_is_written(self):
        def start():
            self.path, self.unread = self.open_fifo()
            return self.source, self.path
        self.assert_ends_at_once(start, lambda _: waiting(self.unread) > 0, says=self.NOTHING)

    def test_while_standard_input_is_read(self):
        self.assert_ends_at_once(lambda: ("-", self.file), says=self.NOTHING)

    def test_between_the_last_write_and_the_rename(self):
        def start():
            self.path, self.unread = self.open_fifo()
            return self.source, self.file, "--tee", self.path, "--high-water-mark", "1G"
        size = self.source.stat().st_size

        def is_written(process):
            try:
                sizes = {os.stat(f"/proc/{process.pid}/fd/{fd}").st_size
                         for fd in os.listdir(f"/proc/{process.pid}/fd")
                         if os.readlink(f"/proc/{process.pid}/fd/{fd}") != str(self.source)}
                return size in sizes | {path.stat().st_size for path in self.temporaries()}
            except FileNotFoundError:  # it was closed since they were listed
                return False
        self.assert_ends_at_once(start, is_written, says=self.NOTHING)

    def test_while_the_files_are_replaced(self):
        # A signal that arrives after the first rename does not prevent the others.
        paths = [self.folder / f"tee{i}" for i in range(400)]
        for number in SIGNALS:
            with self.subTest(signal=number):
                for path in paths:
                    path.write_bytes(b"old")
                process = self.start("cp", self.source, paths[0],
                                     *(f"--tee={path}" for path in paths[1:]))
                old = paths[0].stat().st_ino
                wait_until(lambda: paths[0].stat().st_ino != old, "the first is replaced")
                process.send_signal(number)
                _, said = process.communicate(timeout=PATIENCE)
                self.assertIn((process.returncode, said), [
                    (-number, b"weir: interrupted: the copy is in place\n"), (0, b"")])
                self.assertEqual({path.stat().st_size for path in paths},
                                 {self.source.stat().st_size})
                self.assertEqual(self.temporaries(), [])

    def test_while_it_waits_for_a_connection(self):
        for kind in "tcp-listen://127.0.0.1:0", f"unix-listen:{self.folder}/socket":
            with self.subTest(kind=kind):
                self.assert_ends_at_once(lambda kind=kind: (kind, self.file), says=self.NOTHING)
                self.assert_ends_at_once(lambda kind=kind: (self.source, kind))

    def test_while_it_waits_for_a_url(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
            self.assert_ends_at_once(lambda: (url, self.file), says=self.NOTHING)
            self.assert_ends_at_once(lambda: (self.source, url))

    def test_many_destinations_are_no_reason_for_a_warning(self):
        tees = [f"--tee={self.folder}/tee{i}" for i in range(20)]
        process = self.start("cp", self.source, self.file, *tees)
        self.assertEqual((process.wait(), process.stderr.read()), (0, b""))

    def test_an_error_does_not_wait_for_a_fifo_either(self):
        missing = self.folder / "missing"
        process = self.start("cp", missing, self.file, "--tee", self.fifo())
        _, said = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, said.decode()), (
            1, f"weir: ENOENT: no such file or directory, open '{missing}'\n"))
        self.assertEqual(self.file.read_bytes(), b"old")

    def test_while_the_terminal_is_stopped(self):
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        path, unread = self.open_fifo()
        process = self.start("cp", self.source, path, stderr=terminal)
        while b"left" not in os.read(master, 4096):
            pass
        termios.tcflow(terminal, termios.TCOOFF)
        for _ in range(3):  # lines that would have been drawn meanwhile
            wait_until(lambda: waiting(unread) > 0, "a write")
            signal.sigtimedwait([], 0.1)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: not catches(process, signal.SIGTERM), "it has seen the signal")
        termios.tcflow(terminal, termios.TCOON)
        os.close(terminal)
        self.assertEqual(process.wait(timeout=PATIENCE), -signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
