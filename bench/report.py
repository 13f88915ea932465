"""The figures as text: ratios, and the tables."""

import statistics

from workloads import K, PEERS, TABLES, WORKLOADS, bytes_text


def groups(results):
    """(workload, mark, rows) in the order of the rows."""
    found = {}
    for row in results["rows"]:
        found.setdefault((row["workload"], row["mark"]), []).append(row)
    return [(name, mark, rows) for (name, mark), rows in found.items()]


def base_of(row):
    """The peer that the row's ratio compares with."""
    return WORKLOADS[row["workload"]].base


def times_base(row, rows):
    """How many times as fast as the base: the median over the rounds, each against the base's run
    of the same round. None without it."""
    base = next((other for other in rows if other["peer"] == base_of(row)), None)
    if not base:
        return None
    return statistics.median(theirs / ours for theirs, ours in zip(base["seconds"], row["seconds"]))


def ratio_text(ratio):
    if ratio is None:
        return ""
    return f"{ratio:.2f}×" if ratio < 1.995 else f"{ratio:.1f}×" if ratio < 10 else f"{ratio:.0f}×"


def milliseconds(seconds):
    return f"{seconds * 1e3:,.1f}" if seconds < 0.1 else f"{seconds * 1e3:,.0f}"


def memory_text(peaks):
    return "" if None in peaks else f"{statistics.median(peaks) / K:.1f}"


def cpu_text(row):
    times = row.get("cpu_us", [None])
    return "" if None in times else f"{statistics.median(times):.1f}"


def title(name, mark, rows):
    return f"{WORKLOADS[name].title(rows[0]['count'])}, mark {bytes_text(mark)}"


def markdown_table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def facts(results):
    of = results["machine"]
    text = (f"{of['processor']}, {of['cores']} cores; {of['system']}, {of['file system']}; "
            f"{of['compiler']}; {'Node ' + of['node'] if of['node'] else 'no Node'}; {of['date']}. "
            f"Medians; interleaved rounds: {results['rounds']}.")
    if results["quick"]:
        text += " **Of --quick: these counts are too small to mean anything.**"
    return text


def full_tables(results):
    parts = []
    for name, mark, rows in groups(results):
        lines = []
        has_cpu = any("cpu_us" in row for row in rows)
        for row in rows:
            seconds, median = row["seconds"], statistics.median(row["seconds"])
            lines.append([row["peer"], milliseconds(median),
                          f"{milliseconds(min(seconds))} to {milliseconds(max(seconds))}",
                          ratio_text(times_base(row, rows)),
                          memory_text(row["peak_rss_kb"]),
                          *([cpu_text(row)] if has_cpu else [])])
        parts.append(f"## {title(name, mark, rows)}\n\n" + markdown_table(
            ["peer", "ms", "range", f"as fast as {base_of(rows[0])}", "peak memory, MiB",
             *(["processor, µs a request"] if has_cpu else [])], lines))
    return "\n".join(parts)


def cell(row, rows):
    text, ratio = milliseconds(statistics.median(row["seconds"])), times_base(row, rows)
    return text if row["peer"] == base_of(row) or not ratio else f"{text} ({ratio_text(ratio)})"


def summary(results):
    """One line a workload and mark, one column a peer; a table for all that have their peers in
    common."""
    parts = []
    for table in TABLES:
        of_table = [(title(name, mark, rows), {row["peer"]: cell(row, rows) for row in rows})
                    for name, mark, rows in groups(results) if WORKLOADS[name].table == table]
        present = [peer for peer in PEERS if any(peer in cells for _, cells in of_table)]
        if present:
            parts.append(markdown_table(
                [f"{table}, ms", *present],
                [[line, *(cells.get(peer, "") for peer in present)] for line, cells in of_table]))
    return "\n".join([*parts, facts(results) + "\n"])
