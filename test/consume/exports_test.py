"""libweir.so exports what src/exports.txt lists, and nothing else. Environment: BUILD_DIR."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from fnmatch import fnmatchcase
from pathlib import Path

BUILD = Path(os.environ["BUILD_DIR"])
ROOT = Path(__file__).resolve().parents[2]
LISTED = [line for line in (ROOT / "src/exports.txt").read_text().splitlines()
          if not line.startswith("#")]
# What the compiler makes of a class.
MADE = r"^(typeinfo( name)?|vtable|VTT|non-virtual thunk|guard variable) (for|to) "


def symbols(*options):
    """The names that nm prints, as they are and for a reader."""
    names = subprocess.run(["nm", *map(str, options)], capture_output=True, text=True,
                           check=True).stdout
    names = {line.split()[-1].split("@")[0] for line in names.splitlines()
             if re.match(r"[\da-f ]{16} \w ", line)}
    readable = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True,
                              check=True).stdout
    return dict(zip(names, readable.splitlines()))


def objects(*folders):
    return [path for folder in folders for path in (BUILD / folder).rglob("*.o")]


class ExportsTest(unittest.TestCase):
    def setUp(self):
        self.library = BUILD / "libweir.so"
        self.exported = symbols("--dynamic", "--defined-only", self.library)

    def belongs(self, readable, name):
        readable = re.sub(MADE, "", readable)
        is_class = re.search(r"::[A-Z]\w*$", name)
        return (readable == name or fnmatchcase(readable, name + "::*")) if is_class else \
            fnmatchcase(readable, name + "*")

    def test_each_symbol_is_of_a_listed_name(self):
        unlisted = [readable for readable in self.exported.values()
                    if not any(self.belongs(readable, name) for name in LISTED)]
        self.assertEqual(unlisted, [])

    def test_each_listed_name_has_a_symbol(self):
        with_nats = any("weir::nats::" in readable for readable in self.exported.values())
        missing = [name for name in LISTED
                   if (with_nats or not name.startswith("weir::nats::"))
                   and not any(self.belongs(readable, name) for readable in self.exported.values())]
        self.assertEqual(missing, [])

    def test_the_list_is_sorted(self):
        self.assertEqual(LISTED, sorted(set(LISTED)))

    def test_the_command_and_the_examples_need_nothing_that_is_not_exported(self):
        # Their sources include only public headers.
        built = objects("tools/CMakeFiles/weir.dir", "examples")
        self.assertTrue(built)
        needed = symbols("--undefined-only", *built)
        own = symbols("--defined-only", *built)
        self.assertEqual([readable for name, readable in needed.items()
                          if re.search(r"\bweir::", readable) and name not in own
                          and name not in self.exported], [])

    @unittest.skipUnless(shutil.which("dpkg-gensymbols"), "dpkg-dev is not installed")
    def test_the_symbols_file_of_the_package_has_each_symbol(self):
        with tempfile.TemporaryDirectory() as folder:
            expected, found = Path(folder, "expected"), Path(folder, "found")
            expected.write_text(subprocess.run([ROOT / "script/symbols"], capture_output=True, text=True,
                                               check=True).stdout)
            # -c2: where a symbol was not expected.
            result = subprocess.run(
                ["dpkg-gensymbols", "-plibweir0", f"-P{folder}", f"-e{self.library}", f"-I{expected}",
                 f"-O{found}", "-c2"], cwd=ROOT, capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("_ZN4weir", found.read_text())

    def test_its_name_has_the_version(self):
        dynamic = subprocess.run(["readelf", "--dynamic", self.library], capture_output=True,
                                 text=True, check=True).stdout
        self.assertIn("Library soname: [libweir.so.0]", dynamic)


if __name__ == "__main__":
    unittest.main()
