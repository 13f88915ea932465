"""nginx with one process on $BENCH_PORT until SIGTERM: nginx.py w6-hello|w6-file N HWM. w6-hello: a
body of 12 bytes; w6-file: the files of $BENCH_DIR. Its bytes and its memory are unknown."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NO_SUCH_WORKLOAD = 77
PLACES = {
    "w6-hello": 'default_type text/plain; return 200 "hello world\\n";',
    "w6-file": "root {folder};",
}
CONFIGURATION = """
daemon off;
master_process off;
pid {scratch}/pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  default_type text/plain;
  client_body_temp_path {scratch}/body;
  proxy_temp_path {scratch}/proxy;
  fastcgi_temp_path {scratch}/fastcgi;
  uwsgi_temp_path {scratch}/uwsgi;
  scgi_temp_path {scratch}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ {place} }}
  }}
}}
"""

workload = sys.argv[1]
if workload not in PLACES:
    sys.exit(NO_SUCH_WORKLOAD)
started = time.perf_counter()
with tempfile.TemporaryDirectory(prefix="bench-nginx-") as scratch:
    place = PLACES[workload].format(folder=os.environ.get("BENCH_DIR", scratch))
    configuration = Path(scratch, "nginx.conf")
    configuration.write_text(
        CONFIGURATION.format(scratch=scratch, port=os.environ["BENCH_PORT"], place=place))
    nginx = subprocess.Popen(["nginx", "-c", configuration, "-p", scratch])
    signal.signal(signal.SIGTERM, lambda *_: nginx.send_signal(signal.SIGQUIT))
    status = nginx.wait()
if status:
    sys.exit(status)
print(json.dumps({"peer": "nginx", "workload": workload, "seconds": time.perf_counter() - started,
                  "bytes": 0, "ops": 0, "peak_rss_kb": None}))
