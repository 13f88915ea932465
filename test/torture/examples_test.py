"""Each call of the system fails once, on examples that read and write files; see sweep.py. WEIR_EXAMPLES is the folder
of the built examples.

A run ends by itself. Its output is complete, or it names what has failed: also by the abort of an Error that has no
listener.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import unittest

from sweep import PATIENCE, SweepTest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "examples"))
from examples import EXAMPLES, compare  # noqa: E402

FOLDER = pathlib.Path(os.environ.get("WEIR_EXAMPLES", "."))
NAMES = ("hello_file", "gzip_file", "csv_to_gzip", "pipe_files", "transforms", "encoders", "save_settings", "pipelines",
         "journal", "rotating_log", "file_handle", "standard_output", "coroutines/pipe_files", "coroutines/file_handle",
         "coroutines/http_server")


class ExampleTest(SweepTest):
    def begin(self):
        self.folder.mkdir()
        if "input.txt" in self.files:
            (self.folder / "input.txt").write_text(self.files["input.txt"])

    def clear(self):
        shutil.rmtree(self.folder)

    def run_example(self, environment):
        self.result = subprocess.run([self.binary], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                                     text=True, env=environment, timeout=PATIENCE)
        self.status = self.result.returncode

    def check_example(self):
        said = self.result.stdout + self.result.stderr
        self.assertTrue(self.result.returncode >= 0 or self.result.returncode == -signal.SIGABRT, self.result)
        fault = compare(self.folder, self.result, self.printed, self.files)
        self.assertTrue(fault is None or re.search(r"\b(E[A-Z0-9]{2,}|ERR_[A-Z_]+)\b|failed: ", said), f"{fault}; said {said!r}")

    def test_each_example(self):
        for name in NAMES:
            with self.subTest(example=name):
                self.binary = FOLDER / name
                self.printed, self.files = EXAMPLES[name]
                self.sweep(self.run_example, self.check_example, least=15)


if __name__ == "__main__":
    unittest.main()
