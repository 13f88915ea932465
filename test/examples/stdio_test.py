"""Standard streams as a shell, a terminal and other processes see them."""

import fcntl
import os
import pathlib
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: F401, each child ends with its test

EXAMPLES = pathlib.Path(os.environ.get("WEIR_EXAMPLES", "."))
PATIENCE = 60  # seconds for any step, also under a sanitizer


def bash(script, **options):
    return subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True,
                          timeout=PATIENCE, cwd=EXAMPLES, **options)


WRITERS = ("./standard_output", "./coroutines/standard_output")


class ShellTest(unittest.TestCase):
    def assert_ran(self, run, stdout="", stderr="", status=0):
        self.assertEqual((run.stdout, run.stderr, run.returncode), (stdout, stderr, status))

    def test_head_ends_it_quietly(self):
        for writer in WRITERS:
            self.assert_ran(bash(f"{writer} 1000000 | head -n 1"), "Line 0\n")

    def test_head_is_an_error_where_that_is_the_policy(self):
        run = bash("./log_writer 1000000 wait | head -n 1")
        self.assertEqual(run.stdout, "request 0 served\n")
        self.assertIn("EPIPE", run.stderr)
        self.assertNotIn(run.returncode, (0, 128 + signal.SIGPIPE, -signal.SIGPIPE))

    def test_a_slow_reader_gets_everything(self):
        for writer in WRITERS:
            run = bash(f"{writer} 100000 | (sleep 0.2; cat)")
            self.assert_ran(run, "".join(f"Line {i}\n" for i in range(100000)))

    def test_a_full_disk_is_reported(self):
        for writer in WRITERS:
            self.assert_ran(bash(f"{writer} > /dev/full"), "",
                            "ENOSPC: no space left on device, write\n", 1)

    def test_a_closed_output_is_no_failure(self):
        for writer in WRITERS:
            self.assert_ran(bash(f"{writer} 1000 >&-"))

    def test_no_standard_stream_at_all_is_no_failure(self):
        self.assert_ran(bash("./terminal <&- >&- 2>&-"))
        self.assert_ran(bash("./number_lines <&- >&- 2>&-"))

    def test_a_file_is_appended_to_where_the_shell_says_so(self):
        run = bash("f=$(mktemp); echo before > $f; ./standard_output 2 >> $f; cat $f; rm $f")
        self.assert_ran(run, "before\nLine 0\nLine 1\n")

    def test_input_may_be_a_file_a_pipe_or_typed_by_another_process(self):
        self.assert_ran(bash("printf 'a\\nb\\n' | ./number_lines"), "     1  a\n     2  b\n")
        self.assert_ran(bash("./number_lines <<< text"), "     1  text\n")
        self.assert_ran(bash("(sleep 0.1; echo late) | ./number_lines"), "     1  late\n")
        self.assert_ran(bash("./number_lines < /dev/null"))

    def test_much_passes_through_from_pipe_to_pipe(self):
        run = bash("seq 300000 | ./number_lines | tail -n 1")
        self.assert_ran(run, "300000  300000\n")


class SharedDescriptionTest(unittest.TestCase):
    """The flags of descriptions shared with other processes stay unchanged."""

    def is_non_blocking(self, fd):
        return bool(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK)

    def run_on(self, reader, writer, name, *arguments):
        process = subprocess.Popen([EXAMPLES / name, *arguments], stdout=writer,
                                   stdin=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        seen = b""
        while process.poll() is None or select.select([reader], [], [], 0)[0]:
            self.assertFalse(self.is_non_blocking(writer))
            if select.select([reader], [], [], 0.02)[0]:
                seen += os.read(reader, 65536)
        self.assertFalse(self.is_non_blocking(writer))
        return seen, process.wait()

    def check(self, reader, writer):
        seen, status = self.run_on(reader, writer, "standard_output", "50000")
        self.assertEqual(status, 0)
        self.assertEqual(seen.count(b"\n"), 50000)

    def test_a_pipe_stays_blocking(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        self.check(reader, writer)

    def test_a_socket_stays_blocking(self):
        a, b = socket.socketpair()
        self.addCleanup(a.close)
        self.addCleanup(b.close)
        self.check(a.fileno(), b.fileno())


class ExitTest(unittest.TestCase):
    def test_reports_the_bytes_that_a_stalled_reader_did_not_take(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        process = subprocess.run([EXAMPLES / "log_writer", "100000", "drop"], stdout=writer,
                                 stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        os.close(writer)
        self.assertRegex(process.stderr, r"^\d+ bytes of the log are lost\n$")
        lost = int(process.stderr.split()[0])
        got = b""
        while block := os.read(reader, 65536):
            got += block
        self.assertGreater(len(got), 0)
        self.assertGreaterEqual(lost, 16384)  # a full buffer, and the rest of one write
        self.assertLess(lost, 16384 + 65536)

    def test_waits_for_a_reader_that_reads(self):
        run = bash("./log_writer 20000 wait | (sleep 0.05; wc -l)")
        self.assertEqual((run.stdout, run.stderr, run.returncode), ("20000\n", "", 0))


class TerminalTest(unittest.TestCase):
    def setUp(self):
        self.person, self.terminal = pty.openpty()
        self.addCleanup(os.close, self.person)
        self.addCleanup(os.close, self.terminal)
        self.resize(80, 24)

    def resize(self, columns, rows):
        fcntl.ioctl(self.person, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def start(self, name):
        process = subprocess.Popen([EXAMPLES / name], stdin=self.terminal, stdout=self.terminal,
                                   stderr=self.terminal, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def shown(self, until):
        content = b""
        while until not in content:
            self.assertTrue(select.select([self.person], [], [], PATIENCE)[0], content)
            content += os.read(self.person, 4096)
        return content

    def test_follows_its_size_and_takes_single_keys(self):
        before = termios.tcgetattr(self.terminal)
        process = self.start("terminal")
        self.shown(b"80 by 24")
        self.resize(100, 30)
        os.kill(process.pid, signal.SIGWINCH)
        self.assertEqual(self.shown(b"100 by 30"), b"\x1b[1G\x1b[2K100 by 30")
        flags = fcntl.fcntl(self.terminal, fcntl.F_GETFL)
        self.assertFalse(flags & os.O_NONBLOCK)
        os.write(self.person, b"x")
        os.write(self.person, b"q")
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(termios.tcgetattr(self.terminal), before)

    def test_reads_lines_and_their_end(self):
        process = self.start("number_lines")
        os.write(self.person, b"abc\n")
        self.shown(b"     1  abc\r\n")
        os.write(self.person, b"\x04")
        self.assertEqual(process.wait(PATIENCE), 0)


if __name__ == "__main__":
    unittest.main()
