"""Each build system's file has the version of CMakeLists.txt."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.search(r"^project\(weir VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
OTHERS = {
    "debian/changelog": r"^weir \(([\d.]+)\)",
    "meson.build": r"^  version: '([\d.]+)',$",
}


class VersionsTest(unittest.TestCase):
    def test_they_are_the_same(self):
        for name, pattern in OTHERS.items():
            found = re.findall(pattern, (ROOT / name).read_text(), re.MULTILINE)
            self.assertEqual(found[:1], [VERSION], name)


if __name__ == "__main__":
    unittest.main()
