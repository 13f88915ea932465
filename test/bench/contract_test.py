"""What bench/run asks of a peer: one line of JSON with the right counts, and the right bytes."""

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
            for count in 0, 1, 3000 if workload == "w1" else 20:
                for mark in 16 * KIB, 1024 * KIB:
                    for mode in modes:
                        with self.subTest(workload=workload, count=count, mark=mark, mode=mode):
                            figures = self.measure(*command, workload, count, mark, *mode)
                            wanted = FILES[workload](count)
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
        result = self.start(*command, "w9", 1, 16 * KIB, BENCH_OUT=out)
        self.assertEqual((result.returncode, result.stdout), (77, ""))
        self.assertFalse(out.exists())

    def test_weir_writes_files(self):
        self.check_files("weir", WEIR_BENCH, modes=((), ("in-place",), ("pool",)))

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

    def test_weir_has_no_such_workload(self):
        self.check_unknown(WEIR_BENCH)

    def test_weir_says_how_it_is_used(self):
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
