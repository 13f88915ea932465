"""The site's reference: a page for each public header, from Doxygen's XML and the headers' own text.

Doxygen finds the classes, functions and members, and where each is; header.py takes the text from there.
"""

import re
import textwrap
import xml.etree.ElementTree as ElementTree

from header import Header, markdown

LAYERS = {
    "stream": "Streams of bytes and of values, pipes and transforms",
    "coro": "Coroutines",
    "testing": "Testing",
    "fs": "Files",
    "stdio": "Standard input, output and error; terminals",
    "zlib": "Compression",
    "net": "TCP, unix sockets and TLS",
    "http": "HTTP servers and clients",
    "nats": "Streams over NATS",
    "thread": "Writing from other threads",
    "pace": "Limits of a rate",
    "insight": "Metrics and snapshots",
    "inspect": "The inspector",
    "loop": "The event loop, timers and signals",
    "event": "Events and listeners",
    "base": "Buffers, errors, references",
}
SHOWN = ("public", "protected")


class Item:
    """A declaration of a header."""

    def __init__(self, name, kind, line, end, access="public"):
        self.name, self.kind, self.line, self.end, self.access = name, kind, line, end, access
        self.members = []


def item_of(member):
    place = member.find("location")
    line = int(place.get("line")) - 1
    end = int(place.get("bodyend") or 0)
    return Item(member.findtext("name"), member.get("kind"), line, max(end, line + 1), member.get("prot"))


def members_of(compound):
    """Its members in the order of the header."""
    kinds = ("function", "variable", "typedef", "enum")
    found = [item_of(member) for member in compound.iter("memberdef")
             if member.get("kind") in kinds and member.get("prot") in SHOWN]
    return sorted(found, key=lambda item: item.line)


def read(folder):
    """Header, as 'weir/fs/flags.h' -> its items, with the members of classes."""
    headers = {}
    for file in sorted(folder.glob("*.xml")):
        compound = ElementTree.parse(file).getroot().find("compounddef")
        if compound is None or compound.get("kind") not in ("class", "struct", "namespace", "concept"):
            continue
        name = compound.findtext("compoundname")
        if "internal" in name or "@" in name or name.split("::")[0] != "weir":
            continue
        if compound.get("kind") == "namespace":
            for member in compound.iter("memberdef"):
                if member.get("kind") in ("function", "variable", "typedef", "enum"):
                    item = item_of(member)
                    item.name = f"{name}::{item.name}"
                    headers.setdefault(member.find("location").get("file"), []).append(item)
            continue
        place = compound.find("location")
        # A class in a class's private part, or a partial specialization, is no public name.
        if place is None or compound.get("prot") == "private" or "<" in name:
            continue
        line = int(place.get("line")) - 1
        item = Item(name, compound.get("kind"), line, max(int(place.get("bodyend") or 0), line + 1))
        item.members = members_of(compound)
        headers.setdefault(place.get("file"), []).append(item)
    return {header: sorted(items, key=lambda item: item.line) for header, items in headers.items()}


def slug(name):
    return re.sub(r"[^a-z0-9_]+", "-", name.lower().removeprefix("weir::")).strip("-")


class Reference:
    def __init__(self, xml, include):
        self.items = read(xml)
        paths = sorted(include.glob("weir/*/*.h"))
        self.headers = {str(path.relative_to(include)): Header(path) for path in paths}
        self.index = {}  # a name -> its page and anchor
        self.options = []  # (option, struct, link, type, default, text)

    def pages(self):
        """Path below reference/ -> Markdown."""
        pages = {f"{header.removeprefix('weir/').removesuffix('.h')}.md": self.page(header) for header in self.headers}
        for layer, title in LAYERS.items():
            rows = [f"| [`{header.split('/')[-1]}`]({header.split('/')[-1].removesuffix('.h')}.md) | {self.line(text.purpose, header)} |"
                    for header, text in self.headers.items() if header.split("/")[1] == layer]
            pages[f"{layer}/index.md"] = "\n".join([f"# {title}", "", "| Header | Purpose |", "| --- | --- |", *rows, ""])
        pages["index.md"] = self.front()
        pages["names.md"] = self.names()
        pages["options.md"] = self.options_page()
        return pages

    def linker(self, header):
        """Links the name of a header in the text of another one."""
        layer = header.split("/")[1]

        def link(name):
            places = [full for full in self.headers if full.endswith(f"/{name}")]
            for full in (name, f"weir/{name}", f"weir/{layer}/{name}", *(places if len(places) == 1 else ())):
                if full in self.headers and full != header:
                    target = full.removeprefix("weir/").removesuffix(".h")
                    return f"[`{name}`](../{target}.md)"
            return f"`{name}`"
        return link

    def text(self, lines, header):
        return markdown(lines, self.linker(header))

    def line(self, text, header):
        return self.text([text], header).replace("|", "\\|")

    def page(self, header):
        source = self.headers[header]
        parts = [f"# {header}", self.text([source.purpose], header), self.text(source.about, header)]
        last = None
        for item in self.items.get(header, []):
            begin = source.begin(item.line)
            doc = source.comment_above(begin)
            if item.members or item.kind in ("class", "struct"):
                parts.append(self.type_part(header, item, doc))
            elif last is not None and not doc and not source.has_gap(last, begin):
                parts[-1] = self.joined(parts[-1], source.declaration(item.line)[0])
                self.note(item.name, header, self.last_anchor)
            else:
                parts.append(self.member_part(header, item, doc, 2, item.name.removeprefix("weir::")))
            last = item.end
        return "\n\n".join(part for part in parts if part) + "\n"

    def note(self, name, header, anchor):
        page = header.removeprefix("weir/").removesuffix(".h")
        self.index.setdefault(name.removeprefix("weir::"), f"{page}.md#{anchor}")

    @staticmethod
    def joined(part, declaration):
        """The part of an item with the declaration of the next one, which shares its comment."""
        head, fence, tail = part.partition("\n```\n")
        return f"{head}\n{declaration};{fence}{tail}"

    def heading(self, level, title, anchor):
        self.last_anchor = anchor
        return f"{'#' * level} `{title}` {{ #{anchor} }}"

    def member_part(self, header, item, doc, level, title, scope=""):
        source = self.headers[header]
        name = f"{scope}::{item.name}" if scope else item.name
        anchor = slug(f"{name}-{item.line}") if name.removeprefix("weir::") in self.index else slug(name)
        self.note(name, header, anchor)
        if item.kind == "enum":
            code = source.span(source.begin(item.line), item.end)
        else:
            code = source.declaration(item.line)[0] + ";"
        after = source.comment_after(item.line)
        text = self.text(doc or ([after] if after else []), header)
        return f"{self.heading(level, title, anchor)}\n\n```cpp\n{code}\n```\n\n{text}"

    def type_part(self, header, item, doc):
        source = self.headers[header]
        anchor = slug(item.name)
        self.note(item.name, header, anchor)
        title = item.name.removeprefix("weir::")
        parts = [self.heading(2, title, anchor)]
        if item.kind != "concept":
            parts.append(f"```cpp\n{source.declaration(item.line)[0]}\n```")
        else:
            parts.append(f"```cpp\n{source.span(source.begin(item.line), item.end)}\n```")
        parts.append(self.text(doc, header))
        variables = [member for member in item.members if member.kind == "variable" and member.access == "public"]
        if item.kind == "struct" and variables:
            parts.append(self.fields(header, item, variables))
        else:
            variables = []
        last = None
        for member in item.members:
            if member in variables or member.name == "kEventName":
                continue
            begin = source.begin(member.line)
            text = source.comment_above(begin)
            shares = last is not None and not text and not source.has_gap(last, begin)
            if shares:
                parts[-1] = self.joined(parts[-1], source.declaration(member.line)[0])
                self.note(f"{item.name}::{member.name}", header, self.last_anchor)
            elif text or source.comment_after(member.line) or member.access == "public":
                parts.append(self.member_part(header, member, text, 3, member.name, item.name))
            else:
                continue
            last = member.end
        return "\n\n".join(part for part in parts if part)

    def fields(self, header, item, variables):
        """The data members of a struct as a list of definitions."""
        source = self.headers[header]
        parts = []
        for field in variables:
            code = re.sub(r"\s+", " ", source.declaration(field.line)[0])
            if field.name == "kEventName":
                parts.append("An event: Node's `" + code.split('"')[1] + "`.\n")
                continue
            begin = source.begin(field.line)
            doc = source.comment_above(begin) or [source.comment_after(field.line)]
            text = self.text([line[:1].upper() + line[1:] if line is doc[0] else line for line in doc], header)
            parts.append(f"`{code}`\n" + textwrap.indent(f":   {text or '<!-- -->'}", "    ")[4:] + "\n")
            self.note(f"{item.name}::{field.name}", header, slug(item.name))
            if item.name.endswith("Options"):
                kind, _, default = code.partition(" = ")
                self.options.append((field.name, item.name.removeprefix("weir::"), kind.rsplit(field.name, 1)[0].strip(),
                                     f"`{default}`" if default and default != "{}" else ""))
        return "\n".join(parts)

    def front(self):
        rows = [f"| [{title}]({layer}/index.md) | `weir/{layer}/` |" for layer, title in LAYERS.items()]
        return "\n".join([
            "# Reference", "",
            "Each public header has a page: an example, the rules, and the contract of each function with its errors and "
            "Node's counterpart. `<weir/weir.h>` includes all but those of NATS, Asio and libuv.", "",
            "- [Every name](names.md), in alphabetical order", "- [Every option](options.md), with its default", "",
            "| Layer | Headers |", "| --- | --- |", *rows, ""])

    def names(self):
        lines = ["# Every name", "", "The prefix `weir::` is left out.", ""]
        letter = None
        for name in sorted(self.index, key=lambda name: (re.sub(r"^\W*", "", name.split("::")[-1]).lower(), name)):
            short = re.sub(r"^\W*", "", name.split("::")[-1])
            if "operator" in short or not short:
                continue
            if short[0].upper() != letter:
                letter = short[0].upper()
                lines += ["", f"## {letter}", ""]
            scope = "::".join(name.split("::")[:-1])
            lines.append(f"- [`{short}`]({self.index[name]})" + (f" of `{scope}`" if scope else ""))
        return "\n".join(lines) + "\n"

    def options_page(self):
        lines = ["# Every option", "", "| Option | of | Type | Default |", "| --- | --- | --- | --- |"]
        for name, struct, kind, default in sorted(self.options):
            lines.append(f"| `{name}` | [`{struct}`]({self.index[struct]}) | `{kind}` | {default} |")
        return "\n".join(lines) + "\n"
