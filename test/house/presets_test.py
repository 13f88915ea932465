"""Each preset and script that CI and CONTRIBUTING.md name exists."""

import json
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
CI = (ROOT / ".ci/run").read_text()


class PresetsTest(unittest.TestCase):
    def setUp(self):
        presets = json.loads((ROOT / "CMakePresets.json").read_text())
        kinds = "configurePresets", "buildPresets", "testPresets"
        self.usable = set.intersection(
            *({preset["name"] for preset in presets[kind] if not preset.get("hidden")} for kind in kinds))

    def test_the_workflow_names_presets(self):
        named = re.search(r"preset: \[(.*)\]", WORKFLOW)[1].split(", ")
        self.assertEqual(set(named) - self.usable, set())

    def test_ci_names_presets(self):
        named = re.findall(r"^check (\w+)", CI, re.MULTILINE)
        self.assertEqual(set(named) - self.usable, set())
        self.assertTrue(named)

    def test_contributing_lists_all_presets(self):
        named = re.findall(r"^\| `(\w+)` \|", CONTRIBUTING, re.MULTILINE)
        self.assertEqual(set(named), self.usable)

    def test_scripts_exist(self):
        for text in WORKFLOW, CI, CONTRIBUTING:
            for script in re.findall(r"script/[\w-]+", text):
                self.assertTrue((ROOT / script).exists(), script)


if __name__ == "__main__":
    unittest.main()
