"""Names of any bytes, and paths that cannot be looked at: each is reported in a sentence, or in JSON."""

import json
import os
import signal
import unittest

from support import WEIR, CliTest, lines, weir

NOBODY = 65534
BYTES = b"a\xff\xfe\x80b\xc3"
SHOWN = "a\ufffd\ufffd\ufffdb\ufffd"


class BytesTest(CliTest):
    """A name that is not UTF-8."""

    def setUp(self):
        super().setUp()
        self.bytes = self.folder / os.fsdecode(BYTES)
        self.shown = f"{self.folder}/{SHOWN}"
        self.source = self.folder / "in"
        self.source.write_bytes(lines(10))

    def test_copied_to(self):
        result = weir("cp", "--json", self.source, self.bytes, "--tee", self.folder / "tee")
        self.assert_done(result)
        names = [each["name"] for each in json.loads(result.stdout)["destinations"]]
        self.assertEqual(names, [self.shown, f"{self.folder}/tee"])
        self.assertEqual(self.bytes.read_bytes(), lines(10))

    def test_copied_from(self):
        self.bytes.write_bytes(lines(10))
        result = weir("cp", "--json", self.bytes, self.file)
        self.assert_done(result)
        self.assertEqual(json.loads(result.stdout)["bytes_read"], len(lines(10)))

    def test_written(self):
        for command in ["lines", 10, "--verify"], ["write"]:
            result = weir(*command, "--json", self.bytes, input=lines(10).decode())
            self.assert_done(result)
            self.assertEqual(json.loads(result.stdout)["bytes"], len(lines(10)))
            self.assertEqual(self.bytes.read_bytes(), lines(10))

    def test_in_brackets(self):
        """CLI11 takes such a word for a list."""
        for name in "b", "x", "y":
            (self.folder / name).write_bytes(name.encode())
        for name in "[b]", "[x,y]", "[]", "[":
            with self.subTest(name=name):
                self.assert_done(weir("cp", "in", name, cwd=self.folder))
                self.assertEqual((self.folder / name).read_bytes(), lines(10))
                self.assert_done(weir("cp", name, "out", "--tee", "[tee]", cwd=self.folder))
                self.assertEqual((self.folder / "out").read_bytes(), lines(10))
                self.assertEqual((self.folder / "[tee]").read_bytes(), lines(10))
        self.assertEqual(weir("cp", "[x,y]", cwd=self.folder).returncode, 2)
        for name in "b", "x", "y":
            self.assertEqual((self.folder / name).read_bytes(), name.encode())

    def test_a_socket(self):
        process = self.start("cp", "--json", f"unix-listen:{os.fspath(self.bytes)}", self.file)
        self.assertEqual(json.loads(process.stderr.readline()), {"listening": self.shown})
        self.assert_done(weir("cp", "--json", self.source, f"unix:{os.fspath(self.bytes)}"))
        self.assertEqual(process.wait(), 0)
        self.assertEqual(self.file.read_bytes(), lines(10))

    def test_a_folder_that_is_served(self):
        self.bytes.mkdir()
        process = self.start("serve", "--json", self.bytes, "--port", "0")
        self.assertEqual(json.loads(process.stderr.readline())["serving"], self.shown)
        process.send_signal(signal.SIGTERM)
        process.wait()


class UnseenTest(CliTest):
    """Paths that cannot be looked at: the message is weir's, with the operation and the path."""

    def setUp(self):
        super().setUp()
        self.source = self.folder / "in"
        self.source.write_bytes(b"text")
        loop = self.folder / "loop"
        loop.symlink_to("loop")
        self.paths = {
            "ELOOP": [loop / "x"],
            "ENAMETOOLONG": [self.folder / ("x" * 256), self.folder / ("y" * 300) / "x"],
            "ENOTDIR": [self.source / "x", self.source / "x" / "y"],
            "ENOENT": [self.folder / "none" / "x"],
        }

    def commands(self, path):
        yield "cp", self.source, path
        yield "cp", "--in-place", self.source, path
        yield "cp", self.source, self.file, "--tee", path
        yield "cp", path, self.file
        yield "cp", "--in-place", path, self.file
        yield "lines", 1, path
        yield "lines", "--append", 1, path
        yield "write", path
        yield "serve", path, "--port", 0

    def check(self, name, path, **identity):
        for command in self.commands(path):
            with self.subTest(error=name, path=str(path)[-30:], command=command[:2]):
                result = weir(*command, **identity)
                self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
                self.assertRegex(result.stderr, rf"\Aweir: {name}: [^\n]+, [a-z]+[0-9]? '[^\n]+'\n\Z")
                self.assertIn(str(path), result.stderr)

    def test_with_every_fault(self):
        for name, paths in self.paths.items():
            for path in paths:
                self.check(name, path)

    def test_in_a_folder_that_may_not_be_searched(self):
        hidden = self.folder / "hidden"
        hidden.mkdir(mode=0o700)
        identity = {}
        if os.geteuid() == 0:
            self.folder.chmod(0o777)
            identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        else:
            hidden.chmod(0)
            self.addCleanup(hidden.chmod, 0o700)
        try:
            weir("--version", **identity)
        except PermissionError:
            self.skipTest(f"nobody may not run {WEIR}")
        self.check("EACCES", hidden / "x", **identity)


if __name__ == "__main__":
    unittest.main()
