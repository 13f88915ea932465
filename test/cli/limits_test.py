"""Threads, descriptors and memory that cannot be had: a sentence says so, and no signal ends it."""

import os
import pathlib
import resource
import shutil
import unittest

from support import WEIR, CliTest, weir

NOBODY = 65534
SENTENCE = r"\A(weir: ((connect|listen) )?E[A-Z]+:? [^\n]+\n)+\Z"


def is_sanitized():
    """Its own threads and memory would be limited then."""
    content = pathlib.Path(shutil.which(WEIR)).read_bytes()
    return b"__asan_init" in content or b"__tsan_init" in content


@unittest.skipIf(is_sanitized(), "a sanitizer")
class LimitsTest(CliTest):
    def commands(self):
        source = self.folder / "in"
        source.write_bytes(b"text\n")
        outside = self.folder / "none"
        return {
            "lines": ["lines", 5, self.file],
            "write": ["write", self.file],
            "cp": ["cp", source, self.file],
            "cp from standard input": ["cp", "-", self.file],
            "cp over a socket": ["cp", source, f"unix:{outside}"],
            "serve": ["serve", self.folder, "--port", "0"],
        }

    def check(self, name, limit, value, **identity):
        """Runs the command to its end, or till it serves."""
        command = self.commands()[name]

        def set_limit():
            resource.setrlimit(limit, (value, value))

        if name == "serve":
            process = self.start(*command, "--quiet", text=True, preexec_fn=set_limit, **identity)
            said = process.stderr.readline()
            if said.startswith("weir: serving"):
                process.terminate()
                process.communicate()
                return True
            status, said = process.wait(), said + process.stderr.read()
        else:
            result = weir(*command, input="typed\n", preexec_fn=set_limit, **identity)
            status, said = result.returncode, result.stderr
        if status == 0:
            self.assertEqual(said, "")
            return True
        if status == 127:  # the dynamic linker's, before main
            self.assertIn("error while loading shared libraries", said)
            return False
        self.assertEqual(status, 1, said)
        self.assertRegex(said, SENTENCE)
        return False

    def sweep(self, limit, values, **identity):
        for name in self.commands():
            done = []
            for value in values:
                with self.subTest(command=name, limit=value):
                    done.append(self.check(name, limit, value, **identity))
            self.assertFalse(done[0], name)
            if name != "cp over a socket":  # no server listens there
                self.assertTrue(done[-1], name)

    def test_too_few_descriptors(self):
        self.sweep(resource.RLIMIT_NOFILE, range(3, 25))

    def test_too_few_threads(self):
        if os.geteuid() != 0:
            self.skipTest("the threads of another user are counted, and root alone is another")
        self.folder.chmod(0o777)
        try:
            weir("--version", user=NOBODY)
        except PermissionError:
            self.skipTest(f"the user nobody may not run {WEIR}")
        self.sweep(resource.RLIMIT_NPROC, range(1, 14), user=NOBODY, group=NOBODY, extra_groups=[])

    def test_too_little_memory(self):
        mebibyte = 1 << 20
        self.sweep(resource.RLIMIT_AS, range(16 * mebibyte, 160 * mebibyte, 9 * mebibyte))


if __name__ == "__main__":
    unittest.main()
