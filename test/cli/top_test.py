"""weir top: a table that fits its terminal, and leaves it as it was."""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import termios
import unittest

from support import PATIENCE, CliTest, weir

OTHER_SCREEN = b"\x1b[?1049h"
FIRST_SCREEN = b"\x1b[?1049l"
LAST = b"\x1b[J"  # of each drawing


class WatchedTest(CliTest):
    def writing(self, name="out.txt", **options):
        process = self.start("write", self.folder / name, "--inspect=0", **options)
        port = process.stderr.readline().decode().rsplit(":", 1)[1].strip("/\n")
        return process, port


def event(kind, /, **data):
    return f"event: {kind}\ndata: {json.dumps({'process': 0} | data, separators=(',', ':'))}\n\n".encode()


def hello(loops=1):
    return event("hello", name="made up", command="made-up", pid=1, loop_count=loops, interval=250)


def update(time, loop=0, name="main", streams=()):
    return event("update", time=time, streams=list(streams), gone=[], bottlenecks=[], loops=[
        {"id": loop, "name": name, "turns": time, "busy": 0, "requests": 0, "keeps_running": ["1 timer"],
         "latency": {"p50": 0, "p99": 0, "max": 0}}])


class MadeUp:
    """An inspector of one connection, which gets the events that the test sends."""

    def __init__(self, test):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(PATIENCE)
        test.addCleanup(self.listening.close)
        self.test = test
        self.port = self.listening.getsockname()[1]

    def accept(self):
        self.connection, _ = self.listening.accept()
        self.test.addCleanup(self.connection.close)
        self.connection.recv(65536)
        self.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")

    def send(self, *events):
        self.connection.sendall(b"".join(events))


class TableTest(WatchedTest):
    def test_a_table_for_a_port_a_place_an_address_and_a_process(self):
        process, port = self.writing()
        for place in port, f"127.0.0.1:{port}", f"http://127.0.0.1:{port}/", str(process.pid):
            result = weir("top", place)
            self.assert_done(result)
            first, loop, waits, blank, heading, row = result.stdout.splitlines()
            self.assertIn(f"weir write  pid {process.pid}  127.0.0.1:{port}", first)
            self.assertRegex(loop, r"^main  \d+ % busy  \d+ turns/s")
            self.assertIn("run() waits for: ", waits)
            self.assertRegex(heading, r"LEVEL +RATE +FULL +STARVED +STREAM")
            self.assertRegex(row, r"^  \[ *\] +0 B/s +0 % +0 %  .*out.txt  WriteStream  \w+")
        self.assertNotIn("\x1b", result.stdout)

    def test_the_inspector_among_other_ports_of_a_process(self):
        process = self.start("serve", self.folder, "--port", "0", "--inspect=0")
        process.stderr.readline()
        process.stderr.readline()
        result = weir("top", process.pid)
        self.assert_done(result)
        self.assertIn("weir serve", result.stdout)

    def test_the_bottleneck_is_marked(self):
        fifo = self.fifo()
        process = self.start("cp", "/dev/zero", fifo, "--inspect=0")
        port = process.stderr.readline().decode().rsplit(":", 1)[1].strip("/\n")
        with open(fifo, "rb") as reader:
            reader.read(1000)
            rows = weir("top", port, "--once").stdout.splitlines()[5:]
            self.assertRegex(rows[0], r"^! .* 100 % +0 %  \S*fifo  WriteStream  bottleneck: full 100 %")
            self.assertRegex(rows[1], r"^  .*/dev/zero +ReadStream  waits for Drain")
            process.kill()
            process.wait()

    def test_nothing_there(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.assert_fails(weir("top", port), 1, f"connect ECONNREFUSED 127.0.0.1:{port}")
        self.assert_fails(weir("top", "4000000000"), 1,
                          "process 4000000000 has no inspector, or belongs to another user: start it with "
                          "--inspect")
        self.assertIn("is not a port, HOST:PORT", weir("top", "nonsense").stderr)

    def test_a_program_that_does_not_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            result = weir("top", "--once", port)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"no answer from '{port}' in 5 s", result.stderr)

    def test_a_program_with_several_loops(self):
        process = self.start("serve", self.folder, "--port", "0", "--threads", "4", "--inspect=0")
        url = next(line for line in iter(process.stderr.readline, b"") if b"inspector" in line)
        result = weir("top", "--once", url.decode().split(": ", 2)[2].strip())
        self.assert_done(result)
        rows = result.stdout.splitlines()
        self.assertEqual(sum("weir serve" in row for row in rows), 1)
        self.assertEqual(sum(" busy " in row for row in rows), 4, result.stdout)

    def test_events_that_arrive_together_are_one_table(self):
        program = MadeUp(self)
        process = self.start("top", "--once", program.port)
        program.accept()
        program.send(hello(), *(update(250 * i) for i in range(9)))
        shown, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, errors), (0, b""))
        self.assertEqual(shown.count(b"made up"), 1, shown)

    def test_a_loop_that_is_stuck_is_not_waited_for(self):
        program = MadeUp(self)
        process = self.start("top", "--once", program.port)
        program.accept()
        program.send(hello(loops=2), *(update(250 * i) for i in range(9)))
        shown, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, errors), (0, b""))
        self.assertIn(b"\nmain ", shown)

    def test_the_rates_of_each_loop_are_waited_for(self):
        program = MadeUp(self)
        process = self.start("top", "--once", program.port)
        program.accept()
        program.send(hello(loops=2), update(0), update(250), update(250, 1, "worker"), update(500),
                     update(500, 1, "worker"))
        shown, _ = process.communicate(timeout=PATIENCE)
        self.assertRegex(shown, rb"\nworker  0 % busy  1000 turns/s")

    def test_without_a_reader(self):
        _, port = self.writing()
        read_end, write_end = os.pipe()
        os.close(read_end)
        process = self.start("top", port, stdout=write_end)
        os.close(write_end)
        self.assertEqual(process.wait(), 141)
        self.assertEqual(process.stderr.read(), b"")


class ScreenTest(WatchedTest):
    def setUp(self):
        super().setUp()
        self.master, self.terminal = pty.openpty()
        self.addCleanup(os.close, self.master)
        self.addCleanup(os.close, self.terminal)
        self.unread = b""
        self.resize(24, 100)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def top(self, *arguments, locale="C.UTF-8"):
        """Starts it as a shell does, with the terminal as its controlling one."""
        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        return self.start("top", *arguments, stdin=self.terminal, stdout=self.terminal,
                          preexec_fn=take_terminal, env=os.environ | {"LC_ALL": locale})

    def read_until(self, text):
        while text not in self.unread:
            self.unread += os.read(self.master, 65536)
        before, _, self.unread = self.unread.partition(text)
        return before

    def drawing(self):
        """The lines of the next drawing, without attributes."""
        text = self.read_until(LAST).decode().rpartition("\x1b[H")[2]
        return [re.sub(r"\x1b\[[0-9;]*[mK]", "", line) for line in text.split("\r\n")]

    def drawing_that(self, is_so):
        while True:
            drawn = self.drawing()
            if is_so(drawn):
                return drawn

    def test_q_quits_and_restores_the_terminal(self):
        before = termios.tcgetattr(self.terminal)
        _, port = self.writing()
        process = self.top(port)
        self.assertIn(OTHER_SCREEN, self.read_until(LAST))
        self.assertNotEqual(termios.tcgetattr(self.terminal), before)
        os.write(self.master, b"q")
        self.read_until(b"\x1b[?25h" + FIRST_SCREEN)
        self.assertEqual(process.wait(), 0)
        self.assertEqual(termios.tcgetattr(self.terminal), before)

    def test_the_key_and_the_signal_of_an_interrupt(self):
        before = termios.tcgetattr(self.terminal)
        _, port = self.writing()
        for number in signal.SIGINT, signal.SIGTERM, None:
            process = self.top(port)
            self.read_until(LAST)
            if number:
                process.send_signal(number)
            else:
                os.write(self.master, b"\x03")
            self.read_until(FIRST_SCREEN)
            self.assertEqual(process.wait(), -(number or signal.SIGINT))
            self.assertEqual(termios.tcgetattr(self.terminal), before)

    def test_the_table_fits_the_terminal_and_follows_its_size(self):
        process = self.start("cp", "-", self.file, "--inspect=0",
                             *(part for i in range(30) for part in ("--tee", self.folder / f"copy {i}")))
        port = process.stderr.readline().decode().rsplit(":", 1)[1].strip("/\n")
        process.stdin.write(b"x")
        process.stdin.flush()
        self.top(port)
        self.drawing()
        for rows, columns in (10, 100), (40, 60), (5, 20), (1, 1), (24, 200), (6, 40):
            self.resize(rows, columns)
            drawn = self.drawing_that(lambda lines: len(lines) == rows or rows == 40 and len(lines) > 30)
            for line in drawn:
                self.assertLessEqual(len(line), columns, line)
            if 5 < rows < 30:
                self.assertRegex(drawn[-1], r"^  \.\.\. and \d+ more$")

    def test_many_loops_leave_room_for_the_streams(self):
        program = MadeUp(self)
        self.top(program.port)
        program.accept()
        program.send(hello(loops=20), *(update(250, loop, f"loop {loop}") for loop in range(20)), update(500, 0, "loop 0", [
            {"id": number, "loop": 0, "kind": "WriteStream", "name": f"out {number}", "state": "open", "waits_for": "",
             "error": "", "object_mode": False, "read": None,
             "write": {"length": 0, "mark": 1, "bytes_out": 0, "pressed": 0}} for number in range(30)]))
        for rows, used, loops, reasons in (24, 24, 8, 0), (130, 73, 20, 20), (70, 53, 20, 0), (12, 12, 4, 0), (6, 6, 2, 0):
            self.resize(rows, 100)
            drawn = self.drawing_that(lambda lines: len(lines) == used)
            about_loops = [line for line in drawn if line.startswith("loop ") or "more loop" in line]
            self.assertEqual(len(about_loops), loops, drawn)
            self.assertEqual(sum("run() waits for" in line for line in drawn), reasons)
            if loops < 20:
                self.assertEqual(about_loops[-1].rstrip(), f"... and {20 - loops + 1} more loops")

    def test_a_name_does_not_reach_the_terminal_as_it_is(self):
        name = "evil\x1b]0;x\x07\x1b[2J\u202e\u00fc\n\u4f60.txt"
        _, port = self.writing(name)
        for locale, shown in ("C.UTF-8", "evil?]0;x??[2J?\u00fc?\u4f60.txt"), ("C", "evil?]0;x??[2J"):
            process = self.top(port, locale=locale)
            drawn = "\n".join(self.drawing())
            self.assertIn(shown, drawn)
            self.assertNotIn("\x1b", drawn)
            os.write(self.master, b"q")
            process.wait()

    def test_a_process_that_stops_and_returns(self):
        process, port = self.writing()
        self.top(port)
        self.drawing()
        process.kill()
        process.wait()
        self.drawing_that(lambda lines: any("waiting for it to return" in line for line in lines))
        again = self.start("write", self.folder / "again", f"--inspect={port}")
        drawn = self.drawing_that(lambda lines: str(again.pid) in lines[0])
        self.assertFalse(any("waiting for it" in line for line in drawn))

    def test_a_process_that_is_stopped_has_no_news(self):
        process, port = self.writing()
        self.top(port)
        self.drawing()
        process.send_signal(signal.SIGSTOP)
        self.drawing_that(lambda lines: re.match(r"no news for \d+ s", lines[1]))
        process.send_signal(signal.SIGCONT)
        self.drawing_that(lambda lines: lines[1].startswith("main "))

    def test_a_process_that_is_stopped_from_the_start_is_waited_for(self):
        process, port = self.writing()
        process.send_signal(signal.SIGSTOP)
        self.top(port)
        self.assertEqual(self.drawing(), [f"waiting for '127.0.0.1:{port}' to answer"])
        process.send_signal(signal.SIGCONT)
        self.drawing_that(lambda lines: "weir write" in lines[0])

    def test_once_on_a_terminal(self):
        _, port = self.writing()
        process = self.top(port, "--once")
        shown = self.read_until(b"WriteStream")
        self.assertEqual(process.wait(), 0)
        self.assertNotIn(b"\x1b", shown)


if __name__ == "__main__":
    unittest.main()
