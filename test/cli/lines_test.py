"""weir lines: the file and the summary."""

import hashlib
import json
import unittest

from support import CliTest, lines, weir

# Of seq 0 999999 | sed 's/^/Line /'
MILLION_SHA256 = "476f95ffe903351ca157dceb5adf1041e9d539141480e0a522d45dfd0b6928de"


class LinesTest(CliTest):
    def write(self, count, *options):
        """The summary, once the command is done."""
        result = weir("lines", count, self.file, "--json", *options)
        self.assert_done(result)
        return json.loads(result.stdout)

    def test_a_million_lines(self):
        summary = self.write(1_000_000, "--verify")
        self.assertEqual(hashlib.sha256(self.file.read_bytes()).hexdigest(), MILLION_SHA256)
        self.assertEqual(summary["lines"], 1_000_000)
        self.assertEqual(summary["bytes"], 11_888_890)
        self.assertIs(summary["verified"], True)
        self.assertGreater(summary["pauses"], 100)
        self.assertEqual(summary["drains"], summary["pauses"])
        # It stops with the line that fills the buffer.
        self.assertLess(summary["buffer_peak_bytes"], 16 * 1024 + len("Line 999999\n"))

    def test_through_the_pool_alone_it_is_the_same(self):
        summary = self.write(100_000, "--verify", "--pool")
        self.assertEqual(self.file.read_bytes(), lines(100_000))
        self.assertGreater(summary["pauses"], 10)
        self.assertEqual(summary["drains"], summary["pauses"])

    def test_no_lines(self):
        self.assertEqual(self.write(0, "--verify")["bytes"], 0)
        self.assertEqual(self.file.read_bytes(), b"")

    def test_a_tiny_mark_pauses_after_each_line(self):
        for mark in 0, 1, 7:
            with self.subTest(mark=mark):
                summary = self.write(10, "--high-water-mark", mark)
                self.assertEqual(self.file.read_bytes(), lines(10))
                self.assertEqual(summary["pauses"], 9)  # after the last there is no more to write
                self.assertEqual(summary["drains"], 9)
                self.assertEqual(summary["buffer_peak_bytes"], len("Line 0\n"))

    def test_a_mark_beyond_all_lines_never_pauses(self):
        summary = self.write(100_000, "--high-water-mark", "1G")
        self.assertEqual(self.file.read_bytes(), lines(100_000))
        self.assertEqual(summary["pauses"], 0)

    def test_marks_have_binary_units(self):
        for text, mark in ("4096", 4096), ("64K", 65536), ("1M", 1 << 20), ("2G", 2 << 30):
            with self.subTest(mark=text):
                self.assertEqual(self.write(1, "--high-water-mark", text)["high_water_mark_bytes"],
                                 mark)

    def test_the_usual_mark_is_nodes(self):
        self.assertEqual(self.write(1)["high_water_mark_bytes"], 16384)

    def test_replaces_the_files_contents(self):
        self.file.write_bytes(b"x" * 1000)
        self.write(3)
        self.assertEqual(self.file.read_bytes(), lines(3))

    def test_append_keeps_the_files_contents(self):
        self.file.write_bytes(b"before\n")
        self.assertIs(self.write(3, "--append", "--verify")["verified"], True)
        self.assertEqual(self.file.read_bytes(), b"before\n" + lines(3))

    def test_append_creates_the_file(self):
        self.write(3, "--append", "--verify")
        self.assertEqual(self.file.read_bytes(), lines(3))

    def test_sync(self):
        self.write(3, "--sync")
        self.assertEqual(self.file.read_bytes(), lines(3))

    def test_every_figure_in_json(self):
        summary = self.write(10)
        self.assertEqual(list(summary), [
            "lines", "bytes", "seconds", "megabytes_per_second", "pauses", "drains",
            "buffer_peak_bytes", "high_water_mark_bytes", "memory_peak_bytes", "verified",
            "interrupted"])
        self.assertGreater(summary["seconds"], 0)
        self.assertGreater(summary["memory_peak_bytes"], 1 << 20)
        self.assertIs(summary["verified"], False)
        self.assertIs(summary["interrupted"], False)

    def test_every_figure_in_text(self):
        result = weir("lines", 10, self.file, "--verify", "--high-water-mark", "7")
        self.assert_done(result)
        rows = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
        self.assertEqual([name for name, _ in rows],
                         ["lines", "bytes", "time", "rate", "pauses", "buffer", "memory",
                          "verified"])
        values = dict(rows)
        self.assertEqual(values["lines"], "10")
        self.assertEqual(values["bytes"], "70")
        self.assertEqual(values["pauses"], "9, drains 9")
        self.assertEqual(values["buffer"], "at most 7 of 7 bytes")
        self.assertEqual(values["verified"], "yes")

    def test_verify_finds_missing_and_different_lines(self):
        for device in "/dev/null", "/dev/zero":
            with self.subTest(device=device):
                self.assert_fails(weir("lines", 10, device, "--verify"), 1,
                                  f"not verified: '{device}' does not contain line 0 at byte 0")

    def test_verify_finds_extra_lines(self):
        self.assert_fails(weir("lines", 0, "/dev/zero", "--verify"), 1,
                          "not verified: '/dev/zero' has more than 0 lines, at byte 0")


class StandardOutputTest(CliTest):
    def test_takes_the_lines_and_leaves_the_summary_to_stderr(self):
        for name in "-", "/dev/stdout":
            with self.subTest(file=name):
                result = weir("lines", 100_000, name, "--json")
                self.assertEqual(result.returncode, 0)
                self.assertEqual(result.stdout.encode(), lines(100_000))
                self.assertEqual(json.loads(result.stderr)["lines"], 100_000)

    def test_dash_writes_where_the_descriptor_stands(self):
        with open(self.file, "wb") as out:
            out.write(b"before\n")
            out.flush()
            weir("lines", 3, "-", stdout=out)
            out.write(b"after\n")
        self.assertEqual(self.file.read_bytes(), b"before\n" + lines(3) + b"after\n")

    def test_dash_is_synced_as_a_file_is(self):
        # A pipe cannot be, which shows that it was asked.
        result = weir("lines", 1, "-", "--sync")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, "weir: EINVAL: invalid argument, fsync '-'\n"
                                        "weir: 7 bytes were written before the error\n")

    def test_cannot_be_read_back(self):
        self.assertEqual(weir("lines", 1, "-", "--verify").returncode, 2)


class FifoTest(CliTest):
    def test_carries_every_line(self):
        path = self.fifo()
        process = self.start("lines", 100_000, path)
        self.assertEqual(path.read_bytes(), lines(100_000))
        self.assertEqual(process.wait(), 0)

    def test_a_reader_that_closes_is_a_named_error(self):
        path = self.fifo()
        process = self.start("lines", 10**12, path)
        with open(path, "rb") as reader:
            self.assertEqual(reader.read(7), b"Line 0\n")
        _, said = process.communicate()
        self.assertEqual(process.returncode, 1)
        error, before = said.decode().splitlines()
        self.assertEqual(error, f"weir: EPIPE: broken pipe, write '{path}'")
        self.assertRegex(before, r"^weir: \d+ bytes were written before the error$")


if __name__ == "__main__":
    unittest.main()
