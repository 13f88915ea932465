"""replay.py: that it fails where a trace is not the recorded one, or the list of differences is
not right."""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent

# A weir-trace that prints the file weir.txt in its folder.
STAND_IN = """#!{python} -IS
import pathlib, sys
print(pathlib.Path(sys.argv[0]).with_name("weir.txt").read_text(), end="")
sys.exit({status})
"""
NODE = {"a": ["write a", "event a close"], "b": ["write b -> true"]}
WHY = [{"reason": "values are typed", "programs": ["b"]}]


def text(traces):
    return "".join(f"# {name}\n" + "".join(f"{line}\n" for line in records)
                   for name, records in traces.items())


class ReplayTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "programs.json.gz").write_bytes(gzip.compress(b"[]"))
        (self.folder / "traces.txt.gz").write_bytes(gzip.compress(text(NODE).encode()))

    def replay(self, weir, *arguments, listed=(), expected=None, status=0):
        runner = self.folder / "weir-trace"
        runner.write_text(STAND_IN.format(python=sys.executable, status=status))
        runner.chmod(0o755)
        (self.folder / "weir.txt").write_text(text(weir))
        (self.folder / "differences.json").write_text(json.dumps(listed))
        if expected is not None:
            (self.folder / "differences.txt").write_text(text(expected))
        return subprocess.run(
            [sys.executable, "-B", HERE / "replay.py", runner, "--recording", self.folder,
             *arguments], capture_output=True, text=True, timeout=60)

    def fails(self, why, *arguments, **given):
        result = self.replay(*arguments, **given)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(why, result.stdout)

    def test_the_same_traces_pass(self):
        result = self.replay(NODE)
        self.assertEqual((result.returncode, result.stdout), (0, "2 passed, 0 failed\n"))

    def test_a_record_that_differs_is_shown(self):
        self.fails("a: record 2 differs\n    write a\n  want event a close\n  got  event a end\n",
                   NODE | {"a": ["write a", "event a end"]})

    def test_a_trace_that_ends_early_or_late_or_is_missing_differs(self):
        self.fails("got  (end)", NODE | {"a": ["write a"]})
        self.fails("want (end)", NODE | {"b": [*NODE["b"], "event b close"]})
        self.fails("b: record 1 differs", {"a": NODE["a"]})

    def test_a_runner_that_fails_has_not_passed(self):
        self.fails("weir-trace ended with 3", NODE, status=3)

    def test_a_difference_with_a_reason_passes_while_it_is_the_recorded_one(self):
        other = {"b": ["refused"]}
        result = self.replay(NODE | other, listed=WHY, expected=other)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("2 passed, 0 failed, 1 of them on purpose not as Node's", result.stdout)
        self.fails("b: record 1 differs\n  want refused\n  got  something else",
                   NODE | {"b": ["something else"]}, listed=WHY, expected=other)

    def test_an_entry_that_names_no_program_fails(self):
        self.fails("gone: differences.json names no recorded program", NODE,
                   listed=[{"reason": "x", "programs": ["gone"]}], expected={"gone": ["x"]})

    def test_an_entry_without_a_trace_fails(self):
        self.fails("b: differences.txt has no trace of it", NODE | {"b": ["refused"]}, listed=WHY)

    def test_a_trace_without_an_entry_fails(self):
        self.fails("b: differences.txt has a trace of it", NODE | {"b": ["refused"]},
                   expected={"b": ["refused"]})

    def test_an_entry_without_a_reason_fails(self):
        self.fails("b: differences.json gives no reason", NODE | {"b": ["refused"]},
                   listed=[{"reason": " ", "programs": ["b"]}], expected={"b": ["refused"]})

    def test_an_entry_that_is_as_nodes_fails(self):
        self.fails("b: is listed in differences.json, and is the same as Node's", NODE,
                   listed=WHY, expected={"b": NODE["b"]})

    def test_records_the_traces_of_the_list_and_no_other(self):
        weir = NODE | {"b": ["refused"]}
        result = self.replay(weir, "--record", listed=WHY, expected={"a": ["old"]})
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual((self.folder / "differences.txt").read_text(), "# b\nrefused\n")


if __name__ == "__main__":
    unittest.main()
