"""Prints the coverage of each layer, of gcovr's summary, and the files with the least; with a DOCUMENT, puts the
table into it.

usage: coverage-table.py SUMMARY [DOCUMENT]
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

LEAST = 90  # per cent of the lines; files below are listed


def part(covered, total):
    return f"{100 * covered / total:.1f} %" if total else "-"


def table(files):
    layers = defaultdict(lambda: [0, 0, 0, 0])
    for file in files:
        for name in (file["filename"].split("/")[1], "all"):
            for place, key in enumerate(("line_covered", "line_total", "branch_covered", "branch_total")):
                layers[name][place] += file[key]
    rows = ["| Layer | Lines | Covered | Branches covered |", "| --- | --: | --: | --: |"]
    for name in sorted(layers.keys() - {"all"}) + ["all"]:
        lines, all_lines, branches, all_branches = layers[name]
        rows.append(f"| {name} | {all_lines} | {part(lines, all_lines)} | {part(branches, all_branches)} |")
    return "\n".join(rows) + "\n"


def main(summary, document=None):
    files = [file for file in json.loads(Path(summary).read_text())["files"] if file["line_total"]]
    text = table(files)
    print(text)
    for file in sorted(files, key=lambda file: file["line_covered"] / file["line_total"]):
        if 100 * file["line_covered"] < LEAST * file["line_total"]:
            print(f"{file['filename']}: {part(file['line_covered'], file['line_total'])} of {file['line_total']}")
    if document:
        path = Path(document)
        path.write_text(re.sub(r"\| Layer \| Lines \|.*?\n\n", lambda _: text + "\n", path.read_text(), flags=re.DOTALL))


if __name__ == "__main__":
    main(*sys.argv[1:])
