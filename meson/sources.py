#!/usr/bin/env python3
"""Prints the sources of layers, relative to the root, one a line: those of src/LAYER/CMakeLists.txt. `page`
stands for the files of the inspector page.

usage: sources.py [--without-tls] [--without-http] LAYER|page...
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def page():
    for folder, pattern in ("web/inspector", r".*\.(css|html|js|svg)"), ("third_party/uplot", r".*\.(css|js|txt)"):
        for path in sorted((ROOT / folder).iterdir()):
            if re.fullmatch(pattern, path.name):
                yield f"{folder}/{path.name}"


def sources(layer, options):
    """The files after SOURCES, APART_SOURCES and so on, but not those that an option leaves out."""
    text = re.sub(r"#.*", "", (ROOT / "src" / layer / "CMakeLists.txt").read_text())
    left_out = "TLS_SOURCES" if "--without-tls" in options else "NO_TLS_SOURCES"
    keyword = None
    for word in re.findall(r"\w+\.cc|\b[A-Z_]+\b|\bhttp_sources\b", text):
        if not word.endswith(".cc"):
            keyword = word
        elif keyword != left_out and not (keyword == "http_sources" and "--without-http" in options):
            yield f"src/{layer}/{word}"


def main():
    options = [word for word in sys.argv[1:] if word.startswith("--")]
    layers = [word for word in sys.argv[1:] if not word.startswith("--")]
    for layer in layers:
        for source in page() if layer == "page" else sources(layer, options):
            print(source)


if __name__ == "__main__":
    main()
