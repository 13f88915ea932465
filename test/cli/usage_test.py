"""The command line: mistakes exit with status 2 and name the fault; help exits with 0."""

import os
import unittest

from support import CliTest, weir


class UsageTest(CliTest):
    def assert_refused(self, named, *arguments):
        result = weir(*arguments)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertTrue(result.stderr.startswith("weir: "), result.stderr)
        self.assertIn(named, result.stderr)
        self.assertFalse(self.file.exists())

    def test_no_command(self):
        self.assert_refused("subcommand")

    def test_an_unknown_command(self):
        self.assert_refused("'copy' is not a command", "copy", self.file)

    def test_arguments_that_are_missing(self):
        self.assert_refused("N is required", "lines")
        self.assert_refused("FILE is required", "lines", 10)
        self.assert_refused("FILE is required", "write")
        self.assert_refused("DIR is required", "serve")
        self.assert_refused("SOURCE and DEST are required", "cp", self.file)

    def test_arguments_that_are_too_many(self):
        self.assert_refused("surplus", "lines", 10, self.file, "surplus")

    def test_an_unknown_option(self):
        self.assert_refused("--fast", "lines", 10, self.file, "--fast")
        self.assert_refused("--verify", "write", self.file, "--verify")

    def test_numbers_of_lines_that_are_none(self):
        for text in "ten", "-1", "1.5", "1e6", "10K", "", "99999999999999999999":
            with self.subTest(number=text):
                self.assert_refused(f"N: '{text}' is not a number of lines", "lines", text, self.file)

    def test_sizes_that_are_none(self):
        for text in "big", "-1", "-64K", "1.5M", "64X", "K", "64KK", "", "9999999999G":
            for command in ("lines", 10), ("write",):
                with self.subTest(size=text, command=command):
                    self.assert_refused(f"--high-water-mark: '{text}' is not a number of bytes",
                                        *command, self.file, "--high-water-mark", text)

    def test_help(self):
        for command in (), ("lines",), ("write",), ("cp",), ("serve",), ("log",):
            with self.subTest(command=command):
                result = weir(*command, "--help")
                self.assert_done(result)
                self.assertIn("Usage: weir", result.stdout)

    def test_help_of_cp_names_both_ends(self):
        help = weir("cp", "--help").stdout
        self.assertIn("Usage: weir cp [OPTIONS] SOURCE... DEST\n", help)
        self.assertIn("  SOURCE... DEST REQUIRED     Sources, copied in order, then", help)
        self.assertIn("  --tee DEST                  ", help)

    def test_help_lists_every_option(self):
        for option in "--high-water-mark", "--append", "--sync", "--json":
            for command in "lines", "write":
                self.assertIn(option, weir(command, "--help").stdout)
        self.assertIn("--verify", weir("lines", "--help").stdout)

    def test_help_that_cannot_be_written(self):
        for arguments in ["--help"], ["cp", "--help"], ["--version"]:
            with self.subTest(arguments=arguments), open("/dev/full", "w") as full:
                result = weir(*arguments, stdout=full)
                self.assertEqual((result.returncode, result.stderr),
                                 (1, "weir: ENOSPC: no space left on device, write 'standard output'\n"))

    def test_version(self):
        result = weir("--version")
        self.assert_done(result)
        self.assertEqual(result.stdout, f"weir {os.environ['WEIR_VERSION']}\n")

    def test_leading_zeros_are_decimal(self):
        self.assert_done(weir("lines", "010", self.file))
        self.assertEqual(self.file.read_bytes().count(b"\n"), 10)

    def test_a_file_may_have_a_commands_name(self):
        self.assert_done(weir("lines", 1, "write", cwd=self.folder))
        self.assertTrue((self.folder / "write").exists())


if __name__ == "__main__":
    unittest.main()
