"""cp of $BENCH_SRC to $BENCH_OUT, its start included: cp.py w3 N HWM. Its memory is unknown,
because a process that has ended cannot report it."""

import json
import os
import subprocess
import sys
import time

NO_SUCH_WORKLOAD = 77

workload = sys.argv[1]
if workload != "w3":
    sys.exit(NO_SUCH_WORKLOAD)
source, out = os.environ["BENCH_SRC"], os.environ["BENCH_OUT"]

started = time.perf_counter()
status = subprocess.run(["cp", source, out]).returncode
seconds = time.perf_counter() - started
if status:
    sys.exit(status)
print(json.dumps({"peer": "cp", "workload": workload, "seconds": seconds,
                  "bytes": os.path.getsize(out), "ops": 1, "peak_rss_kb": None}))
