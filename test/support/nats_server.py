"""A nats-server with JetStream, for one test."""

import os
import random
import shutil
import socket
import subprocess
import time

SERVER = shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/bin")
PATIENCE = 60


def is_usable(weir):
    """True if there is a server, and this command knows NATS."""
    if not SERVER or not shutil.which(weir):
        return False
    said = subprocess.run([weir, "cp", "nats://localhost/x", "-"], capture_output=True, text=True).stderr
    return "unknown scheme" not in said and "without NATS" not in said


def free_port():
    """One that is free now, below those that the system gives to clients: none of them takes it while its server is down."""
    while True:
        port = random.randrange(10_000, 32_768)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def start(test, folder):
    """Starts one that ends with the test; returns its port."""
    port = free_port()
    config = folder / "server.conf"
    config.write_text(f'listen: 127.0.0.1:{port}\njetstream {{ store_dir: "{folder}/store", max_file: 1G }}\n')
    server = subprocess.Popen([SERVER, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    test.addCleanup(server.wait)
    test.addCleanup(server.kill)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.005)
    return port
