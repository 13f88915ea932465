"""Each call of the system fails once, on the routes from file to file; see sweep.py."""

import os
import subprocess
import threading
import unittest

from sweep import DATA, OLD, SweepTest


class RouteTest(SweepTest):
    def test_lines(self):
        new = b"".join(b"Line %d\n" % i for i in range(5000))
        self.sweep(lambda env: self.command(env, "lines", "5000", self.out, "--sync"),
                   lambda: self.assert_ended(self.out.read_bytes() == new))

    def test_write_on_the_pool(self):
        def run(environment):
            with open(self.source, "rb") as source:
                self.command(environment, "write", self.out, "--pool", stdin=source)
        self.sweep(run, lambda: self.assert_ended(self.out.read_bytes() == DATA))

    def test_copy(self):
        self.sweep(lambda env: self.command(env, "cp", self.source, self.out), self.assert_replaced_whole)

    def test_copy_with_every_byte_and_a_sync(self):
        self.sweep(lambda env: self.command(env, "cp", "--plain", "--sync", self.source, self.out),
                   self.assert_replaced_whole)

    def test_copy_in_place(self):
        self.sweep(lambda env: self.command(env, "cp", "--in-place", self.source, self.out),
                   lambda: self.assert_ended(self.out.read_bytes() == DATA))

    def test_copy_through_gzip_and_back(self):
        self.sweep(lambda env: self.command(env, "cp", "--gunzip", "--gzip", self.packed(), self.out), self.check_packed)

    def packed(self):
        subprocess.run(["gzip", "-n", "--keep", str(self.source)], check=True)
        self.source.with_suffix(".gz").replace(self.source)
        return self.source

    def check_packed(self):
        content = self.out.read_bytes()
        if content != OLD:
            content = subprocess.run(["gzip", "-dc"], input=content, capture_output=True, check=True).stdout
            self.assertEqual(content, DATA)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["in", "out"])
        self.assert_ended(content == DATA)

    def test_copy_to_standard_output(self):
        self.sweep(lambda env: self.command(env, "cp", self.source, "-"),
                   lambda: self.assert_ended(self.output == DATA))

    def test_log(self):
        text = b"".join(b"Line %d\n" % i for i in range(3000))

        def check():
            rotated = sorted(self.folder.glob("app.log.0*"))
            log = self.folder / "app.log"
            content = b"".join(path.read_bytes() for path in [*rotated, log] if path.exists())
            self.assertTrue(text.startswith(content), "not a prefix of the input")
            self.assertEqual({path.name for path in self.folder.iterdir()} - {"in", "out", "app.log"},
                             {path.name for path in rotated})
            # A rotation that fails is reported, and the log goes on.
            self.assert_ended(content == text)
        self.sweep(lambda env: self.command(env, "log", self.folder / "app.log", "--rotate", "10K", stdin=self.pipe(text)),
                   check)

    def pipe(self, data):
        ours, theirs = os.pipe()

        def feed():
            try:
                with open(theirs, "wb") as end:
                    end.write(data)
            except BrokenPipeError:
                pass
        threading.Thread(target=feed, daemon=True).start()
        end = open(ours, "rb")
        self.addCleanup(end.close)
        return end


if __name__ == "__main__":
    unittest.main()
