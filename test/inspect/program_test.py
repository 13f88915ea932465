"""The inspector page of a real program: EXAMPLES has examples/insight, which copies a file slowly."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import browser

SKIPPED = 77  # ctest's code
EXAMPLE = pathlib.Path(os.environ.get("EXAMPLES", "examples")) / "insight"


class ProgramTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.close)

    def start(self):
        """Begins a copy that lasts as long as the test; returns the address of its page."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(pathlib.Path(folder.name) / "input.txt", "wb") as file:
            file.truncate(1 << 40)
        program = subprocess.Popen([EXAMPLE], cwd=folder.name, stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.communicate)
        self.addCleanup(program.kill)
        name, url = program.stdout.readline().rstrip().split(": ", 1)
        self.assertEqual(name, "the streams")
        return url

    def open(self):
        url = self.start()
        self.page.show()
        self.page.open(url)
        self.page.wait("text('#connection') === 'live' && all('.vessel').length > 2")

    def test_the_streams_of_the_program_are_shown_with_their_pipes(self):
        self.open()
        self.page.wait("vessel('input.txt') && vessel('copy')")
        kinds = self.page.run("""return Object.fromEntries(all(".vessel").map((one) =>
            [one.querySelector(".title").textContent, one.querySelector(".subtitle").textContent]))""")
        self.assertEqual(kinds["input.txt"], "ReadStream · open")
        self.assertEqual(kinds["copy"], "WriteStream · open")
        self.assertEqual(len(kinds), 3)
        edges = self.page.run("return all('.edge').map(({dataset}) => [title(dataset.from), title(dataset.to)]).sort()")
        self.assertEqual([edge[0] for edge in edges if edge[1] == "copy"], [edge[1] for edge in edges if edge[0] == "input.txt"])
        self.assertEqual(len(edges), 2)
        self.page.wait("vessel('copy').querySelector('.in').textContent !== '0 B/s'")
        self.assertEqual(self.page.console(), [])

    def test_its_loop_and_the_numbers_of_a_stream_change(self):
        self.open()
        self.page.wait("all('.loop').length === 1")
        self.assertNotIn("NaN", self.page.run("return text('.loop')"))
        self.page.run("vessel('copy').click()")
        self.page.wait("text('.details-title') === 'copy' && all('#details canvas').length === 2")
        written = "all('.numbers tbody tr').find((row) => row.firstChild.textContent === 'out').lastChild.textContent"
        first = self.page.run(f"return {written}")
        self.page.wait(f"{written} !== arguments[0]", first)
        self.page.run("document.querySelector('.loop').click()")
        self.page.wait("all('.reasons li').length > 0")
        shown = self.page.run("return text('#details')")
        self.assertNotIn("NaN", shown)
        self.assertNotIn("undefined", shown)
        self.assertEqual(self.page.console(), [])


if __name__ == "__main__":
    if reason := browser.missing() or (None if EXAMPLE.exists() else f"there is no {EXAMPLE}"):
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main()
