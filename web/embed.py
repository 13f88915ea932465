#!/usr/bin/env python3
"""Writes a C++ source that has the files of the inspector page, as src/inspect/assets.h declares them.

CMake's builds embed them without comments (cmake/weir_embed.cmake); this is for other build systems.

usage: embed.py OUTPUT FILE...
"""

import sys
from pathlib import Path

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


def literal(content):
    """The bytes as string literals, a line each. An octal escape has three digits and so ends itself."""
    return "\n".join(
        '     "' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
                          for byte in line) + '"'
        for line in content.splitlines(keepends=True))


def main():
    output, *files = map(Path, sys.argv[1:])
    lines = ["// Made by web/embed.py.", '#include "inspect/assets.h"', "", "namespace weir::internal {", "",
             "std::span<const Asset> inspector_assets() {", "  static constexpr Asset assets[] = {"]
    for file in files:
        content = file.read_bytes()
        lines += [f'    {{"{file.name}", "{TYPES[file.suffix]}",', f"     {{\n{literal(content)},", f"      {len(content)}}}}},"]
    lines += ["  };", "  return assets;", "}", "", "}  // namespace weir::internal", ""]
    output.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
