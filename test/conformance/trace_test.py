"""weir-trace: a program that it refuses is a trace as well, and the others run."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

READ = {"type": "readable", "read": [{"push": ["a", None]}]}
VALUES = {"type": "writable", "objectMode": True}
BYTES = {"type": "writable"}


class TraceTest(unittest.TestCase):
    def trace(self, *programs):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "programs.json"
            file.write_text(json.dumps(programs))
            return subprocess.run([os.environ["WEIR_TRACE"], file], capture_output=True, text=True,
                                  timeout=60)

    def test_a_program_that_is_refused_does_not_end_the_others(self):
        result = self.trace(
            {"name": "unlike", "streams": {"r": READ, "w": VALUES}, "steps": [["r", "pipe", "w"]]},
            {"name": "unknown", "streams": {"w": BYTES}, "steps": [["w", "swim"]]},
            {"name": "late", "streams": {"r": READ, "w": VALUES},
             "steps": [["immediate"], ["r", "pipe", "w"]]},
            {"name": "good", "streams": {"w": BYTES}, "steps": [["w", "end-nocb"]]})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout.startswith(
            "# unlike\nrefused: a pipe between unlike chunks\n"
            "# unknown\nrefused: bad verb: swim\n"
            "# late\nrefused: a pipe between unlike chunks\n"
            "# good\nend-nocb w\n"), result.stdout)


if __name__ == "__main__":
    unittest.main()
