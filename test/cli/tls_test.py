"""weir cp over TLS: verification of peers, and complete transfers."""

import hashlib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import unittest

from network_test import ANY_PORT, CONTENT, LOCAL, NetworkTest, read_all
from support import PATIENCE, bash, open_files, wait_until, weir


ANY_TLS_PORT = ANY_PORT.replace("tcp-", "tls-")


# Two minutes are 120 ms.
FAST_TIME = r"""
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec* time) {
  static long long first;
  const int status = syscall(SYS_clock_gettime, clock, time);
  if (status != 0 || (clock != CLOCK_MONOTONIC && clock != CLOCK_MONOTONIC_COARSE)) return status;
  const long long now = time->tv_sec * 1000000000LL + time->tv_nsec;
  if (first == 0) first = now;
  const long long shown = first + (now - first) * 1000;
  time->tv_sec = shown / 1000000000LL;
  time->tv_nsec = shown % 1000000000LL;
  return 0;
}
int epoll_pwait(int set, struct epoll_event* events, int most, int timeout, const sigset_t* mask) {
  if (timeout > 0) timeout = timeout / 1000 + 1;
  return syscall(SYS_epoll_pwait, set, events, most, timeout, mask, 8);
}
int epoll_wait(int set, struct epoll_event* events, int most, int timeout) {
  return epoll_pwait(set, events, most, timeout, 0);
}
"""


class TlsNetworkTest(NetworkTest):
    def setUp(self):
        super().setUp()
        self.cert, self.key = self.certificate("DNS:localhost,IP:127.0.0.1")
        self.others_before = self.others()

    def certificate(self, names, name=""):
        cert, key = self.folder / f"{name}cert.pem", self.folder / f"{name}key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                        "-subj", "/CN=test", "-addext", f"subjectAltName={names}"],
                       check=True, capture_output=True)
        return cert, key

    def fast_time(self):
        """The environment of a command for which time runs a thousand times as fast."""
        source, library = self.folder / "fast_time.c", self.folder / "fast_time.so"
        source.write_text(FAST_TIME)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        return os.environ | {"LD_PRELOAD": str(library)}

    def start_openssl(self, *arguments):
        process = subprocess.Popen(["openssl", *map(str, arguments)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(self.put_away, process)
        return process


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
class TlsTest(TlsNetworkTest):
    def secured(self, act, says_end=True, version=ssl.TLSVersion.TLSv1_3):
        """Like serve, with TLS and a certificate; the result of a refused handshake is None."""
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

    @staticmethod
    def listening_port(pid):
        """The port of a process that does not print it: its own socket among all listening ones."""
        ports = []

        def listens():
            own = open_files(pid)
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
        """An attacker can cut a TCP connection unnoticed, but not TLS."""
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

    def test_an_untrusted_peer(self):
        endpoint, received = self.secured(read_all)
        result = weir("cp", self.source, self.file, "--tee", endpoint)
        self.assert_fails(
            result, 1, f"DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate, '{endpoint}'")
        self.assertIsNone(received())
        self.assertFalse(self.file.exists())
        self.assertEqual(self.others(), self.others_before)

    def test_a_peer_with_another_name(self):
        self.cert, self.key = self.certificate("DNS:elsewhere.example")
        endpoint, received = self.secured(read_all)
        result = weir("cp", self.source, endpoint, "--ca", self.cert)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"^weir: .*ERR_TLS_CERT_ALTNAME_INVALID.*\n$")
        self.assertIsNone(received())

    def test_insecure_accepts_any_certificate(self):
        endpoint, received = self.secured(read_all)
        self.assert_done(weir("cp", self.source, endpoint, "--insecure"))
        self.assertEqual(received(), CONTENT)

    def test_a_peer_without_tls(self):
        endpoint, _ = self.serve(lambda peer: peer.sendall(b"220 hello\r\n") or peer.recv(1000))
        result = weir("cp", self.source, endpoint.replace("tcp:", "tls:"))
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, rf"^weir: .*wrong version number.*, '{endpoint.replace('tcp:', 'tls:')}'\n$")

    @unittest.skipUnless(shutil.which("cc"), "there is no cc")
    @unittest.skipIf(os.environ.get("WEIR_SANITIZE"), "a sanitizer has to be loaded first")
    def test_a_peer_that_is_silent_is_given_up(self):
        _, endpoint = self.listener()
        endpoint = endpoint.replace("tcp:", "tls:")
        message = f"Error [ERR_TLS_HANDSHAKE_TIMEOUT]: TLS handshake timeout, '{endpoint}'"
        environment = self.fast_time()
        for arguments in (self.source, endpoint), (endpoint, self.file):
            self.assert_fails(weir("cp", *arguments, env=environment), 1, message)
        self.assertFalse(self.file.exists())

    def test_authorities_that_are_none(self):
        missing = self.folder / "missing"
        self.assert_fails(weir("cp", self.source, "tls://localhost:1", "--ca", missing), 1,
                          f"ENOENT: no such file or directory, open '{missing}'")
        self.assert_fails(weir("cp", self.source, "tls://localhost:1", "--ca", self.source), 1,
                          f"no certificate found in '{self.source}'")

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


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
class TlsListenTest(TlsNetworkTest):
    def listen(self, *arguments, **options):
        """Starts the command as a listener with the certificate; returns it and its port."""
        process = self.start("cp", *arguments, "--cert", self.cert, "--key", self.key, **options)
        return process, self.said_port(process)

    def connect(self, port, cert=None, key=None):
        context = ssl.create_default_context(cafile=self.cert)
        if cert:
            context.load_cert_chain(cert, key)
        peer = self.kept(socket.create_connection((LOCAL, port), PATIENCE))
        return self.kept(context.wrap_socket(peer, server_hostname="localhost"))

    def test_the_first_peer_to_connect_receives_it(self):
        process, port = self.listen(self.source, ANY_TLS_PORT)
        peer = self.connect(port)
        self.assertEqual(read_all(peer), CONTENT)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((LOCAL, port), PATIENCE)
        self.assertIsNone(process.poll())
        peer.unwrap().close()
        self.assert_ends(process)

    def test_the_first_peer_to_connect_sends_it(self):
        process, port = self.listen(ANY_TLS_PORT, self.file)
        peer = self.connect(port)
        peer.sendall(CONTENT)
        peer.unwrap().close()
        self.assert_ends(process)
        self.assertEqual(self.file.read_bytes(), CONTENT)

    def test_weir_at_both_ends(self):
        process, port = self.listen(self.source, ANY_TLS_PORT, "--zstd")
        self.assert_done(weir("cp", f"tls://localhost:{port}", self.file, "--ca", self.cert, "--unzstd"))
        self.assert_ends(process)
        self.assertEqual(self.file.read_bytes(), CONTENT)
        process, port = self.listen(ANY_TLS_PORT, self.file)
        self.assert_done(weir("cp", self.source, self.source, f"tls://localhost:{port}", "--ca", self.cert))
        self.assert_ends(process)
        self.assertEqual(self.file.read_bytes(), CONTENT * 2)

    def test_openssl_receives(self):
        process, port = self.listen(self.source, ANY_TLS_PORT)
        result = bash('openssl s_client -connect "localhost:$PORT" -CAfile "$CERT" -quiet '
                      '-verify_return_error -verify_hostname localhost < /dev/null | sha256sum',
                      PORT=port, CERT=self.cert)
        self.assertTrue(result.stdout.startswith(hashlib.sha256(CONTENT).hexdigest()), result)
        self.assert_ends(process)

    def test_openssl_sends(self):
        for version in "-tls1_2", "-tls1_3":
            with self.subTest(version=version):
                process, port = self.listen(ANY_TLS_PORT, self.file)
                result = bash('openssl s_client -connect "localhost:$PORT" -CAfile "$CERT" '
                              '-verify_return_error -no_ign_eof -nocommands $VERSION < "$SOURCE"',
                              PORT=port, CERT=self.cert, SOURCE=self.source, VERSION=version)
                self.assertEqual(result.returncode, 0, result)
                self.assert_ends(process)
                self.assertEqual(self.file.read_bytes(), CONTENT)

    @unittest.skipUnless(shutil.which("curl"), "there is no curl")
    def test_curl_receives_an_answer(self):
        self.source.write_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000)
        process, port = self.listen(self.source, ANY_TLS_PORT)
        result = bash('curl -sS --noproxy "*" --cacert "$CERT" "https://localhost:$PORT/" | sha256sum',
                      PORT=port, CERT=self.cert)
        self.assertTrue(result.stdout.startswith(hashlib.sha256(b"x" * 2_000_000).hexdigest()), result)
        self.assert_ends(process)

    def test_the_key_may_be_in_the_certificates_file(self):
        both = self.folder / "both.pem"
        both.write_bytes(self.key.read_bytes() + self.cert.read_bytes())
        process = self.start("cp", self.source, ANY_TLS_PORT, "--cert", both)
        endpoint = f"tls://localhost:{self.said_port(process)}"
        self.assert_done(weir("cp", endpoint, self.file, "--ca", self.cert))
        self.assert_ends(process)

    def test_a_peer_that_is_cut_off(self):
        self.file.write_bytes(b"old")
        process, port = self.listen(ANY_TLS_PORT, self.file)
        peer = self.connect(port)
        peer.sendall(CONTENT)
        peer.shutdown(socket.SHUT_WR)  # TCP's end, and not TLS's
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assertIn("ERR_SSL_UNEXPECTED_EOF_WHILE_READING", process.stderr.read().decode())
        self.assertEqual(self.file.read_bytes(), b"old")

    def test_a_client_without_a_handshake_delays_no_other(self):
        process, port = self.listen(self.source, ANY_TLS_PORT)
        silent = self.kept(socket.create_connection((LOCAL, port), PATIENCE))
        stranger = self.kept(socket.create_connection((LOCAL, port), PATIENCE))
        stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
        self.assertIn("connection rejected: ERR_SSL_HTTP_REQUEST", process.stderr.readline().decode())
        peer = self.connect(port)
        self.assertEqual(read_all(peer), CONTENT)
        self.assertEqual(read_all(silent), b"")
        peer.unwrap().close()
        self.assert_ends(process)

    @unittest.skipUnless(shutil.which("cc"), "there is no cc")
    @unittest.skipIf(os.environ.get("WEIR_SANITIZE"), "a sanitizer has to be loaded first")
    def test_a_client_that_is_silent_is_given_up(self):
        process, port = self.listen(self.source, ANY_TLS_PORT, env=self.fast_time())
        silent = self.kept(socket.create_connection((LOCAL, port), PATIENCE))
        self.assertEqual(read_all(silent), b"")
        self.assertIn("connection rejected: Error [ERR_TLS_HANDSHAKE_TIMEOUT]: TLS handshake timeout",
                      process.stderr.readline().decode())

    def test_a_client_certificate_may_be_required(self):
        cert, key = self.certificate("DNS:client", "client-")
        other_cert, other_key = self.certificate("DNS:client", "other-")
        process, port = self.listen(self.source, ANY_TLS_PORT, "--ca", cert)
        endpoint = f"tls://localhost:{port}"
        result = weir("cp", endpoint, self.file, "--ca", self.cert)
        self.assertEqual(result.returncode, 1)
        self.assertIn("connection rejected: ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
                      process.stderr.readline().decode())
        result = weir("cp", endpoint, self.file, "--ca", self.cert, "--cert", other_cert,
                      "--key", other_key)
        self.assertEqual(result.returncode, 1)
        self.assertIn("connection rejected: DEPTH_ZERO_SELF_SIGNED_CERT", process.stderr.readline().decode())
        self.assertFalse(self.file.exists())
        self.assert_done(weir("cp", endpoint, self.file, "--ca", self.cert, "--cert", cert,
                              "--key", key))
        self.assert_ends(process)
        self.assertEqual(self.file.read_bytes(), CONTENT)

    def test_an_interrupt_during_a_handshake(self):
        process, port = self.listen(ANY_TLS_PORT, self.file)
        silent = self.kept(socket.create_connection((LOCAL, port), PATIENCE))
        stranger = self.kept(socket.create_connection((LOCAL, port), PATIENCE))
        stranger.sendall(b"no TLS")
        self.assertIn("connection rejected", process.stderr.readline().decode())  # so both were accepted
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), -signal.SIGINT)
        self.assertEqual(read_all(silent), b"")
        self.assertFalse(self.file.exists())

    def test_a_port_that_is_taken(self):
        server, endpoint = self.listener()
        endpoint = endpoint.replace("tcp:", "tls-listen:")
        result = weir("cp", self.source, endpoint, "--cert", self.cert, "--key", self.key)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("listen EADDRINUSE: address already in use", result.stderr)

    def test_a_listener_needs_a_certificate(self):
        for words in (self.source, ANY_TLS_PORT), (ANY_TLS_PORT, self.file), \
                     (self.source, self.file, "--tee", ANY_TLS_PORT):
            result = weir("cp", *words)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertEqual(result.stderr, f"weir: cp: '{ANY_TLS_PORT}': a certificate is required, "
                                            "--cert FILE\nTry 'weir --help'.\n")
        result = weir("cp", self.source, ANY_TLS_PORT, "--key", self.key)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("--key requires --cert", result.stderr)

    def test_certificates_and_keys_that_are_none(self):
        missing = self.folder / "missing"
        other_cert, other_key = self.certificate("DNS:other", "other-")
        locked = self.folder / "locked.pem"
        bash('openssl pkey -in "$KEY" -aes256 -passout pass:secret -out "$LOCKED"', KEY=self.key,
             LOCKED=locked)
        broken = self.folder / "broken.pem"
        broken.write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
        for cert, key, why in (
                (missing, self.key, f"ENOENT: no such file or directory, open '{missing}'"),
                (self.cert, missing, f"ENOENT: no such file or directory, open '{missing}'"),
                (self.folder, self.key, f"EISDIR: illegal operation on a directory, open '{self.folder}'"),
                (self.key, self.key, f"no certificate found in '{self.key}'"),
                (self.cert, self.cert, f"no key found in '{self.cert}'"),
                (self.cert, other_key, "ERR_OSSL_X509_KEY_VALUES_MISMATCH: .*"),
                (self.cert, locked, "ERR_OSSL_.*"),
                (broken, self.key, "ERR_OSSL_.*")):
            with self.subTest(cert=cert, key=key):
                result = weir("cp", self.source, ANY_TLS_PORT, "--cert", cert, "--key", key)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertRegex(result.stderr, f"^weir: {why}\n$")

    def test_endpoints_that_are_none(self):
        for endpoint in "tls-listen://", "tls-listen://localhost", "tls-listen://::1:80":
            result = weir("cp", self.source, endpoint, "--cert", self.cert, "--key", self.key)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertIn(f"cp: '{endpoint}': ", result.stderr)


if __name__ == "__main__":
    unittest.main()
