"""Runs of peers that write $BENCH_OUT, and of those that copy $BENCH_SRC to it."""

import os

from peer_runs import Failure, Run, figures, start

BLOCK = 1 << 20


class Writing(Run):
    def __init__(self, scratch, count, quick, piece, memory):
        """`piece`: number -> the bytes of that write."""
        self.out = scratch / "out"
        self.count, self.piece, self.memory = count, piece, memory
        self.wanted = sum(len(piece(number)) for number in range(count))

    def prepare(self):
        self.out.unlink(missing_ok=True)

    def variables(self):
        return {"BENCH_OUT": self.out}

    def once(self, command, verify):
        seconds, peak, said = figures(start(command, self.variables()))
        size = self.out.stat().st_size if self.out.exists() else 0
        if size != self.wanted or said != self.wanted:
            raise Failure(
                f"wrong output: {size} bytes, {said} by its own count, and not {self.wanted}")
        if verify:
            self.verify()
        return seconds, peak

    def verify(self):
        with open(self.out, "rb", buffering=BLOCK) as file:
            for number in range(self.count):
                wanted = self.piece(number)
                if file.read(len(wanted)) != wanted:
                    raise Failure(f"wrong output: write {number} is not in the file")

    def finish(self):
        self.out.unlink(missing_ok=True)


class WritingFromThreads(Writing):
    """The lines of several threads: each thread's in order, the threads mixed in any way."""

    def __init__(self, scratch, count, quick, piece, memory, threads):
        super().__init__(scratch, count, quick, piece, memory)
        self.threads = threads

    def verify(self):
        each = self.count // self.threads
        expected = [each * thread for thread in range(self.threads)]
        with open(self.out, "rb", buffering=BLOCK) as file:
            for line in file:
                number = int(line.rsplit(None, 1)[-1])
                thread = min(number // each, self.threads - 1)
                if number != expected[thread] or line != self.piece(number):
                    raise Failure(f"wrong output: {line[:50]!r} instead of line {expected[thread]}")
                expected[thread] += 1


class Copying(Writing):
    def __init__(self, scratch, count, quick, piece_size, memory):
        self.out, self.source = scratch / "out", scratch / "source"
        self.memory = memory
        self.wanted = count * piece_size
        # Written just now, so that it is read from the page cache. Of random bytes, so that a
        # piece that is copied to the wrong place is seen.
        with open(self.source, "wb", buffering=0) as file:
            for _ in range(count):
                file.write(os.urandom(piece_size))

    def variables(self):
        return super().variables() | {"BENCH_SRC": self.source}

    def verify(self):
        with open(self.source, "rb") as source, open(self.out, "rb") as out:
            for at in range(0, self.wanted, BLOCK):
                if source.read(BLOCK) != out.read(BLOCK):
                    raise Failure(f"wrong output: it differs from the source after byte {at}")

    def finish(self):
        super().finish()
        self.source.unlink()
