"""Runs of peers that answer HTTP on $BENCH_PORT of 127.0.0.1 until SIGTERM, while wrk asks."""

import http.client
import os
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


def processes(pid):
    """The process and its descendants, of which a script may have one."""
    yield pid
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            for child in children.read().split():
                yield from processes(int(child))
    except OSError:
        return


def cpu_seconds(pid):
    """The processor time of a server until now."""
    ticks = 0
    for process in processes(pid):
        try:
            with open(f"/proc/{process}/stat") as stat:
                # utime and stime; the command before them may have spaces
                ticks += sum(map(int, stat.read().rpartition(")")[2].split()[11:13]))
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def check_body(port, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        if response.status != 200 or response.read() != body:
            raise Failure(f"wrong output: status {response.status}, or not the wanted body")
    except (OSError, http.client.HTTPException) as error:
        raise Failure(f"wrong output: {error!r}") from None
    finally:
        connection.close()


def load(port, path, seconds):
    """The results of wrk: requests a second, and requests."""
    # A server that serves some late is slow, and not wrong.
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s",
               f"http://127.0.0.1:{port}{path}"]
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
    count = re.search(r"(\d+) requests in", asked.stdout)
    return float(rate[1]), int(count[1]) if count else 0


class Serving(Run):
    needs = "wrk"

    def __init__(self, scratch, count, quick, body, file=None):
        """`file`: the name of a file of $BENCH_DIR that has the body; None: the body is of /."""
        self.count, self.body = count, body
        self.path = f"/{file}" if file else "/"
        self.variables = {}
        if file:
            folder = scratch / "served"
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
            scratch.chmod(0o755)  # a server may give up root's rights
            (folder / file).write_bytes(body)
            os.utime(folder / file, (1_000_000_000, 1_000_000_000))
            self.variables = {"BENCH_DIR": folder}
        self.seconds = 1 if quick else 5  # that wrk asks

    def once(self, command, verify):
        """The time of `count` requests, by wrk's clock, the memory that the server reports, and its
        processor time for each request, in microseconds."""
        port = free_port()
        server = start(command, {"BENCH_PORT": port} | self.variables)
        try:
            wait_until_it_listens(server, port)
            if verify:
                check_body(port, self.path, self.body)
            before = cpu_seconds(server.pid)
            rate, requests = load(port, self.path, self.seconds)
            spent = cpu_seconds(server.pid) - before
            server.terminate()
            _, peak, _ = figures(server)
        finally:
            if server.returncode is None:
                server.kill()
                server.communicate()
        return self.count / rate, peak, spent / requests * 1e6 if requests else None
