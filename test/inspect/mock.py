#!/usr/bin/env python3
"""A mock of the inspector's server: serves the page of the source folder, with made-up programs.

usage: mock.py [WORLD...] [--port PORT] [--pause]

Worlds: slow proxy failing hostile crowd hundred lines chain threads churn. The page is read from the source folder at each
request, so a reload shows an edit.
"""

import argparse
import http.server
import json
import pathlib
import queue
import sys
import threading
import time
import urllib.parse

from worlds import WORLDS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "web" / "inspector"
UPLOT = ROOT / "third_party" / "uplot"
TYPES = {".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def assets(page=PAGE):
    """The files that the program embeds, by the path at which it serves them."""
    files = [path for path in page.iterdir() if path.suffix in TYPES]
    files += UPLOT.iterdir()
    return {path.name: path for path in files}


class Mock:
    """Time stands still until `step` is called."""

    def __init__(self, *worlds, port=0, token=None, page=PAGE):
        self.worlds = dict(enumerate(worlds))
        self.token = token
        self.page = page
        self.lost = set()
        self.clients = []
        self.controls = []  # (process, stream, action, headers) of each POST
        self.lock = threading.RLock()
        self.server = None
        self.start(port)

    def start(self, port):
        mock = self

        class Handler(_Handler):
            pass

        Handler.mock = mock
        self.server = _Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        """Ends the program: its port is closed, its connections too."""
        with self.lock:
            for client in self.clients:
                client.put(None)
            self.clients = []
        self.server.shutdown()
        self.server.server_close()

    def restart(self, *worlds):
        """Begins another program at the same port."""
        self.worlds = dict(enumerate(worlds))
        self.start(self.port)

    def step(self, times=1):
        """An interval of each program, and its event."""
        for _ in range(times):
            with self.lock:
                for number, world in self.worlds.items():
                    if number in self.lost:
                        continue
                    world.advance()
                    told, update = world.update(number)
                    world.told = told
                    for loop in update["loops"]:
                        self.send("update", part(update, loop, told))

    def lose(self, number):
        with self.lock:
            self.lost.add(number)
            self.send("lost", self.loss(number))

    def loss(self, number):
        return {"process": number, "name": self.worlds[number].name, "error": "connection refused"}

    def find(self, number, world):
        with self.lock:
            self.lost.discard(number)
            self.worlds[number] = world
            self.greet(self.send, number)

    def greet(self, send, number):
        world = self.worlds[number]
        send("hello", world.hello(number))
        told, update = world.update(number, whole=True)
        world.told = told
        send("update", update)

    def send(self, event, data):
        for client in self.clients:
            client.put((event, data))

    def open(self):
        """A new page: hello and everything."""
        client = queue.Queue()
        with self.lock:
            for number, world in self.worlds.items():
                if number in self.lost:
                    client.put(("lost", self.loss(number)))
                else:
                    self.greet(lambda event, data: client.put((event, data)), number)
            self.clients.append(client)
        return client


def part(update, loop, told):
    """The part of an update that is about one loop: each loop has its own, a little later."""
    def is_on(stream):
        return stream["loop"] == loop["id"]

    return update | {
        "time": update["time"] + update["loops"].index(loop) / 8, "loops": [loop],
        "streams": [stream for stream in update["streams"] if is_on(stream)],
        "gone": update["gone"] if loop is update["loops"][0] else [],
        "bottlenecks": [one for one in update["bottlenecks"] if is_on(told[one["id"]])]}


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    mock = None

    def log_message(self, *_):
        pass

    def answer(self, status, kind="text/plain", body=b""):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        path = url.path.lstrip("/") or "index.html"
        given = urllib.parse.parse_qs(url.query).get("token", [None])[0]
        if path in ("events", "snapshot.json"):
            if self.mock.token is not None and given != self.mock.token:
                self.answer(403)
            elif path == "events":
                self.events()
            else:
                self.answer(200, "application/json", json.dumps(self.mock.worlds[0].update(0, whole=True)[1]).encode())
        elif file := assets(self.mock.page).get(path):
            self.answer(200, TYPES[file.suffix], file.read_bytes())
        else:
            self.answer(404)

    def events(self):
        client = self.mock.open()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        try:
            self.wfile.write(b"retry: 200\n\n")
            while (item := client.get()) is not None:
                event, data = item
                self.wfile.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
                self.wfile.flush()
        except ConnectionError:
            pass
        finally:
            with self.mock.lock:
                if client in self.mock.clients:
                    self.mock.clients.remove(client)
        self.close_connection = True

    def do_POST(self):
        parts = self.path.strip("/").split("/")
        with self.mock.lock:
            world = self.mock.worlds.get(int(parts[1])) if len(parts) == 4 and parts[0] == "streams" else None
            stream = world and world.streams.get(int(parts[2]))
            self.mock.controls.append((*parts[1:], dict(self.headers)))
            if not stream:
                self.answer(404)
            elif not world.allows_pause or self.headers["X-Weir-Inspector"] != "1" or (
                    self.mock.token is not None and self.headers["X-Weir-Token"] != self.mock.token):
                self.answer(403)
            else:
                stream.read["is_paused"] = parts[3] == "pause"
                self.answer(204)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", nargs="*", metavar="WORLD", choices=[[], *WORLDS])
    parser.add_argument("--port", type=int, default=9231)
    parser.add_argument("--pause", action="store_true", help="allow pause and resume")
    options = parser.parse_args()
    worlds = [WORLDS[name]() for name in options.worlds or ["proxy"]]
    for world in worlds:
        world.allows_pause = world.allows_pause or options.pause
    mock = Mock(*worlds, port=options.port)
    print(f"inspector page at {mock.address}", file=sys.stderr)
    while True:
        mock.step()
        time.sleep(0.25)


if __name__ == "__main__":
    main()
