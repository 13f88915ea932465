"""Builds the peers, and describes the machine and the compilers."""

import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path


BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent


def say(text):
    print(f"==> {text}", file=sys.stderr)


def build(folder):
    targets = ["weir-bench", "peers"]
    say(f"building {' '.join(targets)} in {folder}")
    for command in (
        [ROOT / "script" / "bootstrap"],
        # A folder and options of its own: the release preset's stay as they are.
        ["cmake", "--preset", "release", "-B", folder, "-DWEIR_BUILD_BENCH=ON",
         "-DWEIR_BUILD_TESTS=OFF", "-DWEIR_BUILD_EXAMPLES=OFF"],
        ["cmake", "--build", folder, "--target", *targets],
    ):
        result = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        if result.returncode:
            sys.stderr.write(result.stdout)
            sys.exit(f"bench/run: failed: {' '.join(map(str, command))}")


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return None


def found_in(path, key, separator):
    """The value in a file of `key separator value` lines."""
    path = Path(path)
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(separator)[2].strip() for line in lines if line.startswith(key)),
                "unknown")


def file_system(folder):
    mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    over = [(len(point), kind) for point, kind in mounts if Path(folder).is_relative_to(point)]
    return max(over)[1] if over else "unknown"


def find_node():
    """The path of the Node to measure, which npm fetches if it is not installed; or None and the
    reason."""
    found = subprocess.run([ROOT / "script" / "get-node"], text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
    if found.returncode:
        said = found.stderr.strip().splitlines()
        return None, said[-1] if said else f"script/get-node: exit status {found.returncode}"
    return found.stdout.strip(), None


def machine(built, scratch, node):
    compiler = found_in(built / "CMakeCache.txt", "CMAKE_CXX_COMPILER:", "=")
    return {
        "processor": found_in("/proc/cpuinfo", "model name", ":"),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"Linux {platform.release().split('-')[0]}",
        "file system": file_system(scratch),
        "compiler": first_line(compiler, "--version") or "unknown",
        "node": first_line(node, "--version") if node else None,
        "date": datetime.date.today().isoformat(),
    }
