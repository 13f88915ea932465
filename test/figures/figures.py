#!/usr/bin/env python3
"""Compares the figures of the optimised build with those of figures.json.

  figures.py check                          fail where one has grown
  figures.py accept REASON [FIGURE...]      keep those that differ, with the reason

$BUILD_DIR is a build of the dev preset; its consumer.add_subdirectory has built the library with optimisation.
The figures are those of a compiler, which decides what is inlined. Beside each stands why it is what it is.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FILE = HERE / "figures.json"
BUILD = pathlib.Path(os.environ.get("BUILD_DIR", ROOT / "build" / "dev"))
OPTIMISED = BUILD / "consume" / "add_subdirectory"
COMPILER = os.environ.get("CXX", "c++")
SKIPPED = 77

# By how much a figure may differ: a part of it, and in its unit.
TOLERANCES = {
    "instructions": (0.03, 0.5),
    "allocations": (0.03, 0.005),
    "bytes": (0.10, 0),
    "compiler's MB for weir.h": (0.10, 0),
}


def compiler_name():
    """As the key of figures.json, "GCC 12 x86_64"."""
    version = run(COMPILER, "-dumpversion").split(".")[0].strip()
    return f"GCC {version} {os.uname().machine}"


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout


def own_instructions(profile, program):
    """The instructions of the program's own functions. Those of shared libraries, and of the functions that
    the C library chooses for the processor, are another object's."""
    total = 0
    own = skip = False
    for line in profile.read_text().splitlines():
        if line.startswith("ob="):
            own = line[3:] == program
        elif line.startswith("calls="):
            skip = True  # the next line is the callee's
        elif line[:1] in "0123456789+-*" and line:
            if own and not skip:
                total += int(line.split()[1])
            skip = False
    return total


def count_paths(program):
    program = str(program.resolve())
    with tempfile.TemporaryDirectory() as folder:
        lines = run(
            "valgrind", "--tool=callgrind", "--callgrind-out-file=profile", "--compress-strings=no",
            "--compress-pos=no", "--toggle-collect=weir_counted_path", "--dump-after=weir_counted_path",
            program, cwd=folder).splitlines()  # fmt: skip
        for number, line in enumerate(lines, 1):
            allocations, operations, name = line.split(" ", 2)
            count = own_instructions(pathlib.Path(folder, f"profile.{number}"), program)
            yield f"instructions: {name}", round(count / int(operations), 1)
            yield f"allocations: {name}", round(int(allocations) / int(operations), 3)


def count_bytes(path):
    """Of code and data, without what is zero at the start."""
    text, data = run("size", path).splitlines()[1].split()[:2]
    return int(text) + int(data)


def compiler_memory():
    """What GCC allocates while it reads weir.h: as exact as its time is not, and the more it reads and
    instantiates, the more it is."""
    report = subprocess.run(
        [COMPILER, "-std=c++23", "-fsyntax-only", "-ftime-report", "-I", ROOT / "include",
         "-x", "c++", "-"],
        input="#include <weir/weir.h>\n", check=True, text=True, capture_output=True).stderr  # fmt: skip
    return int(re.search(r"^ *TOTAL .* (\d+)M *$", report, re.MULTILINE)[1])


def measure():
    figures = dict(count_paths(OPTIMISED / "bin" / "paths"))
    figures["bytes: libweir.so"] = count_bytes(next(OPTIMISED.glob("**/libweir.so")))
    # Optimising the sources of the command would take a minute more.
    figures["bytes: weir without optimisation"] = count_bytes(BUILD / "bin" / "weir")
    figures["compiler's MB for weir.h"] = compiler_memory()
    return figures


def allowed(name, value):
    """How far from the accepted value a figure may be."""
    part, least = TOLERANCES[name.split(":")[0]]
    return max(value * part, least)


def check(figures, accepted):
    """Prints each figure that differs; returns true if none has grown, is new or is missing."""
    good = True
    for name in sorted(figures.keys() | accepted.keys()):
        if name not in accepted:
            print(f"{name}: {figures[name]}, and none is accepted")
        elif name not in figures:
            print(f"{name}: not measured any more")
        else:
            before, now = accepted[name]["value"], figures[name]
            if abs(now - before) <= allowed(name, before):
                continue
            change = f"{(now - before) / before:+.1%}" if before else "from none"
            print(f"{name}: {before} -> {now} ({change})")
            if now < before:
                continue
        good = False
    return good


def accept(figures, accepted, reason, names):
    """What figures.json has afterwards. A figure that has not changed keeps its reason."""
    kept = {}
    for name, value in figures.items():
        before = accepted.get(name)
        chosen = not names or name in names
        if before and (not chosen or abs(value - before["value"]) <= allowed(name, before["value"])):
            kept[name] = before
        elif chosen:
            print(f"{name}: {before['value'] if before else 'none'} -> {value}")
            kept[name] = {"value": value, "reason": reason}
    return kept


def write(everything):
    compilers = []
    for compiler, figures in sorted(everything.items()):
        lines = [f"    {json.dumps(name)}: {json.dumps(figures[name])}" for name in sorted(figures)]
        compilers.append(f"  {json.dumps(compiler)}: {{\n" + ",\n".join(lines) + "\n  }")
    FILE.write_text("{\n" + ",\n".join(compilers) + "\n}\n")


def main(command, *rest):
    everything = json.loads(FILE.read_text())
    compiler = compiler_name()
    if not shutil.which("valgrind"):
        print("skipped: valgrind is missing (script/bootstrap --test)")
        return SKIPPED
    if command == "check" and compiler not in everything:
        print(f"skipped: figures.json has none of {compiler}; script/accept-figures adds them")
        return SKIPPED
    figures = measure()
    accepted = everything.get(compiler, {})
    if command == "accept":
        reason, *names = rest
        unknown = set(names) - figures.keys()
        if unknown:
            print(f"no such figure: {', '.join(sorted(unknown))}; there are:\n  " + "\n  ".join(figures))
            return 2
        everything[compiler] = accept(figures, accepted, reason, names)
        write(everything)
        return 0
    if check(figures, accepted):
        return 0
    print('If that is as it should be: script/accept-figures "REASON"')
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
