"""Runs of peers that answer HTTP on $BENCH_PORT of 127.0.0.1 until SIGTERM, while wrk asks."""

import http.client
import re
import socket
import subprocess
import time

from peer_runs import PATIENCE, Failure, Run, figures, start

CONNECTIONS = 64


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until_it_listens(server, port):
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
    if server.poll() is not None:
        figures(server)  # says so where it failed
        raise Failure("it ended by itself")
    raise Failure(f"it did not listen after {PATIENCE} s")


def check_body(port, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        if response.status != 200 or response.read() != body:
            raise Failure(f"wrong output: status {response.status}, or not the wanted body")
    except (OSError, http.client.HTTPException) as error:
        raise Failure(f"wrong output: {error!r}") from None
    finally:
        connection.close()


def requests_per_second(port, seconds):
    """The results of wrk."""
    # A server that serves some late is slow, and not wrong.
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s",
               f"http://127.0.0.1:{port}/"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Failure(f"wrk was not done after {PATIENCE} s") from None
    for trouble in "Socket errors", "Non-2xx":
        if found := re.search(f"{trouble}.*", asked.stdout):
            raise Failure(f"wrk says: {found[0]}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", asked.stdout)
    if asked.returncode or not rate or not float(rate[1]) > 0:
        raise Failure(f"wrk measured nothing: {(asked.stderr or asked.stdout).strip()[-100:]!r}")
    return float(rate[1])


class Serving(Run):
    needs = "wrk"

    def __init__(self, scratch, count, quick, body):
        self.count, self.body = count, body
        self.seconds = 1 if quick else 5  # that wrk asks

    def once(self, command, verify):
        """The time of `count` requests, by wrk's clock, and the memory that the server reports."""
        port = free_port()
        server = start(command, {"BENCH_PORT": port})
        try:
            wait_until_it_listens(server, port)
            if verify:
                check_body(port, self.body)
            seconds = self.count / requests_per_second(port, self.seconds)
            server.terminate()
            _, peak, _ = figures(server)
        finally:
            if server.returncode is None:
                server.kill()
                server.communicate()
        return seconds, peak
