"""A test process that a signal ends takes its commands along, also where SIGINT was ignored."""

import os
import pathlib
import signal
import subprocess
import sys
import unittest

from support import CliTest, wait_until

# A test that starts a server, prints its process id, and waits.
WAITING_TEST = """
import sys
from support import CliTest

class WaitingTest(CliTest):
    def test_waits(self):
        server = self.start("serve", self.folder, "--port", 0)
        server.stderr.readline()
        print(server.pid, flush=True)
        sys.stdin.read()

import unittest
unittest.main()
"""


def is_running(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # an init process may leave it unreaped


class ChildrenTest(CliTest):
    def start_test(self, through=()):
        test = subprocess.Popen([*through, sys.executable, "-B", "-c", WAITING_TEST], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                cwd=pathlib.Path(__file__).parent)
        self.addCleanup(self.put_away, test)
        server = int(test.stdout.readline())
        self.assertTrue(is_running(server))
        return test, server

    def test_a_killed_test_leaves_no_server_running(self):
        for number in signal.SIGKILL, signal.SIGTERM, signal.SIGINT:
            with self.subTest(signal=number):
                test, server = self.start_test()
                test.send_signal(number)
                test.wait()
                wait_until(lambda: not is_running(server), "the end of the server")

    def test_a_server_can_be_interrupted_where_the_test_was_started_with_sigint_ignored(self):
        test, server = self.start_test(through=("sh", "-c", 'trap "" INT; exec "$0" "$@"'))
        os.kill(server, signal.SIGINT)
        wait_until(lambda: not is_running(server), "the end of the server")
        self.assertIsNone(test.poll())


if __name__ == "__main__":
    unittest.main()
