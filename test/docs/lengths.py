#!/usr/bin/env python3
"""Checks the table of program lengths in the guide: the lines of each source that are neither empty nor a
comment.

usage: lengths.py ROOT [--print]
"""

import re
import sys
from pathlib import Path

# The columns, and where their programs are.
COLUMNS = {
    "weir": "examples/coroutines/{}.cc",
    "weir, callbacks": "examples/{}.cc",
    "Node": "bench/lines/node/{}.mjs",
    "Asio": "bench/lines/asio/{}.cc",
    "libuv": "bench/lines/libuv/{}.cc",
}
PROGRAMS = ("million_lines", "one_kib_mark", "pipe_files", "rate_limited", "tcp_proxy", "chat",
            "http_streaming", "upload_server")
TABLE = re.compile(r"^\| Program \|.*\n(?:\|.*\n)+", re.MULTILINE)


def length(path):
    if not path.exists():
        return "-"
    lines = (line.strip() for line in path.read_text().splitlines())
    return str(sum(bool(line) and not line.startswith("//") for line in lines))


def table(root):
    rows = [["Program", *COLUMNS], ["---"] * (len(COLUMNS) + 1)]
    rows += [[f"`{name}`", *(length(root / place.format(name)) for place in COLUMNS.values())]
             for name in PROGRAMS]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main():
    root = Path(sys.argv[1])
    expected = table(root)
    if "--print" in sys.argv:
        print(expected, end="")
        return 0
    found = TABLE.search((root / "docs" / "guide.md").read_text())
    if found and found[0] == expected:
        print("1 passed, 0 failed")
        return 0
    print(f"guide.md: the table of lengths is not\n{expected}\n0 passed, 1 failed")
    return 1


if __name__ == "__main__":
    sys.exit(main())
