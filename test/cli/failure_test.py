"""Writes that fail: the message names the error, the exit status reports it, and no summary is printed."""

import os
import unittest

from support import WEIR, CliTest, bash, weir

NOBODY = 65534


class FailureTest(CliTest):
    def test_a_full_device(self):
        self.assert_fails(weir("lines", 100_000, "/dev/full"), 1,
                          "ENOSPC: no space left on device, write '/dev/full'")

    def test_a_disk_that_fills_up(self):
        result = bash(
            'unshare --mount sh -c \'mount -t tmpfs -o size=64k none "$1" || exit 77\n'
            '"$WEIR" lines 100000 "$1/x"; status=$?; stat -c %s "$1/x"; exit $status\' - "$FOLDER"',
            FOLDER=self.folder)
        if "unshare" in result.stderr or result.returncode == 77:
            self.skipTest("may not mount")
        size = int(result.stdout)
        self.assertGreater(size, 0)
        self.assertEqual((result.returncode, result.stderr), (1,
            f"weir: ENOSPC: no space left on device, write '{self.folder}/x'\n"
            f"weir: {size} bytes were written before the error\n"))

    def test_a_missing_folder(self):
        path = self.folder / "none" / "x"
        self.assert_fails(weir("lines", 1, path), 1,
                          f"ENOENT: no such file or directory, open '{path}'")

    def test_a_directory(self):
        self.assert_fails(weir("lines", 1, self.folder), 1,
                          f"EISDIR: illegal operation on a directory, open '{self.folder}'")

    def test_a_read_only_file(self):
        self.file.write_bytes(b"kept")
        self.file.chmod(0o444)
        self.folder.chmod(0o755)
        root = os.geteuid() == 0
        identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if root else {}
        try:
            result = weir("lines", 1, self.file, **identity)
        except PermissionError:
            self.skipTest(f"nobody may not run {WEIR}")
        self.assert_fails(result, 1, f"EACCES: permission denied, open '{self.file}'")
        self.assertEqual(self.file.read_bytes(), b"kept")

    def test_a_summary_that_cannot_be_printed(self):
        with open("/dev/full", "wb") as full:
            result = weir("lines", 1, self.file, stdout=full)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr,
                         "weir: ENOSPC: no space left on device, write 'standard output'\n")

    def test_a_closed_standard_output_does_not_get_into_the_file(self):
        result = bash('"$WEIR" lines 1 "$FILE" >&-', FILE=self.file)
        self.assert_fails(result, 1, "EBADF: bad file descriptor, write 'standard output'")
        self.assertEqual(self.file.read_bytes(), b"Line 0\n")

    def test_a_closed_standard_error_does_not_get_into_the_file(self):
        result = bash('"$WEIR" lines 1 "$FILE" --high-water-mark 1 2>&- >/dev/full', FILE=self.file)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(self.file.read_bytes(), b"Line 0\n")


class BrokenPipeTest(CliTest):
    def test_ends_quietly(self):
        for name in "-", "/dev/stdout":
            with self.subTest(file=name):
                result = bash('"$WEIR" lines 10000000 "$FILE" | head -1', FILE=name)
                self.assertEqual((result.returncode, result.stdout, result.stderr),
                                 (141, "Line 0\n", ""))

    def test_ends_quietly_while_input_is_open(self):
        result = bash('yes | "$WEIR" write - | head -1; echo ${PIPESTATUS[*]}')
        self.assertEqual((result.stdout, result.stderr), ("y\n141 141 0\n", ""))

    def test_a_summary_without_a_reader(self):
        reader, writer = os.pipe()
        os.close(reader)
        result = weir("lines", 1, self.file, stdout=writer)
        os.close(writer)
        self.assertEqual((result.returncode, result.stderr), (141, ""))
        self.assertEqual(self.file.read_bytes(), b"Line 0\n")


if __name__ == "__main__":
    unittest.main()
