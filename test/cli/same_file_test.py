"""A file that would be written while it is read, or by two at once, is refused before it is opened."""

import os
import pathlib
import unittest

from support import CliTest, bash, lines, weir

CONTENT = lines(10_000)


class SameFileTest(CliTest):
    def setUp(self):
        super().setUp()
        self.file.write_bytes(CONTENT)
        self.other = self.folder / "other"
        self.other.write_bytes(b"other")
        self.link = self.folder / "link"
        self.link.symlink_to(self.file)
        self.hard = self.folder / "hard"
        os.link(self.file, self.hard)
        self.spellings = [self.file, f"{self.folder}/.//{self.file.name}", self.link, self.hard]

    def assert_refused(self, one, other, *arguments, input_from=os.devnull, output_to=None):
        """Output is a file that is appended to, as by >>."""
        with open(input_from, "rb") as given, open(output_to or self.folder / "summary", "ab") as out:
            result = weir(*arguments, stdin=given, stdout=out)
        self.assertEqual((result.returncode, result.stderr),
                         (1, f"weir: {one} and {other} are the same file\n"))
        self.assertEqual(self.file.read_bytes(), CONTENT)
        self.assertEqual(self.other.read_bytes(), b"other")

    def test_a_source_that_is_a_destination_in_place(self):
        for name in self.spellings:
            with self.subTest(name=name):
                self.assert_refused(f"'{self.file}'", f"'{name}'",
                                    "cp", self.file, name, "--in-place")
                self.assert_refused(f"'{self.file}'", f"'{name}'", "cp", self.other, self.file,
                                    self.other.with_name("new"), "--tee", name, "--in-place")

    def test_standard_input_that_is_a_destination_in_place(self):
        for name in self.spellings:
            with self.subTest(name=name):
                self.assert_refused("standard input", f"'{name}'", "cp", "-", name, "--in-place",
                                    input_from=self.file)

    def test_a_source_that_is_standard_output(self):
        for name in self.spellings:
            with self.subTest(name=name):
                self.assert_refused(f"'{name}'", "standard output", "cp", name, "-",
                                    output_to=self.file)

    def test_standard_input_that_is_standard_output(self):
        for arguments in ("cp", "-", "-"), ("cp", self.other, "-", "-"), ("write", "-"):
            with self.subTest(arguments=arguments):
                self.assert_refused("standard input", "standard output", *arguments,
                                    input_from=self.file, output_to=self.file)

    def test_standard_input_that_is_the_file_that_is_written(self):
        for options in [], ["--append"]:
            for name in self.spellings:
                with self.subTest(name=name, options=options):
                    self.assert_refused("standard input", f"'{name}'", "write", name, *options,
                                        input_from=self.file)
        for name in "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
            with self.subTest(name=name):
                self.assert_refused("standard input", f"'{name}'", "write", name, "--append",
                                    input_from=self.file, output_to=self.file)

    def test_a_source_that_is_a_descriptor(self):
        for name in "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0":
            with self.subTest(name=name):
                self.assert_refused(f"'{name}'", f"'{self.file}'", "cp", name, self.file,
                                    "--in-place", input_from=self.file)

    def test_two_destinations(self):
        for options in [], ["--in-place"]:
            for name in self.spellings:
                with self.subTest(name=name, options=options):
                    self.assert_refused(f"'{self.file}'", f"'{name}'",
                                        "cp", self.other, self.file, "--tee", name, *options)
                    self.assert_refused(f"'{name}'", "standard output", "cp", self.other, name,
                                        "--tee", "-", *options, output_to=self.file)

    def test_two_destinations_that_are_not_there_yet(self):
        new = self.folder / "new"
        link = self.folder / "to_new"
        link.symlink_to("new")
        for name in new, f"{self.folder}/.//new", link:
            with self.subTest(name=name):
                self.assert_refused(f"'{new}'", f"'{name}'", "cp", self.other, new, "--tee", name)
                self.assertFalse(new.exists())

    def test_a_folder_that_has_the_source(self):
        self.assert_refused(f"'{self.file}'", f"'{self.file}'",
                            "cp", self.file, self.folder, "--in-place")

    def test_the_shells_way_to_say_it(self):
        result = bash('cd "$FOLDER"; "$WEIR" cp - out.txt --in-place < out.txt; '
                      '"$WEIR" write out.txt < out.txt; "$WEIR" cp out.txt - >> out.txt; '
                      '"$WEIR" cp - - < out.txt >> out.txt', FOLDER=self.folder)
        self.assertEqual(result.stderr.count("are the same file"), 4, result.stderr)
        self.assertEqual(self.file.read_bytes(), CONTENT)

    def test_a_block_device(self):
        devices = [path for path in pathlib.Path("/dev").iterdir() if path.is_block_device()]
        if not devices or not os.access(devices[0], os.R_OK):
            self.skipTest("there is no block device")
        # Also where it is not asked for: a device is never replaced.
        self.assert_refused(f"'{devices[0]}'", f"'{devices[0]}'", "cp", devices[0], devices[0])

    def test_a_file_that_is_replaced_may_be_read(self):
        for name in self.spellings:
            with self.subTest(name=name):
                self.assert_done(weir("cp", self.file, name))
                self.assertEqual(pathlib.Path(name).read_bytes(), CONTENT)
        with open(self.file, "rb") as given:
            self.assert_done(weir("cp", "-", self.file, stdin=given))
        self.assertEqual(self.file.read_bytes(), CONTENT)

    def test_only_regular_files_must_differ(self):
        self.assert_done(weir("cp", "/dev/null", "/dev/null", "--tee", "/dev/null", "--in-place"))
        with open(os.devnull, "r+b") as null:
            self.assertEqual(weir("write", "-", stdin=null, stdout=null).returncode, 0)
        result = weir("cp", self.file, "-", "--tee", "-")
        self.assertEqual(result.returncode, 0, result.stderr)
        fifo = self.fifo()
        both = os.open(fifo, os.O_RDWR)
        self.addCleanup(os.close, both)
        process = self.start("write", fifo, stdin=both)
        os.write(both, b"round and round")
        self.assertIsNone(process.poll())


if __name__ == "__main__":
    unittest.main()
