"""The files of each build system have the version and the layers of CMakeLists.txt."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CMAKE = (ROOT / "CMakeLists.txt").read_text()
VERSION = re.search(r"^project\(weir VERSION ([\d.]+)", CMAKE, re.MULTILINE)[1]
OTHERS = {
    "debian/changelog": r"^weir \(([\d.]+)\)",
    "meson.build": r"^  version: '([\d.]+)',$",
}


class BuildFilesTest(unittest.TestCase):
    def test_meson_builds_all_layers(self):
        layers = re.search(r"set\(WEIR_LAYERS ([a-z ]+)\)", CMAKE)[1].split()
        meson = "\n".join(re.findall(r"^ *layers \+?= .*", (ROOT / "meson.build").read_text(), re.MULTILINE))
        self.assertEqual(sorted(re.findall(r"'(\w+)'", meson)), sorted([*layers, "nats"]))

    def test_the_versions_are_the_same(self):
        for name, pattern in OTHERS.items():
            found = re.findall(pattern, (ROOT / name).read_text(), re.MULTILINE)
            self.assertEqual(found[:1], [VERSION], name)


if __name__ == "__main__":
    unittest.main()
