#!/usr/bin/env python3
"""Checks that each link of a document leads to a file and a heading, and that the site has a page for each document.

usage: links.py ROOT
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(ROOT / "docs" / "site"))
import pages  # noqa: E402


def headings(path):
    text = re.sub(r"^ *```.*?^ *```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    return {pages.slug(title) for title in re.findall(r"^#+ (.*)", text, re.MULTILINE)}


def fault(document, link):
    """Why the link of the document leads nowhere, or None."""
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    if not target.exists():
        return "there is no such file"
    if anchor and anchor not in headings(target):
        return "the document has no such heading"
    return None


def main():
    documents = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").glob("*.md"))]
    faults = links = 0

    def report(text):
        nonlocal faults
        faults += 1
        print(text)
    for document in documents:
        name = str(document.relative_to(ROOT))
        if name not in pages.DOCUMENTS and name != "docs/guide.md":
            report(f"{name}: docs/site/pages.py has no page for it")
        for part in pages.CODE.split(re.sub(r"\[`([^`\]]*)`\]", r"[\1]", document.read_text()))[::2]:
            for _, _, link in pages.LINK.findall(part):
                links += 1
                if not re.match(r"\w+:", link) and (reason := fault(document, link)):
                    report(f"{name}: {link}: {reason}")
    titles = [title for title, _ in pages.sections((ROOT / "docs/guide.md").read_text())[1]]
    if sorted(titles) != sorted(title for group in pages.LEARN.values() for title in group):
        report("docs/guide.md: its sections are not those of LEARN in docs/site/pages.py")
    print(f"{links + 1 - faults} passed, {faults} failed")
    return 1 if faults or not links else 0


if __name__ == "__main__":
    sys.exit(main())
