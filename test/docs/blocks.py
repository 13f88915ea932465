#!/usr/bin/env python3
"""Checks that each C++ block of the documents stands, line by line, in a source that is compiled.

usage: blocks.py ROOT
"""

import re
import sys
from pathlib import Path

FENCE = re.compile(r"^```cpp\n(.*?)^```", re.MULTILINE | re.DOTALL)


def squeezed(text):
    """The text without its indentation, which a document may drop."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def main():
    root = Path(sys.argv[1])
    sources = [squeezed(path.read_text()) for path in sorted((root / "examples").rglob("*.cc"))]
    blocks = failed = 0
    for document in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        for block in FENCE.findall(document.read_text()):
            blocks += 1
            if not any(squeezed(block) in source for source in sources):
                failed += 1
                print(f"{document.name}: no example has this block:\n{block}")
    print(f"{blocks - failed} passed, {failed} failed")
    return 1 if failed or not blocks else 0


if __name__ == "__main__":
    sys.exit(main())
