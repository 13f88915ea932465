"""Ends each child process of a test with the test process, also where a signal kills that.

Importing this module makes subprocess do so, and gives SIGINT and its like their default actions, which
a process in the background of a script or under nohup lacks: children would ignore them as well.
"""

import ctypes
import os
import signal
import subprocess

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
UNBOUND = subprocess.Popen


class Popen(UNBOUND):
    def __init__(self, *arguments, preexec_fn=None, **options):
        test = os.getpid()

        def bind():
            # First the identity: a change of it resets the signal.
            if preexec_fn:
                preexec_fn()
            if LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0 or os.getppid() != test:
                os._exit(127)

        super().__init__(*arguments, preexec_fn=bind, **options)


subprocess.Popen = Popen
for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT:
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
