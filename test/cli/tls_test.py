"""weir cp over TLS: whom it believes, and that what it moves is whole."""

import hashlib
import shutil
import ssl
import subprocess
import unittest

from network_test import CONTENT, NetworkTest, read_all
from support import bash, weir


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

    def secured(self, act):
        """As serve, of who proves to be what the certificate says; refused handshakes are None."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)

        def accept(peer):
            try:
                with context.wrap_socket(peer, server_side=True) as encrypted:
                    said = act(encrypted)
                    try:
                        encrypted.unwrap()
                    except (OSError, ssl.SSLError):
                        pass  # it need not be answered
                    return said
            except (OSError, ssl.SSLError):
                return None
        endpoint, result = self.serve(accept)
        return endpoint.replace("tcp:", "tls:"), result

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
