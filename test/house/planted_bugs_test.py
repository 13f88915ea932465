"""Each bug that script/check-sim plants can still be planted: its patch applies to the sources."""

import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class PlantedBugsTest(unittest.TestCase):
    def test_each_patch_applies(self):
        patches = sorted((ROOT / "test/sim/bugs").glob("*.patch"))
        self.assertGreater(len(patches), 30)
        for patch in patches:
            with self.subTest(patch=patch.name):
                result = subprocess.run(["git", "apply", "--check", patch], cwd=ROOT, capture_output=True, text=True)
                self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
