"""Runs the peers of a workload in turns, each from an equal start."""

import functools
import os
import shutil
import sys

from build import BENCH, find_node, say
from peer_runs import Failure
from workloads import INSTALLED, NODE, PEERS, WORKLOADS, bytes_text

SCRIPTS = BENCH / "peers"
BLOCK = 1 << 20


class Runner:
    def __init__(self, built, scratch, quick):
        self.programs = built / "bin"
        self.scratch = scratch
        self.quick = quick
        self.failed = False
        self.said = set()

    @functools.cached_property
    def node(self):
        """The path of Node's program, or None where it cannot be had."""
        path, why = find_node()
        if not path:
            self.leave_out(NODE, why)
        return path

    def leave_out(self, what, why):
        if what not in self.said:
            self.said.add(what)
            say(f"{what} is left out: {why}")

    def installed(self, what, program):
        package = INSTALLED.get(program, program)
        path = shutil.which(program)
        if not path:
            self.leave_out(what, f"{program} is not installed (apt-get install {package})")
        return path

    def program(self, peer, workload):
        """The start of the peer's command, or None where it is not here."""
        program = PEERS[peer].program
        if peer == NODE:
            return [self.node, SCRIPTS / workload.script] if self.node else None
        if program in INSTALLED:
            if not self.installed(peer, program):
                return None
            # A peer that is no program is run by the script of its name.
            return [sys.executable, SCRIPTS / f"{program}.py"]
        if not (self.programs / program).exists():
            self.leave_out(peer, f"there is no {self.programs / program}")
            return None
        return [self.programs / program]

    def command(self, row):
        peer = PEERS[row["peer"]]
        return [*self.program(row["peer"], WORKLOADS[row["workload"]]),
                peer.workload or row["workload"], row["count"], row["mark"], *peer.mode]

    def workload(self, name, rounds):
        """The rows of one workload: dicts with a list of figures, one for each round."""
        workload = WORKLOADS[name]
        if workload.run.needs and not self.installed(name, workload.run.needs):
            return []
        count = workload.few if self.quick else workload.count
        rows = [{"workload": name, "mark": mark, "peer": peer, "count": count, "seconds": [],
                 "peak_rss_kb": []}
                for mark, peers in workload.marks.items() for peer in peers
                if self.program(peer, workload)]
        run = workload.run(self.scratch, count, self.quick, **workload.details)
        # In turns, so that a change of the machine affects all peers. Each peer's first run is not
        # counted: its output is verified instead.
        for number in range(-1, rounds):
            say(f"{name}: " + (f"round {number + 1} of {rounds}" if number >= 0 else "warm-up"))
            for row in list(rows):
                try:
                    run.prepare()
                    self.settle(run.memory)
                    seconds, peak, *cpu = run.once(self.command(row), verify=number < 0)
                except Failure as failure:
                    self.failed = True
                    at = bytes_text(row["mark"])
                    say(f"{name}: {row['peer']} at {at} is left out: {failure}")
                    rows.remove(row)
                    continue
                if number >= 0:
                    row["seconds"].append(seconds)
                    row["peak_rss_kb"].append(peak)
                    if cpu:
                        row.setdefault("cpu_us", []).append(cpu[0])
        run.finish()
        return rows

    def settle(self, memory):
        if not self.quick:
            os.sync()  # otherwise the next peer would pay for this one's write-back
            self.prime(memory)

    def prime(self, size):
        """Takes free memory as page cache and gives it back. On a virtual machine, memory that has
        lain free has to be fetched from the host again, which costs more than the writes that are
        measured, and would count against the first peer."""
        path, block = self.scratch / "prime", bytes(BLOCK)
        with open(path, "wb", buffering=0) as file:
            for _ in range(size // BLOCK):
                file.write(block)
        path.unlink()
