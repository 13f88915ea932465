"""Draws the pictures of docs/course.md: web/course/lesson.js in a browser, from the runs of examples/lessons.cc."""

import functools
import http.server
import json
import pathlib
import subprocess
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "course"
LESSONS = range(1, 9)

DRAW = """
    const [sheets, run, done] = arguments;
    const text = async (path) => (await fetch(path)).text();
    Promise.all([import("/course/lesson.js"), ...sheets.map(text)])
      .then(([{lesson}, colours, picture, course]) => done(lesson(run, {colours, picture, course})), (error) => done(String(error)));"""
SHEETS = ["/inspector/colours.css", "/inspector/picture.css", "/course/lesson.css"]


def runs(binary):
    """What happened in each lesson, by its number."""
    with tempfile.TemporaryDirectory() as folder:
        result = {}
        for number in LESSONS:
            file = pathlib.Path(folder) / f"{number}.json"
            subprocess.run([binary, str(number), file], check=True, stdout=subprocess.DEVNULL, timeout=60)
            result[number] = json.loads(file.read_text())
        return result


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

    def log_message(self, *_):
        pass


def pictures(page, binary):
    """The picture of each lesson, by its number; `page` is a Browser."""
    handler = functools.partial(_Handler, directory=ROOT / "web")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        page.open(f"http://127.0.0.1:{server.server_address[1]}/inspector/icon.svg")
        drawn = {number: page.driver.execute_async_script(DRAW, SHEETS, run) for number, run in runs(binary).items()}
        server.shutdown()
    return drawn
