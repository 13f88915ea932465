"""Writes the results into files, and their summary into the documents that have a place for it."""

import json

from build import BENCH, ROOT, say
from picture import picture
from report import facts, full_tables, summary

BEGIN, END = "<!-- bench/run writes from here -->\n", "<!-- to here -->\n"


def fill(document, text):
    """Replaces the summary in a document that has a place for it."""
    old = document.read_text() if document.exists() else ""
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        document.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def json_text(results):
    """One line for each row: results are compared with `git diff`."""
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in results.items()
             if key != "rows"]
    rows = ",\n".join(f"  {json.dumps(row)}" for row in results["rows"])
    return "{\n" + ",\n".join([*lines, f' "rows": [\n{rows}\n ]']) + "\n}\n"


def write_down(results, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json_text(results))
    (out / "results.svg").write_text(picture(results))
    (out / "results.md").write_text(
        "<!-- Written by bench/run. -->\n\n# What bench/run measured\n\n"
        f"{facts(results)}\n\n![the medians](results.svg)\n\n{full_tables(results)}")
    if out == BENCH:
        for document in "README.md", "docs/performance.md":
            fill(ROOT / document, summary(results))
    print(full_tables(results) + "\n" + summary(results), end="")
    say(f"written: {out}/results.json, results.md, results.svg")
