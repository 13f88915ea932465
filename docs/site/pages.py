#!/usr/bin/env python3
"""Makes the pages of the site from the documents of the repository, and from Doxygen's XML its reference.

usage: pages.py ROOT XML FOLDER

FOLDER gets mkdocs.yml and docs/. A section of guide.md is a page of its own; links between the documents, whose
paths are those of the repository, become links between pages; code of the documents is moved to the left.
"""

import json
import os
import re
import shutil
import sys
import textwrap
from pathlib import Path

from reference import LAYERS, Reference

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[((?:`[^`]*`|!\[[^\]]*\]\([^)]*\)|[^\[\]])*)\]\(([^()\s]+)\)")
CODE = re.compile(r"(^ *```.*?^ *```|`` .*? ``|`[^`\n]*`)", re.MULTILINE | re.DOTALL)

# The sections of guide.md, by its titles.
LEARN = {
    "Streams": ("A stream into a file", "Backpressure", "Events", "Timers", "Bytes", "Options", "Reading", "Pipes and transforms",
                "Values instead of bytes", "Operators", "How long things live", "Exceptions"),
    "Your own": ("A destination of your own", "A source of your own", "A stream class of your own"),
    "Durability": ("Log files", "Written, flushed, synced", "Crashes"),
    "Programs": ("Coroutines", "Threads", "Standard streams", "Inside another loop", "Metrics and the inspector"),
    "Network": ("Sockets", "HTTP", "Files over HTTP"),
    "The command": ("The weir command",),
}
# The other documents -> their pages.
DOCUMENTS = {
    "README.md": "index.md",
    "docs/start.md": "start.md",
    "docs/course.md": "learn/course.md",
    "docs/how-to.md": "how-to/index.md",
    "docs/testing.md": "how-to/testing.md",
    "docs/coming-from-node.md": "coming-from/node.md",
    "docs/coming-from-asio.md": "coming-from/asio.md",
    "docs/coming-from-libuv.md": "coming-from/libuv.md",
    "docs/coming-from-folly.md": "coming-from/folly.md",
    "docs/coming-from-iostreams.md": "coming-from/iostreams.md",
    "docs/design.md": "explain/design.md",
    "docs/ordering.md": "explain/ordering.md",
    "docs/performance.md": "explain/performance.md",
    "docs/nats.md": "explain/nats.md",
    "docs/glossary.md": "explain/glossary.md",
    "docs/comparison.md": "explain/comparison.md",
    "docs/when-not.md": "when-not.md",
    "docs/releasing.md": "explain/releasing.md",
    "CONTRIBUTING.md": "explain/contributing.md",
    "SECURITY.md": "explain/security.md",
    "CHANGELOG.md": "explain/changelog.md",
}


def slug(title):
    """The anchor of a title, as git hosts and mkdocs make it."""
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title.lower())).strip("-")


def outside_code(text, change):
    """The text, changed where it is no code."""
    parts = CODE.split(text)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))


def sections(text):
    """The text before the first section, and [title, text] of each."""
    parts = re.split(r"^## (.*)\n", FENCE.sub(lambda fence: fence[0].replace("\n#", "\n\0#"), text), flags=re.MULTILINE)
    parts = [part.replace("\0", "") for part in parts]
    return parts[0], list(zip(parts[1::2], parts[2::2]))


class Site:
    def __init__(self, root, xml, folder):
        self.root, self.folder = root, folder
        self.reference = Reference(xml, root / "include")
        self.examples = sorted(str(path.relative_to(root)) for path in (root / "examples").rglob("*.cc"))
        self.targets = {source: page for source, page in DOCUMENTS.items() if (root / source).exists()}
        self.targets |= {source: source.removesuffix(".cc") + ".md" for source in self.examples}
        self.targets |= {"examples": "examples/index.md", "docs/guide.md": "learn/index.md"}
        self.targets |= {f"include/{header}": f"reference/{header[5:-2]}.md" for header in self.reference.headers}
        self.anchors = {}  # of guide.md -> page

    def write(self, page, text):
        path = self.folder / "docs" / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def copy(self, source, target):
        path = self.folder / "docs" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.root / source, path)

    def target(self, source, link, page):
        """The link of a document as a link of its page, or None if the site does not have its target."""
        if re.match(r"\w+:", link):
            return link
        path, _, anchor = link.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(source), path)) if path else source
        if path == "docs/guide.md" and anchor:
            to = self.anchors[anchor]
            anchor = "" if to == f"learn/{anchor}.md" else anchor
        elif path in self.targets:
            to = self.targets[path]
        elif path.endswith((".svg", ".png")):
            to = f"assets/{path.removeprefix('docs/')}"
            self.copy(path, to)
        elif (self.root / path).exists():
            return None
        else:
            sys.exit(f"{source}: {link} is not there")
        return os.path.relpath(to, os.path.dirname(page) or ".") + (f"#{anchor}" if anchor else "")

    def converted(self, text, source, page):
        """The text of a document for its page."""
        def dedent(fence):
            return f"```{fence[2]}\n{textwrap.dedent(fence[3])}```"

        def relink(match):
            to = self.target(source, match[3], page)
            label = outer(match[2]) if match[2].startswith("![") else match[2]
            return f"{match[1]}[{label}]({to})" if to else label

        def outer(part):
            return LINK.sub(relink, part)

        def header(code):
            to = self.targets.get(f"include/{code[1]}")
            return f"[`{code[1]}`]({os.path.relpath(to, os.path.dirname(page) or '.')})" if to else code[0]

        text = FENCE.sub(dedent, text)
        # Links have code in their labels: fences are kept apart, and code elsewhere is no link.
        parts = re.split(r"(^ *```.*?^ *```)", text, flags=re.MULTILINE | re.DOTALL)
        for at in range(0, len(parts), 2):
            parts[at] = outer(parts[at])
            parts[at] = re.sub(r"(?<![\[`])`<?(weir/[a-z]+/[a-z0-9_]+\.h)>?`(?!\])", header, parts[at])
        return "".join(parts)

    def guide(self):
        """The pages of guide.md, and their part of the navigation."""
        text = (self.root / "docs/guide.md").read_text()
        preamble, found = sections(text)
        titles = [title for group in LEARN.values() for title in group]
        if missing := {title for title, _ in found} ^ set(titles):
            sys.exit(f"pages.py: LEARN and guide.md differ in {sorted(missing)}")
        for title, body in found:
            page = f"learn/{slug(title)}.md"
            self.anchors[slug(title)] = page
            self.anchors |= {slug(name): page for name in re.findall(r"^### (.*)", body, re.MULTILINE)}
        bodies = dict(found)
        lines = [self.converted(preamble, "docs/guide.md", "learn/index.md").replace("# Using weir", "# Learn weir"),
                 "If streams are new to you, begin with [eight lessons](course.md).", ""]
        nav = ["learn/index.md", {"Eight lessons": "learn/course.md"}]
        for group, names in LEARN.items():
            lines += [f"## {group}", ""] + [f"- [{name}]({slug(name)}.md)" for name in names] + [""]
            nav.append({group: [{name: f"learn/{slug(name)}.md"} for name in names]})
        self.write("learn/index.md", "\n".join(lines))
        for title in titles:
            body = outside_code(bodies[title], lambda part: re.sub(r"^###", "##", part, flags=re.MULTILINE))
            self.write(f"learn/{slug(title)}.md",
                       f"# {title}\n\n{self.converted(body, 'docs/guide.md', f'learn/{slug(title)}.md')}")
        return nav

    def example(self, source):
        """Writes the page of an example; returns its first sentence."""
        lines = (self.root / source).read_text().splitlines()
        about = []
        while lines and lines[0].startswith("//"):
            about.append(lines.pop(0)[2:].removeprefix(" "))
        text = re.split(r"\n\s*\n", "\n".join(about))[0].replace("\n", " ").replace("<", "&lt;")
        name = source.removeprefix("examples/")
        usage = "\n".join(about).partition("\n\n")[2]
        usage = f"\n```text\n{textwrap.dedent(usage)}\n```\n" if usage else ""
        code = "\n".join(lines).strip("\n")
        self.write(self.targets[source], f"# {name}\n\n{text}\n{usage}\n```cpp\n{code}\n```\n")
        return re.split(r"(?<=[.!?:]) ", text)[0]

    def example_pages(self):
        lines = ["# Examples", "", "Complete programs. The tests compile and run each of them.", "",
                 "| Program | Purpose |", "| --- | --- |"]
        for source in self.examples:
            name = source.removeprefix("examples/").removesuffix(".cc")
            lines.append(f"| [`{name}`]({name}.md) | {self.example(source).replace('|', chr(92) + '|')} |")
        self.write("examples/index.md", "\n".join(lines) + "\n")

    def reference_pages(self):
        for page, text in self.reference.pages().items():
            self.write(f"reference/{page}", text)
        nav = ["reference/index.md", {"Every name": "reference/names.md"}, {"Every option": "reference/options.md"}]
        for layer in LAYERS:
            headers = [header for header in self.reference.headers if header.split("/")[1] == layer]
            nav.append({layer: [f"reference/{layer}/index.md"] + [
                {header.split("/")[-1]: f"reference/{header[5:-2]}.md"} for header in headers]})
        return nav

    def build(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        learn = self.guide()
        for source, page in self.targets.items():
            if source in DOCUMENTS:
                self.write(page, self.converted((self.root / source).read_text(), source, page))
        self.example_pages()

        def section(folder, names):
            return [{name: f"{folder}{page}.md"} for name, page in names.items()
                    if f"{folder}{page}.md" in self.targets.values()]
        nav = [
            {"Start": ["index.md", {"Five minutes": "start.md"}, {"When not to use weir": "when-not.md"}]},
            {"Learn": learn},
            {"How-to": ["how-to/index.md", {"Test your streams": "how-to/testing.md"}, {"Examples": "examples/index.md"}]},
            {"Coming from": section("coming-from/", {
                "Node": "node", "Asio": "asio", "libuv": "libuv", "folly": "folly", "iostreams": "iostreams"})},
            {"Explain": section("explain/", {
                "Design": "design", "Order of events": "ordering", "Performance": "performance",
                "Comparison": "comparison", "NATS": "nats",
                "Glossary": "glossary", "Security": "security", "Contributing": "contributing",
                "Versions": "releasing", "Changelog": "changelog"})},
            {"Reference": self.reference_pages()},
        ]
        self.copy("docs/site/site.css", "assets/site.css")
        self.copy("web/inspector/icon.svg", "assets/icon.svg")
        config = {"INHERIT": str(self.root / "docs/site/mkdocs.yml"), "docs_dir": "docs", "nav": nav}
        (self.folder / "mkdocs.yml").write_text(json.dumps(config, indent=1))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    Site(*(Path(argument).resolve() for argument in sys.argv[1:])).build()
