"""The picture of the medians."""

import html
import statistics

from report import base_of, groups, milliseconds, ratio_text, times_base, title
from workloads import NODE

STYLE = """\
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .head { font-weight: 600; }
  .note { font-size: 12px; fill: #59636e; }
  .card { fill: #ffffff; stroke: #d1d9e0; }
  .other { fill: #a3acb6; } .node { fill: #6a737d; }
  .weir { fill: #0969da; } .pool { fill: #6cb0ff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note { fill: #9aa4ae; }
    .card { fill: #0d1117; stroke: #3d444d; }
    .other { fill: #59636e; } .node { fill: #8b949e; }
    .weir { fill: #2f81f7; } .pool { fill: #1f5399; }
  }
"""
COLOURS = {NODE: "node", "weir": "weir", "weir, pool": "pool",
           "weir, no fast path": "pool", "weir, callback": "pool", "weir, coroutine": "weir"}
WIDTH, LEFT, LONGEST, LINE, EDGE = 760, 150, 440, 22, 20


def picture(results):
    """The medians as bars. It brings its own background, so that it can be read on any page."""
    parts, y = [], EDGE

    def text(x, row, kind, words):
        parts.append(f'<text x="{x}" y="{row}"{kind}>{html.escape(words)}</text>')

    for name, mark, rows in groups(results):
        y += LINE
        text(EDGE, y - 7, ' class="head"', title(name, mark, rows))
        slowest = max(statistics.median(row["seconds"]) for row in rows)
        for row in rows:
            median = statistics.median(row["seconds"])
            length = max(LONGEST * median / slowest, 1)
            ratio = ratio_text(times_base(row, rows)) if row["peer"] != base_of(row) else ""
            text(LEFT - 8, y + 15, ' text-anchor="end"', row["peer"])
            colour = COLOURS.get(row["peer"], "other")
            parts.append(f'<rect class="{colour}" x="{LEFT}" y="{y + 3}" width="{length:.1f}" '
                         f'height="{LINE - 6}" rx="2"/>')
            text(f"{LEFT + length + 8:.1f}", y + 15, "",
                 f"{milliseconds(median)} ms" + (f", {ratio}" if ratio else ""))
            y += LINE
        y += LINE // 2
    y += LINE
    text(EDGE, y - 7, ' class="note"',
         "Shorter is better; each group has its own scale. 10×: ten times as fast as Node at that "
         "mark; a coroutine: as the callback.")
    y += EDGE // 2
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" '
            f'viewBox="0 0 {WIDTH} {y}" role="img">\n'
            "<title>weir, Node and others: files, sockets and HTTP</title>\n"
            f"<style>\n{STYLE}</style>\n"
            f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{y - 1}" rx="6"/>\n'
            + "\n".join(parts) + "\n</svg>\n")
