"""The contract of bench/run's peers: one line of JSON with the right counts, and the right bytes."""

import json
import shutil
import sys
import unittest

from support import PEERS, ROOT, WEIR_BENCH, BenchTest, built, lines

KIB = 1024
# The file they leave, for a count.
FILES = {
    "w1": lines,
    "w2-16k": lambda count: b"x" * (16 * KIB * count),
    "w2-64k": lambda count: b"x" * (64 * KIB * count),
}
# With those of weir alone.
WEIRS = FILES | {"w1-print": lines, "w1-coro": lines}


class ContractTest(BenchTest):
    def measure(self, *command, **variables):
        """The one line of JSON that a peer prints."""
        self.out = self.folder / "out"
        self.out.unlink(missing_ok=True)
        result = self.start(*command, BENCH_OUT=self.out, BENCH_DIR=self.folder,
                            **variables)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.count("\n"), 1, result.stdout)
        figures = json.loads(result.stdout)
        self.assertEqual(list(figures),
                         ["peer", "workload", "seconds", "bytes", "ops", "peak_rss_kb"])
        self.assertGreater(figures["seconds"], 0)
        if figures["peer"] != "cp":
            self.assertGreater(figures["peak_rss_kb"], 0)
        return figures

    def check_files(self, name, *command, workloads=tuple(FILES), modes=((),)):
        for workload in workloads:
            for count in 0, 1, 3000 if workload.startswith("w1") else 20:
                for mark in 16 * KIB, 1024 * KIB:
                    for mode in modes:
                        with self.subTest(workload=workload, count=count, mark=mark, mode=mode):
                            figures = self.measure(*command, workload, count, mark, *mode)
                            wanted = WEIRS[workload](count)
                            self.assertEqual(self.out.read_bytes(), wanted)
                            self.assertEqual(figures["peer"], name)
                            self.assertEqual(figures["workload"], workload)
                            self.assertEqual(figures["bytes"], len(wanted))
                            self.assertEqual(figures["ops"], count)

    def check_copy(self, name, *command, modes=((),)):
        source = self.folder / "source"
        source.write_bytes(lines(30_000))
        for mode in modes:
            with self.subTest(mode=mode):
                figures = self.measure(*command, "w3", 1, 64 * KIB, *mode, BENCH_SRC=source)
                self.assertEqual(self.out.read_bytes(), source.read_bytes())
                self.assertEqual(figures["peer"], name)
                self.assertEqual(figures["bytes"], source.stat().st_size)
        return figures

    def check_unknown(self, *command):
        out = self.folder / "not-written"
        result = self.start(*command, "w0", 1, 16 * KIB, BENCH_OUT=out)
        self.assertEqual((result.returncode, result.stdout), (77, ""))
        self.assertFalse(out.exists())

    def test_weir_writes_files(self):
        self.check_files("weir", WEIR_BENCH, workloads=tuple(WEIRS),
                         modes=((), ("in-place",), ("pool",)))

    def test_weir_copies_a_file(self):
        self.check_copy("weir", WEIR_BENCH, modes=((), ("in-place",), ("pool",)))

    def test_cp_copies_a_file(self):
        command = (sys.executable, "-B", ROOT / "bench" / "peers" / "cp.py")
        self.assertIsNone(self.check_copy("cp", *command)["peak_rss_kb"])
        self.check_unknown(*command)

    def test_weir_writes_to_a_sink(self):
        for workload in "w4-sync", "w4-tick":
            with self.subTest(workload=workload):
                figures = self.measure(WEIR_BENCH, workload, 5000, 0)
                self.assertEqual(figures["workload"], workload)
                self.assertEqual(figures["bytes"], 5000 * len("hello world\n"))
                self.assertEqual(figures["ops"], 5000)

    def test_weir_writes_many_files(self):
        many = self.folder / "many"
        many.mkdir()
        figures = self.measure(WEIR_BENCH, "w7", 5, 0)
        self.assertEqual(figures["bytes"], 5 * len(lines(100)))
        self.assertEqual(figures["ops"], 5 * 100)
        for number in range(5):
            self.assertEqual((many / str(number)).read_bytes(), lines(100))

    def check_threads(self, *command, modes=((),)):
        """Each thread's lines are in order, and mixed with the others' in any way."""
        for count in 0, 4, 20_000:
            for mode in modes:
                with self.subTest(count=count, mode=mode):
                    figures = self.measure(*command, "w8", count, 1024 * KIB, *mode)
                    written = self.out.read_bytes().splitlines(keepends=True)
                    self.assertEqual(b"".join(sorted(written, key=lambda line: int(line[5:]))),
                                     lines(count))
                    for thread in range(4):
                        numbers = [int(line[5:]) for line in written
                                   if int(line[5:]) * 4 // max(count, 1) == thread]
                        self.assertEqual(numbers, sorted(numbers))
                    self.assertEqual((figures["bytes"], figures["ops"]), (len(lines(count)), count))

    def test_weir_writes_from_threads(self):
        self.check_threads(WEIR_BENCH)

    @unittest.skipUnless(built("bench-spdlog").exists(), "libspdlog-dev is not installed")
    def test_spdlog_writes_from_threads(self):
        self.check_threads(built("bench-spdlog"), modes=((), ("async",)))
        self.check_unknown(built("bench-spdlog"))

    def test_weir_times_records(self):
        result = self.start(WEIR_BENCH, "w8-record", 1000, 0, BENCH_OUT=self.folder / "out")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        figures = json.loads(result.stdout)
        self.assertEqual(list(figures), ["peer", "workload", "records", "p50_ns", "p99.9_ns"])
        self.assertLessEqual(figures["p50_ns"], figures["p99.9_ns"])
        self.assertEqual((self.folder / "out").read_bytes(), lines(1000))

    def test_weir_writes_while_it_produces(self):
        for workload in "w9", "w9-low":
            for mode in (), ("pool",):
                with self.subTest(workload=workload, mode=mode):
                    figures = self.measure(WEIR_BENCH, workload, 40, 1024 * KIB, *mode)
                    self.assertEqual(figures["bytes"], 40 * 64 * KIB)
                    self.assertEqual(self.out.read_bytes(), b"x" * 40 * 64 * KIB)

    def test_weir_has_no_such_workload(self):
        self.check_unknown(WEIR_BENCH)

    def test_weir_prints_its_usage(self):
        for arguments in (), ("w1",), ("w1", "-1", "0"), ("w1", "1", "0", "elsewhere"):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.start(WEIR_BENCH, *arguments).returncode, 2)

    @unittest.skipUnless(all(built(peer).exists() for peer in PEERS), "WEIR_BUILD_BENCH is off")
    def test_peers(self):
        for peer in PEERS:
            with self.subTest(peer=peer):
                name = {"bench-write": "write(2)"}.get(peer, peer.removeprefix("bench-"))
                has = ("w1",) if peer == "bench-fmt" else tuple(FILES)
                self.check_files(name, built(peer), workloads=has)
                self.check_unknown(built(peer))
                self.assertEqual(self.start(built(peer), "w1").returncode, 2)

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_node(self):
        folder = ROOT / "bench" / "peers"
        self.check_files("node", "node", folder / "file.js")
        self.check_copy("node", "node", folder / "file.js")
        for script in "file.js", "net.js", "http.js":
            self.check_unknown("node", folder / script)


if __name__ == "__main__":
    unittest.main()
