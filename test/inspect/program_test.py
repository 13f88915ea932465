"""The inspector page of real programs: EXAMPLES has examples/insight, which copies a file slowly; WEIR is the command."""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest

import browser

SKIPPED = 77  # ctest's code
WEIR = pathlib.Path(os.environ.get("WEIR", "weir"))
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
        self.program = program
        name, url = program.stdout.readline().rstrip().split(": ", 1)
        self.assertEqual(name, "the streams")
        return url

    def start_inspect(self, *places):
        """Begins `weir inspect`; returns the address of its page."""
        command = subprocess.Popen([WEIR, "inspect", "--port", "0", *places], stderr=subprocess.PIPE, text=True)
        self.addCleanup(command.communicate)
        self.addCleanup(command.kill)
        for line in command.stderr:
            if found := re.search(r"inspector: (http://\S+)", line):
                return found[1]
        self.fail("weir inspect has ended")

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
        self.page.wait("text('.details-title') === 'copy' && all('#details canvas').length === 1 && all('#details .picture').length === 1")
        written = "all('.numbers tbody tr').find((row) => row.firstChild.textContent === 'out').lastChild.textContent"
        first = self.page.run(f"return {written}")
        self.page.wait(f"{written} !== arguments[0]", first)
        self.page.run("document.querySelector('.loop').click()")
        self.page.wait("all('.reasons li').length > 0")
        shown = self.page.run("return text('#details')")
        self.assertNotIn("NaN", shown)
        self.assertNotIn("undefined", shown)
        self.assertEqual(self.page.console(), [])

    def test_several_processes_are_shown_with_one_that_never_was_and_one_that_stops(self):
        with socket.socket() as unheard:  # bound and not listening: nobody else gets the port
            unheard.bind(("127.0.0.1", 0))
            missing = str(unheard.getsockname()[1])
            address = self.start()
            first = self.program
            places = [re.search(r":(\d+)/", url)[1] for url in (address, self.start())]
            self.page.show()
            self.page.open(self.start_inspect(*places, missing))
            self.page.wait("all('.band').length === 3 && all('.band.is-lost').length === 1")
            self.page.wait("all('.band').filter((one) => one.querySelectorAll('.vessel').length === 3).length === 2")
            self.assertRegex(self.page.run("return text('.band.is-lost .lost')"), "^not reached yet .*, waiting for it$")
            first.kill()
            self.page.wait("all('.band.is-lost').length === 2")
            self.page.wait("all('.lost').some((one) => one.textContent.startsWith('stopped'))")
            self.page.wait("all('.band:not(.is-lost) .vessel').length === 3")
            self.assertEqual(self.page.console(), [])


if __name__ == "__main__":
    missing = [str(program) for program in (EXAMPLE, WEIR) if not program.exists()]
    if reason := browser.missing() or (f"there is no {missing[0]}" if missing else None):
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main()
