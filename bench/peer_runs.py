"""One run of one peer: its process and its report.

A peer is PEER WORKLOAD N MARK [MODE], with its paths and its port in the environment. It prints one
line of JSON.
"""

import json
import os
import subprocess

PATIENCE = 120  # seconds for one run of one peer


class Failure(Exception):
    """The fault of a peer, as text."""


class Run:
    """The runs of one workload, one after another. A kind of workload is a class made of this."""

    needs = None  # a program that has to be installed for it, which is also its package
    memory = 256 << 20  # bytes of memory that a run takes, page cache included; roughly

    def __init__(self, scratch, count, quick):
        """`scratch`: a folder to work in."""

    def prepare(self):
        """Runs before each run, and before the machine is prepared for it."""

    def once(self, command, verify):
        """Runs the peer: its seconds and its peak memory in KiB, None where that is not known; of a
        server, also its processor time for a request in microseconds. `verify`: reads all of its output. Raises Failure."""
        raise NotImplementedError

    def finish(self):
        """After the last run."""


def start(command, variables):
    try:
        return subprocess.Popen([str(word) for word in command], text=True,
                                env=os.environ | {name: str(value) for name, value in
                                                  variables.items()},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    except OSError as error:
        raise Failure(f"it does not start: {error}") from None


def figures(process):
    """Waits for the peer to end. The figures that it printed: seconds, peak memory and bytes."""
    try:
        output, errors = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Failure(f"it was not done after {PATIENCE} s") from None
    if process.returncode:
        said = errors.strip().splitlines()
        raise Failure(f"exit status {process.returncode}" + "".join(f": {s}" for s in said[-1:]))
    try:
        said = json.loads(output)
        seconds, peak, count = (said[key] for key in ("seconds", "peak_rss_kb", "bytes"))
        if not seconds > 0:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise Failure(f"it printed no measurement: {output[:100]!r}") from None
    return seconds, peak, count
