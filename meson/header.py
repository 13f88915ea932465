#!/usr/bin/env python3
"""Copies <weir/weir.h> without the headers whose names begin with one of the given.

usage: header.py INPUT OUTPUT BEGINNING...
"""

import sys
from pathlib import Path


def main():
    beginnings = tuple(f"#include <{beginning}" for beginning in sys.argv[3:])
    lines = Path(sys.argv[1]).read_text().splitlines(keepends=True)
    Path(sys.argv[2]).write_text("".join(line for line in lines if not line.startswith(beginnings)))


if __name__ == "__main__":
    main()
