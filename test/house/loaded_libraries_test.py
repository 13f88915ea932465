"""A program loads only the libraries it uses, and OpenSSL only with TLS."""

import os
import re
import subprocess
import unittest
from pathlib import Path

EXAMPLES = Path(os.environ["EXAMPLES"])


def loaded_by(example):
    dynamic = subprocess.run(["readelf", "-d", EXAMPLES / example], check=True,
                             capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\).*\[lib(\w+)", dynamic)


class LoadedLibrariesTest(unittest.TestCase):
    def test_only_tls_loads_openssl(self):
        for example in ("hello_file", "tcp_push", "echo_server", "http_streaming"):
            with self.subTest(example):
                self.assertIn("uv", loaded_by(example))
                self.assertNotIn("ssl", loaded_by(example))
                self.assertNotIn("crypto", loaded_by(example))
        self.assertIn("ssl", loaded_by("https_server"))

    def test_only_compression_loads_codecs(self):
        self.assertNotIn("z", loaded_by("http_streaming"))
        self.assertIn("z", loaded_by("gzip_file"))


if __name__ == "__main__":
    unittest.main()
