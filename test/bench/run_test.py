"""bench/run: the tables, the picture, and that no wrong figure of a file gets into them;
wrong_peers_test.py has the rest."""

import datetime
import json
import pathlib
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from support import PEERS, ROOT, RunBenchTest, built

# A peer in Python; `change` is code that corrupts its data or its report.
STAND_IN = """#!{python} -IS
import json, os, sys
workload, count = sys.argv[1], int(sys.argv[2])
if workload in ("w1", "w1-print", "w1-coro"):
    data = b"".join(b"Line %d\\n" % i for i in range(count))
else:
    data = b"x" * (int(workload[3:-1]) * 1024 * count)
said = dict(peer="stand-in", workload=workload, seconds=0.001, bytes=len(data), ops=count,
            peak_rss_kb=1000)
{change}
with open(os.environ["BENCH_OUT"], "wb") as file:
    file.write(data)
print(json.dumps(said))
"""
TITLES = [
    "20,000 lines, mark 16 KiB", "20,000 lines, mark 64 KiB", "20,000 lines, mark 1 MiB",
    "1 MiB in chunks of 16 KiB, mark 16 KiB", "1 MiB in chunks of 16 KiB, mark 1 MiB",
    "4 MiB in chunks of 64 KiB, mark 16 KiB", "4 MiB in chunks of 64 KiB, mark 1 MiB",
    "4 MiB copied, mark 64 KiB",
    "4 MiB sent in chunks of 64 KiB, mark 16 KiB", "4 MiB sent in chunks of 64 KiB, mark 1 MiB",
    "20,000 messages of 100 bytes sent, mark 16 KiB", "4 MiB received, mark 64 KiB",
    "100,000 HTTP responses of 12 bytes, mark 16 KiB",
    "1,000 HTTP responses of 1 MiB, mark 16 KiB",
    "20,000 lines of four threads, mark 1 MiB",
    "20,000 printed lines, mark 16 KiB", "20,000 printed lines, mark 1 MiB",
]
NAMES = ["weir", "weir, pool", "std::ofstream", "fmt::output_file", "write(2)"]


class RunTest(RunBenchTest):
    def setUp(self):
        super().setUp()
        for peer in PEERS:
            if not built(peer).exists():
                self.stand_in(peer)

    def stand_in(self, peer, change=""):
        self.program(self.bin / peer, STAND_IN, change)

    def picture(self):
        """All that is written in the picture."""
        root = ElementTree.parse(self.out / "results.svg").getroot()
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        return [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]

    def test_table_and_picture(self):
        result = self.quick()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.count("==> Node is left out: get-node: npm, which "
                                             "fetches Node.js 26, is not installed"), 1)
        table, picture = (self.out / "results.md").read_text(), self.picture()
        for title in TITLES:
            self.assertIn(f"## {title}\n", result.stdout)
            self.assertIn(f"## {title}\n", table)
            self.assertIn(title, picture)
        rows = self.results()["rows"]
        self.assertEqual(self.peers("w1", mark=16384), NAMES)
        self.assertEqual(self.peers("w3"), ["weir", "weir, no fast path", "cp"])
        for workload in "w5-msg", "w5-recv", "w6-hello", "w6-stream", "w6-file":
            self.assertEqual(self.peers(workload), ["weir"])
        self.assertTrue(all(len(row["seconds"]) == 1 for row in rows))
        # At the rate that the stand-in for wrk reports.
        self.assertEqual([(row["count"], row["seconds"]) for row in rows
                          if row["workload"].startswith("w6")],
                         [(100_000, [50.0]), (1_000, [0.5]), (100_000, [50.0])])
        # Workloads with the same peers share a table.
        self.assertIn("| writing files, ms | " + " | ".join(NAMES) + " |\n", result.stdout)
        self.assertIn("| copying a file, ms | weir | weir, no fast path | cp |\n", result.stdout)
        self.assertIn("| sockets and HTTP, ms | weir |\n", result.stdout)
        self.assertIn("too small to mean anything", result.stdout)
        self.assertEqual(list(self.folder.glob("weir-bench-*")), [])

    def test_table_and_picture_again_from_the_results(self):
        first = self.quick("w1")
        written = {name: (self.out / name).read_bytes()
                   for name in ("results.json", "results.md", "results.svg")}
        (self.out / "results.md").unlink()
        (self.out / "results.svg").unlink()
        second = self.bench("--from-json", "--out", self.out)
        self.assertEqual(second.stdout, first.stdout)
        self.assertEqual({name: (self.out / name).read_bytes() for name in written}, written)

    @unittest.skipUnless(shutil.which("wrk"), "wrk is not installed")
    def test_http_under_wrk(self):
        self.install("wrk")
        result = self.quick("w6-hello")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.peers("w6-hello"), ["weir"])
        self.assertGreater(self.results()["rows"][0]["cpu_us"][0], 0)
        self.assertIn("processor, µs a request", (self.out / "results.md").read_text())

    @unittest.skipUnless(shutil.which("wrk") and shutil.which("nginx"), "wrk or nginx is not installed")
    def test_a_file_of_nginx(self):
        for program in "wrk", "nginx":
            self.install(program)
        result = self.quick("w6-file")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.peers("w6-file"), ["weir", "nginx"])

    def test_without_wrk_there_is_no_http(self):
        (self.path / "wrk").unlink()
        result = self.quick("w5-recv", "w6-hello")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("==> w6-hello is left out: wrk is not installed (apt-get install wrk)\n",
                      result.stderr)
        self.assertEqual({row["workload"] for row in self.results()["rows"]}, {"w5-recv"})

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_node(self):
        self.cache_node(shutil.which("node"))
        shutil.rmtree(self.bin)  # the others are the other tests'
        workloads = "w3", "w5-msg", "w5-recv", "w6-hello", "w6-stream"
        result = self.quick(*workloads)
        self.assertEqual(result.returncode, 0, result.stderr)
        for workload in workloads:
            self.assertIn("Node", self.peers(workload))
        version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
        self.assertIn(f"Node {version.strip()}; {datetime.date.today()}", result.stdout)

    def test_an_installed_node_of_another_version_is_not_measured(self):
        self.program(self.path / "node", "#!/bin/sh\necho v25.1.0\n")
        self.assertIn("==> Node is left out: get-node: npm", self.quick("w5-recv").stderr)

    def test_an_installed_node_of_the_version_is_measured(self):
        self.program(self.path / "node", "#!/bin/sh\necho v26.1.0\n")
        result = self.quick("w5-recv")
        self.assertIn("w5-recv: Node at 64 KiB is left out: it printed no measurement",
                      result.stderr)  # this node reports only its version

    def test_a_node_that_cannot_be_fetched_is_left_out(self):
        for program in "mkdir", "mktemp", "rm", "uname":
            self.install(program)
        self.program(self.path / "npm", "#!/bin/sh\necho npm error network >&2\nexit 1\n")
        result = self.quick("w5-recv")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("==> Node is left out: npm error network\n", result.stderr)
        self.assertEqual(list(self.cache.glob("*/*")), [])

    def test_a_peer_that_is_wrong_is_left_out(self):
        (self.bin / "weir-bench").unlink()
        (self.bin / "bench-fmt").unlink()
        for change, why in (
            ("data = data[:-2] + b'0\\n'", "wrong output: write 19999 is not in the file"),
            ("data = data[:-1]", "wrong output: 208889 bytes, 208890 by its own count"),
            ("data += b'x'", "wrong output: 208891 bytes, 208890 by its own count"),
            ("said['bytes'] -= 1", "wrong output: 208890 bytes, 208889 by its own count"),
            ("os.chdir('/nowhere')", "exit status 1: FileNotFoundError"),
            ("os.abort()", "exit status -6"),
            ("sys.exit(77)", "exit status 77"),
            ("json.dumps = lambda said: 'done'", "it printed no measurement: 'done\\n'"),
            ("del said['bytes']", "it printed no measurement"),
            ("said['seconds'] = 0", "it printed no measurement"),
        ):
            with self.subTest(change=change):
                self.stand_in("bench-write", change)
                result = self.quick("w1")
                self.assertEqual(result.returncode, 1, result.stderr)
                for mark in "16 KiB", "1 MiB":
                    self.assertIn(f"==> w1: write(2) at {mark} is left out: {why}", result.stderr)
                self.assertNotIn("write(2)", {row["peer"] for row in self.results()["rows"]})
                self.assertNotIn("write(2)", result.stdout)
                self.assertIn("std::ofstream", result.stdout)

    def test_a_peer_that_is_not_built_is_left_out(self):
        (self.bin / "bench-fmt").unlink()
        result = self.quick("w1")
        self.assertEqual(result.returncode, 0)
        self.assertIn(f"fmt::output_file is left out: there is no {self.bin}/bench-fmt",
                      result.stderr)

    def test_nothing_to_measure(self):
        shutil.rmtree(self.bin)
        result = self.quick("w1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("bench/run: no peer could be measured", result.stderr)
        self.assertFalse(self.out.exists())

    def test_usage(self):
        self.assertEqual(self.quick("w9").returncode, 2)
        self.assertEqual(self.bench("-k", "0").returncode, 2)
        self.assertEqual(self.bench("--help").returncode, 0)
        result = self.bench("--from-json", "--out", self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("results.json", result.stderr)

    @staticmethod
    def measured():
        """As results.json holds it: weir 4, 6 and 10 times as fast as Node."""
        row = {"workload": "w1", "mark": 16384, "count": 1_000_000, "peak_rss_kb": [2048] * 3}
        return {
            "machine": {"processor": "A & B <C>", "cores": 2, "system": "Linux", "node": "v26.0.0",
                        "file system": "ext4", "compiler": "g++", "date": "2026-11-27"},
            "rounds": 3, "quick": False,
            "rows": [row | {"peer": "Node", "seconds": [0.4, 0.6, 0.5]},
                     row | {"peer": "weir", "seconds": [0.1, 0.1, 0.05]}],
        }

    def test_medians_and_ratios_of_the_same_round(self):
        self.out.mkdir()
        (self.out / "results.json").write_text(json.dumps(self.measured()))
        result = self.bench("--from-json", "--out", self.out)
        self.assertIn("| Node | 500 | 400 to 600 | 1.00× | 2.0 |", result.stdout)
        self.assertIn("| weir | 100 | 50.0 to 100 | 6.0× | 2.0 |", result.stdout)
        self.assertIn("| 1,000,000 lines, mark 16 KiB | 500 | 100 (6.0×) |", result.stdout)
        self.assertIn("100 ms, 6.0×", self.picture())

    def test_a_coroutine_is_compared_with_the_callback(self):
        results = self.measured()
        for row, peer in zip(results["rows"], ("weir, callback", "weir, coroutine")):
            row |= {"workload": "w1-coro", "peer": peer}
        results["rows"][1]["seconds"] = [0.42, 0.6, 0.6]
        self.out.mkdir()
        (self.out / "results.json").write_text(json.dumps(results))
        result = self.bench("--from-json", "--out", self.out)
        self.assertIn("as fast as weir, callback", result.stdout)
        self.assertIn("| weir, coroutine | 600 | 420 to 600 | 0.95× | 2.0 |", result.stdout)
        self.assertIn("| coroutines, ms | weir, callback | weir, coroutine |\n", result.stdout)
        self.assertIn("| 1,000,000 printed lines, mark 16 KiB | 500 | 600 (0.95×) |", result.stdout)
        self.assertIn("600 ms, 0.95×", self.picture())

    def test_memory_that_is_not_known_is_not_shown(self):
        results = self.measured()
        results["rows"][1]["peak_rss_kb"] = [None] * 3
        self.out.mkdir()
        (self.out / "results.json").write_text(json.dumps(results))
        result = self.bench("--from-json", "--out", self.out)
        self.assertIn("| weir | 100 | 50.0 to 100 | 6.0× |  |", result.stdout)

    def test_fills_its_place_in_the_documents(self):
        clone = self.folder / "clone"
        (clone / "bench").mkdir(parents=True)
        (clone / "docs").mkdir()
        for file in (ROOT / "bench").glob("*.py"):
            shutil.copy(file, clone / "bench")
        run = shutil.copy(ROOT / "bench" / "run", clone / "bench")
        document = shutil.copy(ROOT / "docs" / "performance.md", clone / "docs")
        (clone / "README.md").write_text("# No place here\n")
        (clone / "bench" / "results.json").write_text(json.dumps(self.measured()))
        before = (ROOT / "docs" / "performance.md").read_text()
        for _ in range(2):
            self.assertEqual(self.bench("--from-json", run=run).returncode, 0)
            after = pathlib.Path(document).read_text()
            self.assertEqual(after.count("| 1,000,000 lines, mark 16 KiB | 500 | 100 (6.0×) |"), 1)
            self.assertEqual(after.splitlines()[0], before.splitlines()[0])
            self.assertEqual(after.splitlines()[-1], before.splitlines()[-1])
            self.assertEqual((clone / "README.md").read_text(), "# No place here\n")


if __name__ == "__main__":
    unittest.main()
