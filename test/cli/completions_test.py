"""The completions that script/completions makes from the command's help."""

import pathlib
import re
import shutil
import subprocess
import unittest

from support import PATIENCE, WEIR, CliTest, weir

SCRIPT = pathlib.Path(__file__).parents[2] / "script/completions"
COMMANDS = re.findall(r"^  (\w+) {2}", weir("--help").stdout.partition("Subcommands:")[2],
                      re.MULTILINE)


class CompletionsTest(CliTest):
    def setUp(self):
        super().setUp()
        subprocess.run([SCRIPT, WEIR, self.folder], check=True, timeout=PATIENCE)

    def completed(self, *words):
        """What bash offers for the last word."""
        script = (f"source {self.folder}/weir.bash; COMP_WORDS=({' '.join(words)} '')\n"
                  f"COMP_CWORD={len(words) - 1}; _weir; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True,
                              timeout=PATIENCE).stdout.split()

    def test_each_command_is_offered(self):
        self.assertIn("cp", COMMANDS)
        self.assertEqual(set(self.completed("weir", "''")), {*COMMANDS, "--help", "--version"})

    def test_the_beginning_of_a_command_is_completed(self):
        self.assertEqual(self.completed("weir", "ser"), ["serve"])

    def test_each_option_of_the_help_is_offered(self):
        fish = (self.folder / "weir.fish").read_text()
        zsh = (self.folder / "_weir").read_text()
        for command in COMMANDS:
            with self.subTest(command=command):
                options = re.findall(r"^  (?:-\w,)?--([\w-]+)", weir(command, "--help").stdout,
                                     re.MULTILINE)
                self.assertIn("help", options)
                self.assertEqual(self.completed("weir", command, "--"),
                                 [f"--{option}" for option in options])
                ours = re.findall(rf"'__fish_seen_subcommand_from {command}'.* -l ([\w-]+)", fish)
                self.assertEqual(ours, options)
                spec = re.search(rf"^    {command}\)\n(.*?);;", zsh, re.MULTILINE | re.DOTALL)[1]
                self.assertEqual(re.findall(r"\*--([\w-]+?)=?-?\[", spec), options)

    def test_a_file_is_left_to_the_shell(self):
        self.assertEqual(self.completed("weir", "cp", "source"), [])

    def test_every_shell_can_read_its_file(self):
        for shell, file in ("bash", "weir.bash"), ("zsh", "_weir"), ("fish", "weir.fish"):
            if shutil.which(shell):
                with self.subTest(shell=shell):
                    subprocess.run([shell, "-n", self.folder / file], check=True, timeout=PATIENCE)


if __name__ == "__main__":
    unittest.main()
