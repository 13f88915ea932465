"""weir cp over TLS: whom it believes, and that what it moves is whole."""

import hashlib
import os
import pathlib
import shutil
import ssl
import subprocess
import unittest

from network_test import CONTENT, NetworkTest, read_all
from support import PATIENCE, bash, wait_until, weir


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
class TlsTest(NetworkTest):
    def setUp(self):
        super().setUp()
        self.cert, self.key = self.certificate("DNS:localhost,IP:127.0.0.1")
        self.others_before = self.others()

    def certificate(self, names):
        cert, key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                        "-subj", "/CN=test", "-addext", f"subjectAltName={names}"],
                       check=True, capture_output=True)
        return cert, key

    def secured(self, act, says_end=True, version=ssl.TLSVersion.TLSv1_3):
        """As serve, of who proves to be what the certificate says; refused handshakes are None."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        context.maximum_version = version

        def accept(peer):
            try:
                with context.wrap_socket(peer, server_side=True) as encrypted:
                    said = act(encrypted)
                    try:
                        if says_end:
                            encrypted.unwrap()
                    except (OSError, ssl.SSLError):
                        pass  # it need not be answered
                    return said
            except (OSError, ssl.SSLError):
                return None
        endpoint, result = self.serve(accept)
        return endpoint.replace("tcp:", "tls:"), result

    def start_openssl(self, *arguments):
        process = subprocess.Popen(["openssl", *map(str, arguments)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(self.put_away, process)
        return process

    @staticmethod
    def listening_port(pid):
        """Of who does not say it: the process's own sockets, looked up among all that listen."""
        ports = []

        def listens():
            own = set()
            for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
                own.add(os.readlink(fd))
            for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                    ports.append(int(fields[1].split(":")[1], 16))
            return ports
        wait_until(listens, "it listens")
        return ports[0]

    def test_a_destination(self):
        endpoint, received = self.secured(read_all)
        self.assert_done(weir("cp", self.source, endpoint, "--ca", self.cert))
        self.assertEqual(received(), CONTENT)

    def test_a_source(self):
        for host in "127.0.0.1", "localhost":
            with self.subTest(host=host):
                endpoint, _ = self.secured(lambda peer: peer.sendall(CONTENT))
                endpoint = endpoint.replace("127.0.0.1", host)
                self.assert_done(weir("cp", endpoint, self.file, "--ca", self.cert))
                self.assertEqual(self.file.read_bytes(), CONTENT)
                self.file.unlink()

    def test_a_source_that_is_cut_off(self):
        """Who is on the way can end a TCP connection, and so what comes by it; not TLS's."""
        self.file.write_bytes(b"old")
        others = self.others()
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            for content in CONTENT, b"":
                with self.subTest(version=version, size=len(content)):
                    endpoint, _ = self.secured(lambda peer: peer.sendall(content), says_end=False,
                                               version=version)
                    result = weir("cp", endpoint, self.file, "--ca", self.cert)
                    self.assertEqual((result.returncode, result.stdout), (1, ""))
                    self.assertRegex(result.stderr,
                                     "^weir: .*ERR_SSL_UNEXPECTED_EOF_WHILE_READING.*, "
                                     f"'{endpoint}'\n$")
                    self.assertEqual(self.file.read_bytes(), b"old")
                    self.assertEqual(self.others(), others)

    def test_a_source_that_is_killed(self):
        server = self.start_openssl("s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-quiet",
                                    "-key", self.key, "-cert", self.cert)
        port = self.listening_port(server.pid)
        copy = self.start("cp", f"tls://localhost:{port}", "-", "--ca", self.cert)
        server.stdin.write(b"some of it\n")
        server.stdin.flush()
        self.assertEqual(copy.stdout.readline(), b"some of it\n")
        server.kill()
        self.assertEqual(copy.wait(PATIENCE), 1)
        self.assertIn("ERR_SSL_UNEXPECTED_EOF_WHILE_READING", copy.stderr.read().decode())

    def test_a_destination_that_is_cut_off(self):
        endpoint, received = self.secured(read_all, says_end=False)
        result = weir("cp", self.source, endpoint, "--ca", self.cert)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("ERR_SSL_UNEXPECTED_EOF_WHILE_READING", result.stderr)
        self.assertEqual(received(), CONTENT)

    def test_who_is_not_to_be_believed(self):
        endpoint, received = self.secured(read_all)
        result = weir("cp", self.source, self.file, "--tee", endpoint)
        self.assert_fails(
            result, 1, f"DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate, '{endpoint}'")
        self.assertIsNone(received())
        self.assertFalse(self.file.exists())
        self.assertEqual(self.others(), self.others_before)

    def test_who_is_another(self):
        self.cert, self.key = self.certificate("DNS:elsewhere.example")
        endpoint, received = self.secured(read_all)
        result = weir("cp", self.source, endpoint, "--ca", self.cert)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"^weir: .*ERR_TLS_CERT_ALTNAME_INVALID.*\n$")
        self.assertIsNone(received())

    def test_who_need_not_prove_anything(self):
        endpoint, received = self.secured(read_all)
        self.assert_done(weir("cp", self.source, endpoint, "--insecure"))
        self.assertEqual(received(), CONTENT)

    def test_who_does_not_speak_tls(self):
        endpoint, _ = self.serve(lambda peer: peer.sendall(b"220 hello\r\n") or peer.recv(1000))
        result = weir("cp", self.source, endpoint.replace("tcp:", "tls:"))
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, rf"^weir: .*wrong version number.*, '{endpoint.replace('tcp:', 'tls:')}'\n$")

    def test_authorities_that_are_none(self):
        missing = self.folder / "missing"
        self.assert_fails(weir("cp", self.source, "tls://localhost:1", "--ca", missing), 1,
                          f"ENOENT: no such file or directory, open '{missing}'")
        self.assert_fails(weir("cp", self.source, "tls://localhost:1", "--ca", self.source), 1,
                          f"there is no certificate in '{self.source}'")

    def test_endpoints_that_are_none(self):
        for endpoint in "tls://", "tls://localhost", "tls://:1", "tls://localhost:0":
            result = weir("cp", self.source, endpoint)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertIn(f"cp: '{endpoint}': ", result.stderr)

    @unittest.skipUnless(shutil.which("node"), "there is no node")
    def test_node_receives(self):
        script = """
            const hash = require('crypto').createHash('sha256'), fs = require('fs');
            const server = require('tls').createServer({
              key: fs.readFileSync(process.env.KEY), cert: fs.readFileSync(process.env.CERT),
            }, (socket) => {
              server.close();
              socket.on('data', (chunk) => hash.update(chunk));
              socket.on('end', () => fs.writeFileSync(process.env.FILE, hash.digest('hex')));
            });
            server.listen(0, '127.0.0.1', () => console.log(server.address().port));
        """
        result = bash('''coproc node -e "$SCRIPT"
            node=$COPROC_PID && read -r port <&"${COPROC[0]}" &&
            "$WEIR" cp "$SOURCE" "tls://localhost:$port" --ca "$CERT" && wait "$node"''',
                      SCRIPT=script, KEY=self.key, CERT=self.cert, SOURCE=self.source, FILE=self.file)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(self.file.read_text(), hashlib.sha256(CONTENT).hexdigest())


if __name__ == "__main__":
    unittest.main()
