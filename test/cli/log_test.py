"""weir log: rotates, is reopened by logrotate, survives a full disk, and loses no line."""

import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest

from support import PATIENCE, WEIR, CliTest, lines, wait_until, weir

SANITIZED = os.environ.get("WEIR_SANITIZE", "") not in ("", "OFF")


def can_mount():
    """Whether this user may mount a file system in a namespace of its own."""
    command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(command, capture_output=True).returncode == 0


class LogTest(CliTest):
    def setUp(self):
        super().setUp()
        self.log = self.folder / "app.log"

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def files(self):
        """The content of the rotated files, in order, and of the log."""
        rotated = sorted(self.folder.glob("app.log.0*"))
        return [path.read_bytes() for path in [*rotated, self.log]]

    def run_log(self, data, *options):
        result = subprocess.run([WEIR, "log", self.log, *options], input=data, capture_output=True,
                                timeout=PATIENCE)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))

    def start_log(self, *options, **more):
        return self.start("log", self.log, *options, **more)

    def wait_for_log(self, data):
        wait_until(lambda: self.log.exists() and self.log.read_bytes() == data, f"{data[:80]!r} in the log")

    def finish(self, process, status=0, said=b""):
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE), status)
        self.assertEqual((process.stdout.read(), process.stderr.read()), (b"", said))


class ContentTest(LogTest):
    def test_appends_and_says_nothing(self):
        for data in b"", b"one\n", b"two\nthree\n", b"no end":
            self.run_log(data)
        self.assertEqual(self.log.read_bytes(), b"one\ntwo\nthree\nno end")

    def test_any_bytes_are_kept(self):
        data = random.Random(1).randbytes(3_000_000)
        self.run_log(data, "--rotate", "100K")
        self.assertEqual(b"".join(self.files()), data)

    def test_a_stamp_is_before_each_line(self):
        data = [b"one", b"", b"x" * 200_000, b"last"]
        self.run_log(b"\n".join(data), "--stamp")
        stamped = self.log.read_bytes().split(b"\n")
        self.assertEqual(len(stamped), len(data))
        for line, expected in zip(stamped, data):
            self.assertRegex(line[:25], rb"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z $")
            self.assertEqual(line[25:], expected)

    def test_the_stamp_of_a_line_that_comes_in_pieces_is_at_its_begin(self):
        process = self.start_log("--stamp")
        for piece in b"one", b" line\nan", b"other\n":
            process.stdin.write(piece)
            process.stdin.flush()
            wait_until(lambda: self.log.exists() and self.log.read_bytes().endswith(piece[-2:]), piece)
        self.finish(process)
        self.assertEqual([line[25:] for line in self.log.read_bytes().splitlines()],
                         [b"one line", b"another"])


@unittest.skipIf(SANITIZED, "the sanitizer's library has to be the first")
class SyncTest(LogTest):
    """A library in the process logs its syncs, each with the size that the file has at that time."""

    def setUp(self):
        super().setUp()
        self.spy = self.folder / "spy"
        self.watched = os.environ | {"LD_PRELOAD": os.environ["WEIR_SYNC_SPY"], "SYNC_SPY": str(self.spy)}

    def syncs(self):
        """The calls so far, each a name and a size."""
        if not self.spy.exists():
            return []
        return [(name, int(size)) for name, size in map(str.split, self.spy.read_text().splitlines())]

    def feed(self, process, data):
        process.stdin.write(data)
        process.stdin.flush()

    def test_each_line_is_synced_while_the_source_is_silent(self):
        process = self.start_log("--sync", "20ms", env=self.watched)
        for size in 4, 8, 12:
            self.feed(process, b"abc\n")
            wait_until(lambda: ("fdatasync", size) in self.syncs(), f"a sync of {size} bytes")
        self.finish(process)

    def test_the_file_is_synced_before_it_is_left(self):
        process = self.start_log("--sync", "1h", env=self.watched)
        self.feed(process, b"abc\n")
        self.wait_for_log(b"abc\n")
        self.assertEqual(self.syncs(), [])
        self.finish(process)
        self.assertIn(("fsync", 4), self.syncs())

    def test_a_rotated_file_is_synced_before_it_is_left(self):
        data = lines(100)
        result = subprocess.run([WEIR, "log", self.log, "--sync", "1h", "--rotate", "200"], input=data,
                                timeout=PATIENCE, env=self.watched)
        self.assertEqual(result.returncode, 0)
        files = self.files()
        self.assertEqual(b"".join(files), data)
        self.assertGreater(len(files), 2)
        synced = [size for _, size in self.syncs()]
        for file in files:
            self.assertIn(len(file), synced)

    def test_a_system_pipe_has_nothing_to_sync(self):
        os.mkfifo(self.log)
        reader = os.open(self.log, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        process = self.start_log("--sync", "20ms")
        self.feed(process, b"abc\n")
        self.finish(process)  # after another sync
        self.assertEqual(os.read(reader, 10), b"abc\n")

    def test_without_the_option_nothing_is_synced(self):
        result = subprocess.run([WEIR, "log", self.log, "--rotate", "200"], input=lines(100),
                                timeout=PATIENCE, env=self.watched)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(self.syncs(), [])


class RotationTest(LogTest):
    def test_rotates_between_lines(self):
        data = lines(20_000)
        # Read from a file, in blocks of 64 KiB: none ends within a line that is the last in its file.
        # A pipe's may, and the rest of such a line makes the file longer.
        source = self.folder.parent / f"{self.folder.name}.in"
        source.write_bytes(data)
        self.addCleanup(source.unlink)
        with open(source, "rb") as file:
            result = subprocess.run([WEIR, "log", self.log, "--rotate", "10K"], stdin=file,
                                    capture_output=True, timeout=PATIENCE)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))
        files = self.files()
        self.assertEqual(b"".join(files), data)
        for file in files:
            self.assertLessEqual(len(file), 10 * 1024)
            self.assertTrue(file.endswith(b"\n"))
        self.assertEqual(self.names()[:3], ["app.log", "app.log.000001", "app.log.000002"])

    def test_keeps_the_newest_files(self):
        data = lines(20_000)
        self.run_log(data, "--rotate", "10K", "--keep", "3")
        self.assertEqual(len(self.files()), 4)
        self.assertTrue(data.endswith(b"".join(self.files())))

    def test_compresses_rotated_files(self):
        data = lines(20_000)
        for format, suffix, unpack in ("--zstd", ".zst", "zstd"), ("--gzip", ".gz", "gzip"):
            with self.subTest(format=format):
                self.run_log(data, "--rotate", "50K", format)
                packed = sorted(self.folder.glob(f"*{suffix}"))
                self.assertEqual(len(packed), len(list(self.folder.glob("app.log.*"))))
                unpacked = b"".join(
                    subprocess.run([unpack, "-dc", path], capture_output=True, check=True).stdout
                    for path in packed)
                self.assertEqual(unpacked + self.log.read_bytes(), data)
                for path in self.folder.iterdir():
                    path.unlink()

    def test_rotates_by_time(self):
        process = self.start_log("--every", "50ms")
        for i in range(1, 4):
            process.stdin.write(b"line\n")
            process.stdin.flush()
            # A count of the names would also see the next file while it has a name of its own.
            wait_until((self.folder / f"app.log.00000{i}").exists, "a rotation")
        self.finish(process)
        self.assertEqual(self.files(), [b"line\n"] * 3 + [b""])

    def test_a_rotation_that_fails_is_reported_and_the_log_goes_on(self):
        process = self.start_log("--every", "50ms")
        moved = self.folder / "moved"
        process.stdin.write(b"1\n")
        process.stdin.flush()
        wait_until(lambda: (self.folder / "app.log.000001").exists(), "a rotation")
        folder = self.folder / "log"
        self.finish(process)

        folder.mkdir()
        process = self.start("log", folder / "app.log", "--every", "50ms")
        process.stdin.write(b"1\n")
        process.stdin.flush()
        wait_until(lambda: (folder / "app.log.000001").exists(), "a rotation")
        folder.rename(moved)
        process.stdin.write(b"2\n")
        process.stdin.flush()
        said = process.stderr.readline()
        self.assertEqual(said, f"weir: ENOENT: no such file or directory, open '{folder / 'app.log'}'\n".encode())
        process.stdin.write(b"3\n")
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual((moved / "app.log").read_bytes(), b"2\n3\n")


class HangupTest(LogTest):
    def test_reopens_the_path(self):
        process = self.start_log()
        process.stdin.write(b"old\n")
        process.stdin.flush()
        self.wait_for_log(b"old\n")
        self.log.rename(self.folder / "app.log.1")
        process.send_signal(signal.SIGHUP)
        self.wait_for_log(b"")
        process.stdin.write(b"new\n")
        self.finish(process)
        self.assertEqual(self.log.read_bytes(), b"new\n")
        self.assertEqual((self.folder / "app.log.1").read_bytes(), b"old\n")

    @unittest.skipUnless(shutil.which("logrotate"), "logrotate is not installed")
    def test_logrotate_loses_and_divides_no_line(self):
        process = self.start_log()
        self.wait_for_log(b"")
        config = self.folder / "logrotate.conf"
        config.write_text(f"""{self.log} {{
            rotate 100
            compress
            delaycompress
            missingok
            postrotate
                kill -HUP {process.pid}
            endscript
        }}
        """)
        config.chmod(0o600)
        written = b""
        for round in range(5):
            for i in range(200):
                line = f"round {round} line {i}\n".encode()
                written += line
                process.stdin.write(line)
            process.stdin.flush()
            wait_until(lambda: self.log.exists() and self.log.stat().st_size > 0, "lines in the new log")
            subprocess.run([shutil.which("logrotate"), "--force", "--state", self.folder / "state", config],
                           check=True, capture_output=True, timeout=PATIENCE)
            wait_until(self.log.exists, "the reopened log")
        self.finish(process)
        numbers = sorted((int(re.match(r"app\.log\.(\d+)", path.name)[1]), path)
                         for path in self.folder.glob("app.log.*"))
        self.assertEqual(len(numbers), 5)
        content = b""
        for _, path in reversed(numbers):
            part = path.read_bytes()
            if path.suffix == ".gz":
                part = subprocess.run(["gzip", "-dc", path], capture_output=True, check=True).stdout
            self.assertTrue(part.endswith(b"\n"))
            content += part
        self.assertEqual(content + self.log.read_bytes(), written)


class EndTest(LogTest):
    def test_a_signal_ends_it_after_what_the_source_has_written(self):
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGQUIT:
            with self.subTest(signal=number):
                self.log.unlink(missing_ok=True)
                process = self.start_log()
                process.stdin.write(b"first\n")
                process.stdin.flush()
                self.wait_for_log(b"first\n")
                process.send_signal(signal.SIGSTOP)  # finds both at once
                process.stdin.write(b"last words\n")
                process.stdin.flush()
                process.send_signal(number)
                process.send_signal(signal.SIGCONT)
                self.assertEqual(process.wait(PATIENCE), -number)
                self.assertEqual(self.log.read_bytes(), b"first\nlast words\n")

    def test_a_source_that_never_stops_does_not_keep_it_running(self):
        source = subprocess.Popen(["yes"], stdout=subprocess.PIPE)
        self.addCleanup(self.put_away_source, source)
        process = self.start_log("--rotate", "1M", "--keep", "1", stdin=source.stdout)
        wait_until(self.log.exists, "the log")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), -signal.SIGTERM)
        self.assertTrue(self.log.read_bytes().endswith(b"y\n") or self.log.read_bytes() == b"")

    def put_away_source(self, source):
        source.kill()
        source.wait()
        source.stdout.close()

    def is_settled(self):
        """Whether each file has one name, and none is a temporary one."""
        paths = list(self.folder.iterdir())
        try:
            files = {path.stat().st_ino for path in paths}
        except FileNotFoundError:
            return False
        return len(files) == len(paths) and all(path.name.startswith("app.log") for path in paths)

    @unittest.skipIf(os.environ.get("WEIR_SANITIZE") == "thread",
                     "under the thread sanitizer, a kill can come between two calls of a rotation")
    def test_killed_at_any_moment_the_files_have_a_part_of_the_lines_from_the_first_on(self):
        chance = random.Random(7)
        for attempt in range(20):
            with self.subTest(attempt=attempt):
                for path in self.folder.iterdir():
                    path.unlink()
                data = lines(50_000)
                process = self.start_log("--rotate", "4K")
                os.set_blocking(process.stdin.fileno(), False)
                size = chance.randrange(len(data))
                sent = 0
                while sent < size:
                    try:
                        sent += os.write(process.stdin.fileno(), data[sent:size])
                    except BlockingIOError:
                        time.sleep(0.0005)
                process.kill()
                process.wait()
                # A rotation that has begun to change names ends after the process that was killed.
                wait_until(self.is_settled, "the end of a rotation")
                files = self.files() if self.log.exists() else []
                self.assertTrue(data.startswith(b"".join(files)))
                for file in files[:-1]:
                    self.assertTrue(file.endswith(b"\n"))
                # The next run continues.
                self.run_log(b"", "--rotate", "4K")

    def test_an_error_of_the_file_ends_it(self):
        process = self.start("log", self.folder / "missing" / "log")
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assertEqual(process.stderr.read().decode(),
                         f"weir: ENOENT: no such file or directory, open '{self.folder}/missing/log'\n")


class SlowDiskTest(LogTest):
    def test_the_source_waits_for_a_slow_log_and_no_line_is_lost(self):
        fifo = self.fifo()
        process = self.start("log", fifo)
        data = lines(100_000)
        os.set_blocking(process.stdin.fileno(), False)
        with open(fifo, "rb") as reader:
            sent = 0
            while True:  # until nothing takes more
                try:
                    sent += os.write(process.stdin.fileno(), data[sent:])
                except BlockingIOError:
                    time.sleep(0.05)
                    try:
                        sent += os.write(process.stdin.fileno(), data[sent:])
                    except BlockingIOError:
                        break
            self.assertLess(sent, len(data))
            os.set_blocking(process.stdin.fileno(), True)

            def send_rest():
                process.stdin.write(data[sent:])
                process.stdin.close()

            sending = threading.Thread(target=send_rest)
            sending.start()
            received = reader.read()
            sending.join()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(received, data)

    def test_after_the_wait_whole_lines_are_dropped_and_counted(self):
        fifo = self.fifo()
        process = self.start("log", fifo, "--wait", "20ms")
        data = lines(200_000)
        with open(fifo, "rb") as reader:
            process.stdin.write(data)  # never blocks for long, though nothing is read
            process.stdin.close()
            received = reader.read()
        self.assertEqual(process.wait(PATIENCE), 0)
        dropped = [int(count) for count in re.findall(rb"^weir log: (\d+) lines? dropped$", received, re.M)]
        kept = [line for line in received.splitlines(True) if line.startswith(b"Line ")]
        self.assertGreater(sum(dropped), 0)
        self.assertEqual(len(kept) + sum(dropped), 200_000)
        self.assertEqual(len(kept) + len(dropped), received.count(b"\n"))
        self.assertTrue(set(kept) <= set(data.splitlines(True)))

    @unittest.skipUnless(can_mount(), "this user may not mount")
    def test_a_full_disk_is_waited_for(self):
        folder = self.folder / "disk"
        folder.mkdir()
        script = 'mount -t tmpfs -o size=256k tmpfs "$0" && head -c 230000 /dev/zero > "$0/filler" && exec "$1" log "$0/log"'
        process = self.start_through(["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(folder), WEIR])
        data = lines(40_000)
        process.stdin.write(data[:60_000])
        process.stdin.flush()
        self.assertRegex(process.stderr.readline(),
                         rb"^weir: ENOSPC: no space left on device, write '.*'; waiting for space$")
        inside = pathlib.Path(f"/proc/{process.pid}/root{folder}")
        before = (inside / "log").read_bytes()
        self.assertTrue(data.startswith(before))
        (inside / "filler").unlink()
        self.assertEqual(process.stderr.readline(), b"weir: there is space again\n")
        process.stdin.write(data[60_000:150_000])
        process.stdin.flush()
        wait_until(lambda: (inside / "log").read_bytes() == data[:150_000], "all lines")
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE), 0)

    def start_through(self, command):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.put_away, process)
        return process


class MemoryTest(LogTest):
    @unittest.skipIf(SANITIZED, "a sanitizer keeps freed memory")
    def test_memory_does_not_grow_with_what_it_has_written(self):
        process = self.start_log("--rotate", "1M", "--keep", "2", "--gzip", "--stamp")

        def peak():
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])

        block = lines(20_000)
        peaks = []
        for _ in range(2):
            for _ in range(150):
                process.stdin.write(block)
            process.stdin.flush()
            peaks.append(peak())
        self.assertLess(peaks[1] - peaks[0], 2048, peaks)
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE), 0)


class RefusalTest(LogTest):
    def test_mistakes_are_refused(self):
        for named, *arguments in (
            ("FILE is required",),
            ("standard output cannot be rotated", "-"),
            ("the size is at least 1", self.log, "--rotate", "0"),
            ("--rotate: 'big' is not a number of bytes", self.log, "--rotate", "big"),
            ("--every: '10' is not a time", self.log, "--every", "10"),
            ("--wait: 's' is not a time", self.log, "--wait", "s"),
            ("--keep: '-1' is not a number of files", self.log, "--keep", "-1"),
            ("--gzip excludes --zstd", self.log, "--zstd", "--gzip"),
        ):
            with self.subTest(named=named):
                result = weir("log", *arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn(named, result.stderr)
                self.assertFalse(self.log.exists())

    def test_a_log_of_its_own_content_is_refused(self):
        self.log.write_text("x\n")
        with open(self.log) as source:
            result = weir("log", self.log, stdin=source)
        self.assertEqual(result.returncode, 1)
        self.assertIn("are the same file", result.stderr)
        self.assertEqual(self.log.read_text(), "x\n")


if __name__ == "__main__":
    unittest.main()
