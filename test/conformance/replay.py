#!/usr/bin/env python3
"""Runs the recorded programs on weir and compares each trace with Node's, record by record.

    replay.py WEIR_TRACE [--show N]
    replay.py WEIR_TRACE --record

WEIR_TRACE is the built weir-trace. Exits 0 only where every trace is the same, or is one of those
in which weir differs on purpose: differences.json says why, differences.txt has weir's trace, which
--record writes.
"""

import argparse
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CONTEXT = 3  # records shown before one that differs


def traces(text):
    """The records of each program, by its name."""
    found = {}
    for line in text.split("\n")[:-1]:  # not splitlines: a record may hold other separators
        if line.startswith("# "):
            records = found.setdefault(line[2:], [])
        else:
            records.append(line)
    return found


class Recording:
    """A folder of recordings by record.sh, and the programs in which weir differs on purpose."""

    def __init__(self, folder):
        self.programs = gzip.decompress((folder / "programs.json.gz").read_bytes())
        self.node = traces(gzip.decompress((folder / "traces.txt.gz").read_bytes()).decode())
        self.differences = folder / "differences.txt"
        # [{"reason": TEXT, "programs": [NAME...]}...]
        listed = json.loads((folder / "differences.json").read_text())
        self.reasons = {name: entry["reason"] for entry in listed for name in entry["programs"]}

    def differing(self):
        return traces(self.differences.read_text()) if self.differences.exists() else {}

    def record(self, weir):
        self.differences.write_text("".join(
            "\n".join([f"# {name}", *weir[name]]) + "\n" for name in self.reasons if name in weir))

    def faults(self):
        """Faults of the list itself."""
        expected = self.differing()
        for name, reason in self.reasons.items():
            if name not in self.node:
                yield f"{name}: differences.json names no recorded program"
            elif name not in expected:
                yield f"{name}: differences.txt has no trace of it (--record writes one)"
            elif expected[name] == self.node[name]:
                yield f"{name}: is listed in differences.json, and is the same as Node's"
            if not reason.strip():
                yield f"{name}: differences.json gives no reason"
        for name in expected.keys() - self.reasons.keys():
            yield f"{name}: differences.txt has a trace of it, and differences.json no reason"


def run(weir_trace, programs):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "programs.json"
        file.write_bytes(programs)
        result = subprocess.run([weir_trace, file], stdout=subprocess.PIPE, check=False)
    if result.returncode != 0:
        print(f"weir-trace ended with {result.returncode}")
    return traces(result.stdout.decode("utf-8", "replace")), result.returncode


def first_difference(want, got):
    """The index of the first record that differs, or None."""
    for index, pair in enumerate(zip(want, got)):
        if pair[0] != pair[1]:
            return index
    return None if len(want) == len(got) else min(len(want), len(got))


def explain(name, want, got, index):
    print(f"{name}: record {index + 1} differs")
    for before in want[max(0, index - CONTEXT) : index]:
        print(f"    {before}")
    for side, records in ("want", want), ("got ", got):
        print(f"  {side} {records[index] if index < len(records) else '(end)'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weir_trace")
    parser.add_argument("--show", type=int, default=3, help="how many differences to print")
    parser.add_argument("--record", action="store_true",
                        help="write weir's traces of differences.json into differences.txt")
    parser.add_argument("--recording", type=pathlib.Path, default=HERE, metavar="FOLDER")
    arguments = parser.parse_args()

    recording = Recording(arguments.recording)
    weir, status = run(arguments.weir_trace, recording.programs)
    if arguments.record:
        recording.record(weir)
    faults = list(recording.faults())
    for fault in faults:
        print(fault)
    reference = recording.node | recording.differing()
    failed = 0
    for name, want in reference.items():
        got = weir.get(name, ["(no trace)"])
        index = first_difference(want, got)
        if index is None:
            continue
        failed += 1
        if failed <= arguments.show:
            explain(name, want, got, index)
    print(f"{len(reference) - failed} passed, {failed} failed"
          + f", {len(recording.reasons)} of them on purpose not as Node's" * bool(recording.reasons))
    return 1 if failed or faults or status else 0


if __name__ == "__main__":
    sys.exit(main())
