"""weir cp: sources of every kind into destinations of every kind, whole or not at all."""

import contextlib
import fcntl
import http.server
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time
import unittest

from support import WEIR, CliTest, bash, lines, open_files, wait_until, weir


class CopyTest(CliTest):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "in"
        self.source.write_bytes(lines(100_000))

    def others(self):
        """The folder's entries except the test's own."""
        return sorted(path.name for path in self.folder.iterdir()
                      if path not in (self.source, self.file))


class EndpointTest(CopyTest):
    def test_a_source_that_cannot_be_opened_leaves_a_file_that_is_written_in_place(self):
        for source in self.folder / "missing", "http://127.0.0.1:1/x", "unix:" + str(self.folder / "none"):
            with self.subTest(source=source):
                self.file.write_bytes(b"before")
                self.assertEqual(weir("cp", source, self.file, "--in-place").returncode, 1)
                self.assertEqual(self.file.read_bytes(), b"before")

    def test_filters_of_which_one_would_be_ignored(self):
        for options in (["--gzip", "--zstd"], ["--brotli", "--gzip"], ["--gunzip", "--unzstd"]):
            with self.subTest(options=options):
                self.assertEqual(weir("cp", self.source, self.file, *options).returncode, 2)

    def test_a_file(self):
        for options in [], ["--plain"], ["--pool"], ["--in-place"], ["--sync"]:
            with self.subTest(options=options):
                self.assert_done(weir("cp", self.source, self.file, *options))
                self.assertEqual(self.file.read_bytes(), lines(100_000))
                self.file.unlink()

    def test_an_empty_file(self):
        self.source.write_bytes(b"")
        self.assert_done(weir("cp", self.source, self.file))
        self.assertEqual(self.file.read_bytes(), b"")

    def test_several_sources_in_order(self):
        other = self.folder / "other"
        other.write_bytes(b"other\n")
        for options in [], ["--plain"]:
            with self.subTest(options=options):
                self.assert_done(weir("cp", other, self.source, other, self.file, *options))
                self.assertEqual(self.file.read_bytes(), b"other\n" + lines(100_000) + b"other\n")

    def test_standard_input_between_files(self):
        self.assert_done(weir("cp", self.source, "-", self.file, input="typed\n"))
        self.assertEqual(self.file.read_bytes(), lines(100_000) + b"typed\n")

    def test_a_file_as_standard_input_is_read_from_where_it_stands(self):
        with open(self.source, "rb") as opened:
            os.lseek(opened.fileno(), 100, os.SEEK_SET)
            self.assert_done(weir("cp", "-", self.file, stdin=opened))
        self.assertEqual(self.file.read_bytes(), lines(100_000)[100:])

    def test_standard_output(self):
        result = weir("cp", self.source, "-")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout.encode(), lines(100_000))
        self.assertIn("read", result.stderr)

    def test_every_tee_gets_all(self):
        tees = [self.folder / f"tee{i}" for i in range(3)]
        options = [word for tee in tees for word in ("--tee", tee)]
        self.assert_done(weir("cp", self.source, self.file, *options))
        for path in self.file, *tees:
            self.assertEqual(path.read_bytes(), lines(100_000))

    def test_the_slowest_destination_sets_the_pace(self):
        fifo = self.fifo()
        process = self.start("cp", self.source, fifo, "--tee", self.file, "--in-place")
        with open(fifo, "rb") as reader:
            reader.read(1000)
            wait_until(lambda: self.file.exists() and self.file.stat().st_size > 0, "a beginning")
            size = self.file.stat().st_size
            self.assertLess(size, len(lines(100_000)))
            self.assertEqual(reader.read(), lines(100_000)[1000:])
        self.assertEqual(process.wait(), 0)
        self.assertEqual(self.file.read_bytes(), lines(100_000))

    def test_a_tee_may_stand_anywhere(self):
        tees = [self.folder / f"tee{i}" for i in range(2)]
        for arguments in (("--tee", tees[0], f"--tee={tees[1]}", self.source, self.file),
                          (self.source, "--tee", tees[0], "--tee", tees[1], self.file),
                          (self.source, f"--tee={tees[0]}", self.file, f"--tee={tees[1]}")):
            with self.subTest(arguments=arguments):
                self.assert_done(weir("cp", *arguments))
                for path in self.file, *tees:
                    self.assertEqual(path.read_bytes(), lines(100_000))
                    path.unlink()

    def test_into_a_folder(self):
        target = self.folder / "folder"
        target.mkdir()
        self.assert_done(weir("cp", self.source, target))
        self.assertEqual((target / "in").read_bytes(), lines(100_000))

    def test_a_link_stays_a_link(self):
        real = self.folder / "real"
        real.write_bytes(b"old")
        self.file.symlink_to(real)
        self.assert_done(weir("cp", self.source, self.file))
        self.assertTrue(self.file.is_symlink())
        self.assertEqual(real.read_bytes(), lines(100_000))

    def test_permissions(self):
        self.source.chmod(0o750)
        self.assert_done(weir("cp", self.source, self.file))
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o750 & ~mask)
        self.file.chmod(0o604)
        self.assert_done(weir("cp", self.source, self.file))
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o604)

    def test_a_file_onto_itself(self):
        self.assert_done(weir("cp", self.source, self.source))
        self.assertEqual(self.source.read_bytes(), lines(100_000))
        result = weir("cp", self.source, self.source, "--in-place")
        self.assert_fails(result, 1, f"'{self.source}' and '{self.source}' are the same file")
        self.assertEqual(self.source.read_bytes(), lines(100_000))

    def test_a_device(self):
        self.assert_done(weir("cp", self.source, "/dev/null"))

    def test_a_summary(self):
        result = weir("cp", self.source, self.file, "--tee", "/dev/null", "--json")
        self.assert_done(result)
        summary = json.loads(result.stdout)
        size = len(lines(100_000))
        self.assertEqual(summary["bytes_read"], size)
        self.assertEqual([(d["name"], d["bytes"]) for d in summary["destinations"]],
                         [(str(self.file), size), ("/dev/null", size)])
        self.assertIn(f"written     {size} bytes to", weir("cp", self.source, self.file).stdout)


class FailureTest(CopyTest):
    def assert_old_file_is_whole(self, result, message, status=1):
        self.assert_fails(result, status, message)
        self.assertEqual(self.file.read_bytes(), b"old")
        self.assertEqual(self.others(), [])

    def setUp(self):
        super().setUp()
        self.file.write_bytes(b"old")

    def test_a_missing_source(self):
        missing = self.folder / "missing"
        result = weir("cp", self.source, missing, self.file)
        self.assert_old_file_is_whole(result,
                                      f"ENOENT: no such file or directory, open '{missing}'")

    def test_a_source_that_is_a_folder(self):
        result = weir("cp", self.folder, self.file)
        self.assert_old_file_is_whole(
            result, f"EISDIR: illegal operation on a directory, read '{self.folder}'")

    def test_a_full_disk(self):
        result = weir("cp", self.source, "/dev/full")
        self.assert_fails(result, 1, "ENOSPC: no space left on device, write '/dev/full'")

    def test_a_disk_that_fills_up(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        for options in [], ["--plain"]:
            with self.subTest(options=options):
                result = weir("cp", self.source, self.file, *options, preexec_fn=limit)
                self.assert_old_file_is_whole(result,
                                              f"EFBIG: file too large, write '{self.file}'")

    def test_one_of_several_destinations(self):
        result = weir("cp", self.source, self.file, "--tee", "/dev/full")
        self.assert_old_file_is_whole(result,
                                      "ENOSPC: no space left on device, write '/dev/full'")

    def test_no_such_folder(self):
        target = self.folder / "no" / "such"
        result = weir("cp", self.source, target)
        self.assert_fails(result, 1, f"ENOENT: no such file or directory, open '{target}'")

    def as_nobody(self, *arguments):
        """Runs a copy of the command: the way to the built one may be barred to others."""
        command = self.folder / "weir"
        if not command.exists():
            shutil.copy(WEIR, command)
            self.addCleanup(command.unlink)
        command.chmod(0o755)

        def be_nobody():
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        return subprocess.run([command, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, preexec_fn=be_nobody)

    @unittest.skipIf(os.geteuid() != 0, "only root can be another user")
    def test_a_folder_that_takes_no_new_file(self):
        folder = self.folder / "folder"
        folder.mkdir()
        target = folder / "file"
        target.write_bytes(b"old")
        target.chmod(0o666)
        for path in self.folder, self.source:
            path.chmod(0o755)
        result = self.as_nobody("cp", self.source, target)
        self.assert_fails(result, 1, f"EACCES: permission denied, open a new file in '{folder}'; "
                                     f"use --in-place to write into '{target}' itself")
        self.assertEqual(target.read_bytes(), b"old")
        self.assert_done(self.as_nobody("cp", self.source, target, "--in-place"))
        self.assertEqual(target.read_bytes(), self.source.read_bytes())
        # There is no file yet for which that would help.
        result = self.as_nobody("cp", self.source, folder / "new")
        self.assert_fails(result, 1,
                          f"EACCES: permission denied, open a new file in '{folder}'")

    @unittest.skipIf(os.geteuid() != 0, "root may write to all files")
    def test_a_read_only_file(self):
        self.folder.chmod(0o777)
        self.source.chmod(0o644)
        os.chown(self.file, 65534, 65534)
        self.file.chmod(0o444)
        result = self.as_nobody("cp", self.source, self.file)
        self.assert_fails(result, 1, f"EACCES: permission denied, open '{self.file}'")
        self.assertEqual(self.file.read_bytes(), b"old")

    def test_links_that_lead_nowhere(self):
        link = self.folder / "link"
        link.symlink_to("link")
        result = weir("cp", self.source, link)
        self.assert_fails(result, 1,
                          f"ELOOP: too many symbolic links encountered, open '{link}'")
        self.assertTrue(link.is_symlink())

    def test_an_unfinished_file_is_readable_only_by_its_owner(self):
        self.file.chmod(0o644)
        process = self.start("cp", "-", self.file)
        process.stdin.write(b"secret")
        process.stdin.flush()

        def new_file():
            for name in os.listdir(f"/proc/{process.pid}/fd"):
                path = f"/proc/{process.pid}/fd/{name}"
                with contextlib.suppress(FileNotFoundError):
                    if os.readlink(path).startswith((f"{self.folder}/#", f"{self.folder}/.weir-")):
                        return os.stat(path)
            return None
        wait_until(new_file, "a new file")
        self.assertEqual(new_file().st_mode & 0o777, 0o600)
        process.communicate()
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o644)
        self.assertEqual(self.file.read_bytes(), b"secret")

    def test_a_standard_output_that_cannot_be_written(self):
        with open(self.file, "rb") as reading:
            result = weir("cp", self.source, "-", stdout=reading)
        self.assertEqual(result.returncode, 1)
        self.assertIn("EBADF", result.stderr)

    def test_a_reader_that_has_enough(self):
        result = bash('"$WEIR" cp "$SOURCE" - | head -n 1; exit ${PIPESTATUS[0]}',
                      SOURCE=self.source)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (141, "Line 0\n", ""))

    def test_an_interrupt_leaves_the_old_file(self):
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(signal=number):
                process = self.start("cp", "-", self.file)
                process.stdin.write(b"new")
                process.stdin.flush()
                wait_until(lambda: any(name.startswith((f"{self.folder}/#", f"{self.folder}/.weir-"))
                                       for name in open_files(process.pid)), "a new file")
                process.send_signal(number)
                _, said = process.communicate()
                self.assertEqual(said, b"weir: interrupted: nothing was replaced\n")
                self.assertEqual(process.returncode, -number)
                self.assertEqual(self.file.read_bytes(), b"old")
                self.assertEqual(self.others(), [])


class OffsetTest(CopyTest):
    """The offsets of standard input and output move for each process that shares them."""

    def shared(self, script):
        """The rest that the script leaves; it starts at offset 1000."""
        with open(self.source, "rb") as given:
            os.lseek(given.fileno(), 1000, os.SEEK_SET)
            result = subprocess.run(["bash", "-c", script], stdin=given, capture_output=True,
                                    env=os.environ | {"WEIR": WEIR, "OUT": self.file})
        self.assertEqual(result.stderr, b"")
        return result.stdout

    def test_a_copy_advances_the_shared_offset(self):
        for name in "-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0":
            for options in "", "--plain", "--pool", "--in-place", "--gzip":
                with self.subTest(name=name, options=options):
                    left = self.shared(f'"$WEIR" cp {name} "$OUT" {options} > /dev/null; cat')
                    self.assertEqual(left, b"")
                    if options != "--gzip":
                        self.assertEqual(self.file.read_bytes(), lines(100_000)[1000:])

    def test_a_copy_starts_at_the_shared_offset(self):
        left = self.shared('head -c 500 > /dev/null; "$WEIR" cp /dev/stdin "$OUT" > /dev/null; cat')
        self.assertEqual(left, b"")
        self.assertEqual(self.file.read_bytes(), lines(100_000)[1500:])

    def test_it_is_read_once(self):
        left = self.shared('"$WEIR" cp - - /dev/stdin "$OUT" > /dev/null; cat')
        self.assertEqual(left, b"")
        self.assertEqual(self.file.read_bytes(), lines(100_000)[1000:])

    def test_between_other_sources(self):
        other = self.folder / "other"
        other.write_bytes(b"other")
        left = self.shared(f'"$WEIR" cp {other} - {other} "$OUT" > /dev/null; cat')
        self.assertEqual(left, b"")
        self.assertEqual(self.file.read_bytes(), b"other" + lines(100_000)[1000:] + b"other")

    def test_write_reads_it_as_well(self):
        self.assertEqual(self.shared('"$WEIR" write "$OUT" > /dev/null; cat'), b"")

    def test_a_failed_copy_advances_the_offset(self):
        with open(self.source, "rb") as given:
            result = weir("cp", "-", "/dev/full", stdin=given)
            self.assertEqual(result.returncode, 1)
            self.assertGreater(os.lseek(given.fileno(), 0, os.SEEK_CUR), 0)

    def test_an_interrupted_copy_advances_the_offset(self):
        fifo = self.fifo()
        unread = os.open(fifo, os.O_RDWR)
        self.addCleanup(os.close, unread)
        with open(self.source, "rb") as given:
            process = self.start("cp", "-", fifo, stdin=given)
            wait_until(lambda: select.select([unread], [], [], 0)[0], "a write")
            process.send_signal(signal.SIGTERM)
            process.wait()
            at = os.lseek(given.fileno(), 0, os.SEEK_CUR)
        self.assertGreater(at, 0)
        self.assertLess(at, len(lines(100_000)))

    def test_a_copy_that_fails_before_this_source_keeps_the_offset(self):
        with open(self.source, "rb") as given:
            result = weir("cp", self.folder / "none", "-", self.file, stdin=given)
            self.assertEqual(result.returncode, 1)
            self.assertEqual(os.lseek(given.fileno(), 0, os.SEEK_CUR), 0)

    def test_outputs_follow_each_other(self):
        one, two = self.folder / "one", self.folder / "two"
        one.write_bytes(b"one\n")
        two.write_bytes(b"two\n")
        for name in "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
            with self.subTest(name=name):
                out = self.folder / "all"
                result = bash(f'{{ echo begin; "$WEIR" cp {one} {name}; "$WEIR" cp {two} {name}; '
                              f'"$WEIR" lines 1 {name}; echo typed | "$WEIR" write {name}; '
                              f'echo end; }} > {out}')
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(out.read_bytes(), b"begin\none\ntwo\nLine 0\ntyped\nend\n")


class FilterTest(CopyTest):
    TOOLS = {"gzip": "gunzip", "zstd": "unzstd", "brotli": "unbrotli"}

    def system(self, *command):
        return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout

    def test_the_systems_tools_decompress_its_output(self):
        for tool in self.TOOLS:
            with self.subTest(tool=tool):
                self.assert_done(weir("cp", self.source, self.file, f"--{tool}", "--level", 5))
                self.assertLess(self.file.stat().st_size, len(lines(100_000)) // 2)
                self.assertEqual(self.system(tool, "-dc", self.file), lines(100_000))

    def test_it_decompresses_the_output_of_the_systems_tools(self):
        for tool, option in self.TOOLS.items():
            with self.subTest(tool=tool):
                packed = self.folder / "packed"
                packed.write_bytes(self.system(tool, "-c", self.source) * 2)
                if tool == "brotli":  # has no members to concatenate
                    packed.write_bytes(self.system(tool, "-c", self.source))
                self.assert_done(weir("cp", packed, self.file, f"--{option}"))
                times = 1 if tool == "brotli" else 2
                self.assertEqual(self.file.read_bytes(), lines(100_000) * times)

    def test_from_one_format_to_another_and_to_every_tee(self):
        packed, other = self.folder / "packed", self.folder / "other"
        packed.write_bytes(self.system("gzip", "-c", self.source))
        self.assert_done(weir("cp", packed, self.file, "--gunzip", "--zstd", "--tee", other))
        self.assertEqual(self.system("zstd", "-dc", self.file), lines(100_000))
        self.assertEqual(self.file.read_bytes(), other.read_bytes())

    def test_sources_are_one_stream(self):
        result = weir("cp", self.source, "-", self.file, "--gzip", input="typed\n")
        self.assert_done(result)
        self.assertEqual(self.system("gzip", "-dc", self.file), lines(100_000) + b"typed\n")

    def test_data_that_cannot_be_decompressed(self):
        self.file.write_bytes(b"old")
        result = weir("cp", self.source, self.file, "--gunzip")
        self.assert_fails(result, 1,
                          f"Z_DATA_ERROR: incorrect header check, decompress '{self.source}'")
        packed = self.folder / "packed"
        packed.write_bytes(self.system("gzip", "-c", self.source)[:1000])
        result = weir("cp", packed, self.file, "--gunzip")
        self.assert_fails(result, 1,
                          f"Z_BUF_ERROR: unexpected end of file, decompress '{packed}'")
        self.assertEqual(self.file.read_bytes(), b"old")
        self.assertEqual(self.others(), ["packed"])

    def test_data_after_the_compressed_data(self):
        packed = self.folder / "packed"
        member = self.system("gzip", "-c", self.source)
        packed.write_bytes(member + bytes(512) + member + bytes(100))
        self.assert_done(weir("cp", packed, self.file, "--gunzip"))
        self.assertEqual(self.file.read_bytes(), lines(100_000) * 2)
        for tool, error in (("gzip", "Z_DATA_ERROR"), ("zstd", "ZSTD_error_prefix_unknown"),
                            ("brotli", "ERR_TRAILING_JUNK_AFTER_STREAM_END")):
            with self.subTest(tool=tool):
                self.file.write_bytes(b"old")
                packed.write_bytes(self.system(tool, "-c", self.source) + b"garbage")
                result = weir("cp", packed, self.file, f"--{self.TOOLS[tool]}")
                self.assertEqual(result.returncode, 1)
                self.assertIn(error, result.stderr)
                self.assertEqual(self.file.read_bytes(), b"old")

    def test_a_level_that_is_none(self):
        result = weir("cp", self.source, self.file, "--gzip", "--level", 10)
        self.assertEqual(result.returncode, 1)
        self.assertIn("ERR_OUT_OF_RANGE", result.stderr)
        self.assertFalse(self.file.exists())


class MemoryTest(CopyTest):
    MOST = 16 << 20

    def setUp(self):
        super().setUp()
        with open(self.source, "wb") as file:
            file.truncate(int(os.environ.get("WEIR_COPY_SIZE", 256 << 20)))

    def assert_little_memory(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        summary = json.loads(result.stderr if "bytes_read" in result.stderr else result.stdout)
        self.assertEqual(summary["bytes_read"], self.source.stat().st_size)
        if not os.environ.get("WEIR_SANITIZE"):  # which have memory of their own
            self.assertLess(summary["memory_peak_bytes"], self.MOST)

    def test_a_large_file(self):
        for options in [], ["--plain"]:
            with self.subTest(options=options):
                self.assert_little_memory(weir("cp", self.source, "/dev/null", "--json", *options))

    def test_a_slow_reader(self):
        script = ('"$WEIR" cp "$SOURCE" - --json | (head -c 1000000 > /dev/null; '
                  'while head -c 50000000 | grep -q -m 1 -z .; do :; done; cat > /dev/null)')
        result = bash(script, SOURCE=self.source)
        self.assert_little_memory(result)


class ProgressTest(CopyTest):
    def shown_until_left(self, *arguments, **options):
        """The progress line of a copy into a FIFO, which is read once the line has a time left."""
        fifo = self.fifo()
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        process = self.start("cp", *arguments, fifo, stderr=terminal, **options)
        os.close(terminal)
        with open(fifo, "rb") as reader:
            reader.read(1000)
            shown = b""
            while b" left" not in shown or not shown.endswith(b"16384"):
                shown += os.read(master, 4096)
            reader.read()
        self.assertEqual(process.wait(), 0)
        fifo.unlink()
        return shown.decode()

    def test_rate_percentage_time_left_and_buffers(self):
        self.assertRegex(self.shown_until_left(self.source),
                         r"\[=*> *\]  +\d+ %  \d+:\d\d left  \d\.\d MB  \d+\.\d MB/s  "
                         r"buffer \[.{4}\] \d+ of 16384")

    def test_a_copy_that_stands_still_has_no_rate(self):
        with open(self.source, "wb") as file:
            file.truncate(100_000_000)
        fifo = self.fifo()
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        process = self.start("cp", self.source, fifo, stderr=terminal)
        os.close(terminal)
        with open(fifo, "rb") as reader:
            reader.read(20_000_000)
            end = time.monotonic() + 20
            while not re.search(rb" 0\.0 MB/s", os.read(master, 4096)):
                self.assertLess(time.monotonic(), end)
            process.kill()
        process.wait()

    def drawn(self, *arguments, columns, rows=24):
        """The first full drawing of the progress of a copy to two FIFOs that nobody reads, by lines."""
        fifos = [self.folder / "first", self.folder / "evil\x1b]0;x\x07\x1b[31m"]
        for fifo in fifos:
            os.mkfifo(fifo)
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = self.start("cp", self.source, fifos[0], "--tee", fifos[1], *arguments, stderr=terminal,
                             env=os.environ | {"LC_ALL": "C"})
        os.close(terminal)
        readers = [open(fifo, "rb") for fifo in fifos]
        shown = b""
        # A drawing of several lines begins with a movement up to its first one.
        while shown.count(b"\x1b[J") < 3 and shown.count(b"\r\x1b[K") < 4:
            shown += os.read(master, 4096)
        threads = [threading.Thread(target=reader.read) for reader in readers]  # both at once
        for thread in threads:
            thread.start()
        while True:
            try:
                if not os.read(master, 4096):
                    break
            except OSError:
                break
        self.assertEqual(process.wait(), 0)
        for thread, reader, fifo in zip(threads, readers, fifos):
            thread.join()
            reader.close()
            fifo.unlink()
        return re.split(rb"\x1b\[J|\r\x1b\[K", shown)[2].split(b"\r\n")

    def test_bars_show_the_level_of_each_destination(self):
        for columns in 100, 60, 30:
            with self.subTest(columns=columns):
                first, *bars = self.drawn("--progress=bars", columns=columns)
                self.assertIn(b" left", first)
                self.assertEqual(len(bars), 2)
                self.assertRegex(bars[0], rb"first +\[#* *\] +\d+ of 16384" if columns > 30 else rb"first")
                for line in first, *bars:
                    self.assertLess(len(line.split(b"\r")[0]), columns)

    def test_bars_leave_out_destinations_without_room(self):
        self.assertEqual(len(self.drawn("--progress=bars", columns=80, rows=2)), 2)

    def test_a_name_does_not_reach_the_terminal_as_it_is(self):
        for arguments in [], ["--progress=bars"]:
            shown = b"".join(self.drawn(*arguments, columns=200))
            self.assertIn(b"x??[31m", shown)
            self.assertNotIn(b"\x1b]", shown)

    def test_none_is_shown_on_request(self):
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        fifo = self.fifo()
        process = self.start("cp", self.source, fifo, "--progress=none", stderr=terminal)
        os.close(terminal)
        with open(fifo, "rb") as reader:
            reader.read(1000)
            time.sleep(0.3)
            reader.read()
        self.assertEqual(process.wait(), 0)
        with self.assertRaises(OSError):
            self.assertEqual(os.read(master, 4096), b"")

    def test_another_kind_is_refused(self):
        result = weir("cp", self.source, self.file, "--progress=dots")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--progress: 'dots' is not line, bars or none", result.stderr)

    def test_of_standard_input_that_is_a_file(self):
        size = len(lines(100_000))
        with open(self.source, "rb") as given:
            given.seek(size // 2)
            shown = self.shown_until_left("-", stdin=given)
        # Percent of the rest: some 80 KiB of half a megabyte.
        percent = int(re.search(r"(\d+) %  \d+:\d\d left", shown)[1])
        self.assertTrue(10 <= percent <= 60, shown)

    def test_of_a_url_with_a_content_length(self):
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler()) as server:
            threading.Thread(target=server.serve_forever).start()
            self.addCleanup(server.shutdown)
            url = f"http://127.0.0.1:{server.server_port}/in"
            self.assertRegex(self.shown_until_left(url), r"\d+ %  \d+:\d\d left")
            self.assertRegex(self.shown_until_left(url, self.source), r"\d+ %  \d+:\d\d left")
            server.shutdown()

    def handler(self):
        folder = self.folder

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=folder)

            def log_message(self, *_):
                pass
        return Handler


if __name__ == "__main__":
    unittest.main()
