#!/usr/bin/env python3
"""Runs the recorded programs on weir and compares each trace with Node's, record by record.

    replay.py WEIR_TRACE [--show N]

WEIR_TRACE is the built weir-trace. Exits 0 only where every trace is the same.
"""

import argparse
import gzip
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CONTEXT = 3  # records shown before one that differs


def traces(text):
    """The records of each program, by its name."""
    found = {}
    for line in text.rstrip("\n").split("\n"):
        if line.startswith("# "):
            records = found.setdefault(line[2:], [])
        else:
            records.append(line)
    return found


def recorded(name):
    return gzip.decompress((HERE / name).read_bytes())


def replay(weir_trace):
    with tempfile.TemporaryDirectory() as folder:
        programs = pathlib.Path(folder) / "programs.json"
        programs.write_bytes(recorded("programs.json.gz"))
        result = subprocess.run([weir_trace, programs], stdout=subprocess.PIPE, check=False)
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
    arguments = parser.parse_args()

    reference = traces(recorded("traces.txt.gz").decode())
    other, status = replay(arguments.weir_trace)
    failed = 0
    for name, want in reference.items():
        got = other.get(name, ["(no trace)"])
        index = first_difference(want, got)
        if index is None:
            continue
        failed += 1
        if failed <= arguments.show:
            explain(name, want, got, index)
    print(f"{len(reference) - failed} passed, {failed} failed")
    return 1 if failed or status else 0


if __name__ == "__main__":
    sys.exit(main())
