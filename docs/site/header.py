"""Reads a public header: its comments and declarations as the site's reference shows them."""

import html
import re

# A label within a line begins a paragraph of its own.
INNER = re.compile(r"(?<=[.)] )(?=(?:CALLS BACK|ERRORS|REQUIRES|OWNS|THREADS|Node counterparts?): )")
LABEL = re.compile(r"^(CALLS BACK(?: and ERRORS)?|ERRORS|REQUIRES|OWNS|THREADS|Node counterparts?|Node)(?:: | )(.*)$")
CODE = re.compile(
    r"(`[^`]*`)|((?<![\w/.])(?:weir::)?\w+(?:::~?\w+)+(?:\(\))?|\b\w+\(\)|\b[a-z]+(?:_[a-z0-9]+)+\b(?![./])"
    r"|\b(?:ERR_[A-Z_]+|[A-Z]+_ERR)\b|\bE[A-Z]{3,}\b(?!-)|\b\w+<[\w:, <>]+>|--[a-z-]+)")
HEADER = re.compile(r"(?<![\w/])((?:[a-z0-9_]+/)*[a-z0-9_]+\.h)\b")


def comment(line):
    """The text of a line that is only a comment, or None."""
    line = line.strip()
    return line[2:].removeprefix(" ") if line.startswith("//") else None


def inline(text, link):
    """The text with its code marked, its headers linked and all else escaped."""
    def mark(match):
        return match[1] or f"`{match[2]}`"
    parts = re.split(r"(`[^`]*`)", CODE.sub(mark, text))
    for at, part in enumerate(parts):
        if at % 2 == 0:
            parts[at] = HEADER.sub(lambda name: link(name[1]), re.sub(r"([*\[\]])", r"\\\1", html.escape(part, False)))
    return "".join(parts)


def markdown(lines, link):
    """A comment as Markdown. Lines that are indented and continue no list are code."""
    out = []
    mode = "text"
    lines = [part for line in lines for part in (INNER.split(line) if not line.startswith("  ") else [line])]
    for line in lines:
        kind = mode
        if not line.strip():
            kind = "gap"
        elif line.startswith("- "):
            kind = "list"
        elif line.startswith("  ") and mode not in ("list",):
            kind = "code"
        elif not line.startswith("  ") or mode == "gap":
            kind = "text"
        if kind == "gap":
            if mode != "code":
                out.append("")
                mode = "gap"
            else:
                out.append("")
            continue
        if mode == "code" and kind != "code":
            while not out[-1]:
                out.pop()
            out += ["```", ""]
        if kind == "code":
            if mode != "code":
                out += ["", "```cpp"]
            out.append(line[2:])
        elif label := LABEL.match(line) if kind == "text" else None:
            name = label[1] if label[1].startswith("Node") else label[1].capitalize()
            out += ["", f"**{name}:** {inline(label[2], link)}"]
        else:
            if kind == "list" and mode not in ("list",):
                out.append("")
            out.append(inline(line, link))
        mode = kind
    if mode == "code":
        out.append("```")
    return "\n".join(out).strip("\n")


class Header:
    def __init__(self, path):
        self.lines = path.read_text().splitlines()
        begin = self.lines.index("#pragma once")
        head = [comment(line) or "" for line in self.lines[:begin]]
        self.purpose = head[0].partition(" - ")[2]
        at = 1
        while at < len(head) and head[at].strip():  # the purpose's second line
            self.purpose += " " + head[at]
            at += 1
        name = re.match(r"([\w:]+)( and [\w:]+)?: ", self.purpose)
        if name:  # begins with the name that the header declares
            self.purpose = re.sub(r"([\w:]+?)( and |: )", r"`\1`\2", name[0]) + self.purpose[name.end():]
        elif not re.match(r"weir\b|\w+(::|_)|\w*_", self.purpose):
            self.purpose = self.purpose[:1].upper() + self.purpose[1:]
        self.about = head[at:]

    def begin(self, line):
        """The first line of the declaration on this line; both count from 0."""
        while line > 0:
            above = self.lines[line - 1].strip()
            if not above or above.startswith(("//", "#")) or above.endswith((";", "{", "}", ":")) or "  // " in above:
                break
            line -= 1
        return line

    def declaration(self, line):
        """The declaration on this line (from 0), without a body, and the line after it."""
        begin = self.begin(line)
        depth = 0
        text = ""
        for at in range(begin, min(begin + 40, len(self.lines))):
            code, _, _ = self.lines[at].partition("  // ")
            for place, letter in enumerate(code):
                depth += letter in "([{"
                depth -= letter in ")]}"
                ends = letter == ";" or (letter == "{" and not re.search(r"[=(,]\s*$", code[:place]))
                if (letter == ";" and depth == 0) or (letter == "{" and depth == 1 and ends):
                    body = code[:place].rstrip()
                    if at > begin and not body.strip():
                        return self.trimmed(text), at + 1
                    return self.trimmed(text + body), at + 1
            text += code + "\n"
        return self.trimmed(text), begin + 1

    @staticmethod
    def trimmed(text):
        lines = text.rstrip().splitlines()
        indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        text = "\n".join(line[indent:] for line in lines)
        # Without a constructor's initializers.
        return re.sub(r"\)((?: const)?(?: noexcept)?)\s*\n?\s+: \w+[_(]\w*[({].*", r")\1", text, flags=re.DOTALL)

    def comment_above(self, line):
        """The lines of the comment above a declaration that begins on this line."""
        begin = line
        while begin > 0 and comment(self.lines[begin - 1]) is not None:
            begin -= 1
        lines = [comment(text) for text in self.lines[begin:line]]
        return [] if lines and lines[0].startswith("---") else lines

    def comment_after(self, line):
        """A comment at the end of a line."""
        return self.lines[line].partition("  // ")[2]

    def has_gap(self, first, second):
        """True if an empty line, a comment or a section lies between two lines."""
        return any(not line.strip() or comment(line) is not None or re.fullmatch(r"\s*\w+:", line)
                   for line in self.lines[first:second])

    def span(self, begin, end):
        return self.trimmed("\n".join(self.lines[begin:end]))
