"""weir cp over TCP and unix sockets: to and from Python, nc, socat and Node."""

import gzip
import hashlib
import json
import os
import shutil
import signal
import socket
import struct
import threading
import unittest

from support import PATIENCE, CliTest, bash, lines, open_files, wait_until, weir

CONTENT = lines(100_000)
LOCAL = "127.0.0.1"
ANY_PORT = f"tcp-listen://{LOCAL}:0"


def read_all(peer):
    received = bytearray()
    while block := peer.recv(1 << 16):
        received += block
    return bytes(received)


def reset_on_close(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class NetworkTest(CliTest):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "in"
        self.source.write_bytes(CONTENT)
        self.path = self.folder / "socket"

    def others(self):
        return sorted(path.name for path in self.folder.iterdir()
                      if path not in (self.source, self.file))

    def has_temporary(self, process):
        """Also one without a name."""
        return any(name.startswith(f"{self.folder}/") and name != str(self.source)
                   for name in open_files(process.pid))

    def kept(self, peer):
        peer.settimeout(PATIENCE)
        self.addCleanup(peer.close)
        return peer

    def listener(self, family=socket.AF_INET):
        """A socket that listens, and the endpoint that leads to it."""
        server = self.kept(socket.socket(family))
        if family == socket.AF_UNIX:
            server.bind(str(self.path))
            endpoint = f"unix:{self.path}"
        else:
            server.bind((LOCAL if family == socket.AF_INET else "::1", 0))
            host, port = server.getsockname()[:2]
            endpoint = f"tcp://{host}:{port}" if family == socket.AF_INET else f"tcp://[{host}]:{port}"
        server.listen()
        return server, endpoint

    def serve(self, act, family=socket.AF_INET):
        """Calls `act` with the first connection. Returns the endpoint and a function that waits for its result."""
        server, endpoint = self.listener(family)
        result = []

        def accept():
            peer, _ = server.accept()
            with peer:
                peer.settimeout(PATIENCE)
                result.append(act(peer))
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()

        def wait():
            thread.join(PATIENCE)
            return result[0]
        return endpoint, wait

    def said_port(self, process):
        said = process.stderr.readline().decode()
        self.assertRegex(said, r"^weir: listening on .*:\d+\n$")
        return int(said.rsplit(":", 1)[1])

    def dial(self, process, host=LOCAL):
        return self.kept(socket.create_connection((host, self.said_port(process)), PATIENCE))

    def dial_path(self):
        peer = self.kept(socket.socket(socket.AF_UNIX))

        def connects():
            try:
                peer.connect(str(self.path))
                return True
            except (FileNotFoundError, ConnectionRefusedError):
                return False
        wait_until(connects, "somebody listens")
        return peer

    def assert_ends(self, process, status=0, said=""):
        # Its input stays open until then.
        self.assertEqual((process.wait(PATIENCE), process.stderr.read().decode()), (status, said))


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as server:
            server.bind(("::1", 0))
        return True
    except OSError:
        return False


class DestinationTest(NetworkTest):
    def test_a_listening_peer_receives_it(self):
        families = [socket.AF_INET, socket.AF_UNIX] + [socket.AF_INET6] * has_ipv6()
        for family in families:
            for options in [], ["--plain"]:
                with self.subTest(family=family, options=options):
                    self.path.unlink(missing_ok=True)
                    endpoint, received = self.serve(read_all, family)
                    self.assert_done(weir("cp", self.source, endpoint, *options))
                    self.assertEqual(received(), CONTENT)

    def test_a_name(self):
        endpoint, received = self.serve(read_all)
        self.assert_done(weir("cp", self.source, endpoint.replace(LOCAL, "localhost")))
        self.assertEqual(received(), CONTENT)

    def test_the_first_peer_to_connect_receives_it(self):
        process = self.start("cp", self.source, ANY_PORT)
        peer = self.dial(process)
        self.assertEqual(read_all(peer), CONTENT)
        # The listener is closed, and the process waits for the one connection.
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(peer.getpeername(), PATIENCE)
        self.assertIsNone(process.poll())
        peer.close()
        self.assert_ends(process)

    def test_the_first_peer_to_connect_to_a_path_receives_it(self):
        process = self.start("cp", self.source, f"unix-listen:{self.path}")
        peer = self.dial_path()
        self.assertEqual(read_all(peer), CONTENT)
        self.assertFalse(self.path.exists())
        peer.close()
        self.assert_ends(process)

    def test_all_addresses(self):
        process = self.start("cp", self.source, "tcp-listen://:0")
        self.assertEqual(read_all(peer := self.dial(process)), CONTENT)
        peer.close()
        self.assert_ends(process)

    def test_an_empty_source(self):
        self.source.write_bytes(b"")
        endpoint, received = self.serve(read_all)
        self.assert_done(weir("cp", self.source, endpoint))
        self.assertEqual(received(), b"")

    def test_a_peer_that_sends_data_and_ends_still_receives_it(self):
        process = self.start("cp", self.source, ANY_PORT)
        peer = self.dial(process)
        peer.sendall(b"GET it\n" * 10_000)
        peer.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(peer), CONTENT)
        self.assert_ends(process)

    def test_standard_input(self):
        endpoint, received = self.serve(read_all)
        self.assert_done(weir("cp", self.source, "-", endpoint, input="typed\n"))
        self.assertEqual(received(), CONTENT + b"typed\n")

    def test_every_tee_gets_all(self):
        first, received = self.serve(read_all)
        process = self.start("cp", self.source, self.file, "--tee", first, "--tee", ANY_PORT)
        peer = self.dial(process)
        self.assertEqual(read_all(peer), CONTENT)
        peer.close()
        self.assert_ends(process)
        self.assertEqual(received(), CONTENT)
        self.assertEqual(self.file.read_bytes(), CONTENT)

    def test_compressed(self):
        endpoint, received = self.serve(read_all)
        self.assert_done(weir("cp", self.source, endpoint, "--gzip"))
        self.assertEqual(gzip.decompress(received()), CONTENT)

    def test_a_summary(self):
        process = self.start("cp", self.source, ANY_PORT, "--json")
        where = json.loads(process.stderr.readline())["listening"]
        host, port = where.rsplit(":", 1)
        with socket.create_connection((host, int(port)), PATIENCE) as peer:
            self.assertEqual(read_all(peer), CONTENT)
        printed, said = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, said), (0, b""))
        summary = json.loads(printed)
        self.assertEqual(summary["bytes_read"], len(CONTENT))
        self.assertEqual([(d["name"], d["bytes"]) for d in summary["destinations"]],
                         [(ANY_PORT, len(CONTENT))])


class SourceTest(NetworkTest):
    def test_the_data_of_a_listening_peer(self):
        for family in socket.AF_INET, socket.AF_UNIX:
            with self.subTest(family=family):
                endpoint, said = self.serve(lambda peer: peer.sendall(CONTENT), family)
                self.assert_done(weir("cp", endpoint, self.file))
                said()
                self.assertEqual(self.file.read_bytes(), CONTENT)
                self.file.unlink()

    def test_the_data_of_the_first_peer_to_connect(self):
        process = self.start("cp", ANY_PORT, self.file)
        with self.dial(process) as peer:
            peer.sendall(CONTENT)
        self.assert_ends(process)
        self.assertEqual(self.file.read_bytes(), CONTENT)
        self.file.unlink()
        process = self.start("cp", f"unix-listen:{self.path}", self.file)
        with self.dial_path() as peer:
            peer.sendall(CONTENT)
        self.assert_ends(process)
        self.assertEqual(self.file.read_bytes(), CONTENT)

    def test_several_sources_in_order(self):
        first, _ = self.serve(lambda peer: peer.sendall(b"first\n"))
        second, _ = self.serve(lambda peer: peer.sendall(b"second\n"))
        self.assert_done(weir("cp", first, self.source, second, "-", self.file, input="typed\n"))
        self.assertEqual(self.file.read_bytes(), b"first\n" + CONTENT + b"second\ntyped\n")

    def test_to_standard_output(self):
        endpoint, _ = self.serve(lambda peer: peer.sendall(CONTENT))
        result = weir("cp", endpoint, "-")
        self.assertEqual((result.returncode, result.stdout.encode()), (0, CONTENT))

    def test_from_socket_to_socket(self):
        to, received = self.serve(read_all)
        process = self.start("cp", ANY_PORT, to)
        with self.dial(process) as peer:
            peer.sendall(CONTENT)
        self.assert_ends(process)
        self.assertEqual(received(), CONTENT)

    def test_both_ends_are_weir(self):
        sender = self.start("cp", self.source, f"unix-listen:{self.path}", "--zstd")
        wait_until(self.path.exists, "a socket")
        self.assert_done(weir("cp", f"unix:{self.path}", self.file, "--unzstd"))
        self.assert_ends(sender)
        self.assertEqual(self.file.read_bytes(), CONTENT)

    def test_decompressed(self):
        endpoint, _ = self.serve(lambda peer: peer.sendall(gzip.compress(CONTENT)))
        self.assert_done(weir("cp", endpoint, self.file, "--gunzip"))
        self.assertEqual(self.file.read_bytes(), CONTENT)


class PaceTest(NetworkTest):
    MOST = 16 << 20

    def setUp(self):
        super().setUp()
        with open(self.source, "wb") as file:
            file.truncate(64 << 20)

    def assert_little_memory(self, summary):
        if not os.environ.get("WEIR_SANITIZE"):  # which have memory of their own
            self.assertLess(summary["memory_peak_bytes"], self.MOST)

    def test_a_slow_reader_sets_it(self):
        for options in [], ["--plain"]:
            with self.subTest(options=options):
                server, endpoint = self.listener()
                process = self.start("cp", self.source, endpoint, "--tee", self.file, "--in-place",
                                     "--json", *options)
                peer = self.kept(server.accept()[0])
                size = len(peer.recv(1000))
                wait_until(lambda: self.file.exists() and self.file.stat().st_size > 0, "a beginning")
                self.assertLess(self.file.stat().st_size, 32 << 20)
                size += len(read_all(peer))
                peer.close()
                printed, _ = process.communicate(timeout=PATIENCE)
                self.assertEqual((process.returncode, size), (0, 64 << 20))
                self.assertEqual(self.file.stat().st_size, 64 << 20)
                self.assert_little_memory(json.loads(printed))
                self.file.unlink()

    def test_a_slow_destination_sets_it(self):
        fifo = self.fifo()
        process = self.start("cp", ANY_PORT, fifo, "--json")
        where = json.loads(process.stderr.readline())["listening"]
        peer = self.kept(socket.create_connection((LOCAL, int(where.rsplit(":", 1)[1])), PATIENCE))
        with open(fifo, "rb") as reader:
            sent = 0
            peer.settimeout(1)  # no more is read: a timeout is not a lack of speed
            try:
                while sent < 64 << 20:
                    sent += peer.send(bytes(1 << 16))
            except TimeoutError:
                pass
            self.assertLess(sent, 32 << 20)
            peer.close()
            self.assertEqual(len(reader.read()), sent)
        printed, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0)
        self.assert_little_memory(json.loads(printed))


class FailureTest(NetworkTest):
    def setUp(self):
        super().setUp()
        self.file.write_bytes(b"old")

    def assert_old_file_is_whole(self):
        self.assertEqual(self.file.read_bytes(), b"old")

    def free_port(self):
        """A port without a listener: the socket that holds it does not listen."""
        holder = self.kept(socket.socket())
        holder.bind((LOCAL, 0))
        return holder.getsockname()[1]

    def test_refused(self):
        port = self.free_port()
        endpoint = f"tcp://{LOCAL}:{port}"
        message = f"connect ECONNREFUSED {LOCAL}:{port}"
        self.assert_fails(weir("cp", self.source, endpoint), 1, message)
        self.assert_fails(weir("cp", endpoint, self.file), 1, message)
        self.assert_fails(weir("cp", self.source, self.file, "--tee", endpoint), 1, message)
        self.assert_old_file_is_whole()
        self.assertEqual(self.others(), [])

    def test_an_unknown_name(self):
        result = weir("cp", self.source, "tcp://nowhere.invalid:80")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        # Without a network, the resolver cannot tell whether the name exists.
        self.assertRegex(result.stderr,
                         r"^weir: getaddrinfo (ENOTFOUND|EAI_AGAIN) nowhere\.invalid\n$")

    def test_a_port_in_use(self):
        server, endpoint = self.listener()
        port = server.getsockname()[1]
        for arguments in (self.source, f"tcp-listen://{LOCAL}:{port}"), \
                         (f"tcp-listen://{LOCAL}:{port}", self.file):
            self.assert_fails(weir("cp", *arguments), 1,
                              f"listen EADDRINUSE: address already in use {LOCAL}:{port}")
        self.assert_old_file_is_whole()

    def test_a_path_that_is_there_already(self):
        self.path.write_bytes(b"something else")
        self.assert_fails(weir("cp", self.source, f"unix-listen:{self.path}"), 1,
                          f"listen EADDRINUSE: address already in use {self.path}")
        self.assertEqual(self.path.read_bytes(), b"something else")

    def test_no_socket_at_the_path(self):
        self.assert_fails(weir("cp", self.source, f"unix:{self.path}"), 1,
                          f"connect ENOENT {self.path}")

    def test_a_destination_that_resets(self):
        with open(self.source, "wb") as file:
            file.truncate(64 << 20)

        def act(peer):
            peer.recv(1000)
            reset_on_close(peer)
        for options in [], ["--plain"]:
            with self.subTest(options=options):
                endpoint, _ = self.serve(act)
                result = weir("cp", self.source, self.file, "--tee", endpoint, *options)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertRegex(
                    result.stderr,
                    rf"^weir: (ECONNRESET|EPIPE): [a-z ]+, (read|write) '{endpoint}'\n$")
                self.assert_old_file_is_whole()

    def test_a_destination_that_resets_after_it_has_read_all(self):
        def act(peer):
            read_all(peer)
            reset_on_close(peer)
        endpoint, _ = self.serve(act)
        self.assert_fails(weir("cp", self.source, endpoint), 1,
                          f"ECONNRESET: connection reset by peer, read '{endpoint}'")

    def test_a_source_that_resets(self):
        server, endpoint = self.listener()
        fifo = self.fifo()
        process = self.start("cp", endpoint, self.file, "--tee", fifo)
        with server.accept()[0] as peer:
            peer.sendall(b"new")
            with open(fifo, "rb") as reader:
                reader.read(3)
                reset_on_close(peer)
                peer.close()
                self.assertEqual(reader.read(), b"")
        self.assert_ends(process, 1,
                         f"weir: ECONNRESET: connection reset by peer, read '{endpoint}'\n")
        self.assert_old_file_is_whole()

    def test_a_failed_copy_resets_its_peer(self):
        with open(self.source, "wb") as file:
            file.truncate(64 << 20)

        def act(peer):
            try:
                return len(read_all(peer))
            except ConnectionResetError:
                return "reset"
        endpoint, received = self.serve(act)
        result = weir("cp", self.source, "/dev/full", "--tee", endpoint)
        self.assert_fails(result, 1, "ENOSPC: no space left on device, write '/dev/full'")
        self.assertEqual(received(), "reset")

    def test_a_sender_that_is_killed_is_no_end(self):
        for number in signal.SIGKILL, signal.SIGHUP:
            for first in "sender", "receiver":  # to listen
                with self.subTest(signal=number, listens=first):
                    if first == "sender":
                        sender = self.start("cp", "-", ANY_PORT)
                        receiver = self.start("cp", f"tcp://{LOCAL}:{self.said_port(sender)}",
                                              self.file, "--tee", "-")
                    else:
                        receiver = self.start("cp", ANY_PORT, self.file, "--tee", "-")
                        sender = self.start("cp", "-", f"tcp://{LOCAL}:{self.said_port(receiver)}")
                    sender.stdin.write(b"half\n")
                    sender.stdin.flush()
                    self.assertEqual(receiver.stdout.readline(), b"half\n")
                    sender.send_signal(number)
                    self.assertEqual(receiver.wait(PATIENCE), 1)
                    self.assertIn("ECONNRESET: connection reset by peer, read",
                                  receiver.stderr.read().decode())
                    self.assert_old_file_is_whole()
                    self.assertEqual(self.others(), [])

    def test_a_receiver_that_cannot_keep_it_is_no_end(self):
        """However little it is, and however late it fails: the sender does not believe it was kept."""
        for content in b"x", CONTENT:
            with self.subTest(size=len(content)):
                receiver = self.start("cp", ANY_PORT, "/dev/full")
                result = weir("cp", "-", f"tcp://{LOCAL}:{self.said_port(receiver)}",
                              input=content.decode())
                self.assertEqual(receiver.wait(PATIENCE), 1)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertIn("ECONNRESET", result.stderr)

    def test_a_receiver_that_cannot_put_it_in_place_is_no_end(self):
        self.file.unlink()
        receiver = self.start("cp", ANY_PORT, self.file)
        peer = self.dial(receiver)
        peer.sendall(b"new")
        wait_until(lambda: self.has_temporary(receiver), "a temporary file")
        self.file.mkdir()
        peer.shutdown(socket.SHUT_WR)
        with self.assertRaises(ConnectionResetError):
            peer.recv(1)
        self.assertEqual(receiver.wait(PATIENCE), 1)

    def test_the_end_follows_the_copy_in_place(self):
        for family in socket.AF_INET, socket.AF_UNIX:
            with self.subTest(family=family):
                if family == socket.AF_INET:
                    receiver = self.start("cp", ANY_PORT, self.file)
                    peer = self.dial(receiver)
                else:
                    receiver = self.start("cp", f"unix-listen:{self.path}", self.file)
                    peer = self.dial_path()
                peer.sendall(b"new")
                peer.shutdown(socket.SHUT_WR)
                self.assertEqual(peer.recv(1), b"")
                self.assertEqual(self.file.read_bytes(), b"new")
                self.assert_ends(receiver)
                self.file.write_bytes(b"old")

    def test_the_next_sender_need_not_wait_for_the_copy(self):
        receiver = self.start("cp", f"unix-listen:{self.path}", ANY_PORT, self.file)
        first = self.dial_path()
        first.sendall(b"one ")
        first.shutdown(socket.SHUT_WR)
        self.assertEqual(first.recv(1), b"")
        second = self.dial(receiver)
        second.sendall(b"two")
        second.shutdown(socket.SHUT_WR)
        self.assertEqual(second.recv(1), b"")
        self.assert_ends(receiver)
        self.assertEqual(self.file.read_bytes(), b"one two")

    def test_a_receiver_that_is_killed_is_no_end(self):
        for first in "sender", "receiver":
            with self.subTest(listens=first):
                if first == "sender":
                    sender = self.start("cp", "-", ANY_PORT)
                    receiver = self.start("cp", f"tcp://{LOCAL}:{self.said_port(sender)}", "-")
                else:
                    receiver = self.start("cp", ANY_PORT, "-")
                    sender = self.start("cp", "-", f"tcp://{LOCAL}:{self.said_port(receiver)}")
                sender.stdin.write(b"half\n")
                sender.stdin.flush()
                self.assertEqual(receiver.stdout.readline(), b"half\n")
                receiver.kill()
                self.assertEqual(sender.wait(PATIENCE), 1)
                self.assertIn("ECONNRESET: connection reset by peer, read",
                              sender.stderr.read().decode())

    @unittest.skipUnless(shutil.which("strace"), "there is no strace")
    @unittest.skipIf(os.environ.get("WEIR_SANITIZE"), "a sanitizer is not to be traced")
    def test_a_send_that_the_system_refuses_is_no_end(self):
        with open(self.source, "wb") as file:
            file.truncate(64 << 20)
        for error in "ENOBUFS", "ENOMEM":
            with self.subTest(error=error):
                receiver = self.start("cp", ANY_PORT, self.file)
                result = bash('strace -f -o /dev/null -e trace=sendto '
                              '-e inject="sendto:error=$ERROR:when=10" '
                              '"$WEIR" cp --plain "$SOURCE" "$TO"',
                              ERROR=error, SOURCE=self.source,
                              TO=f"tcp://{LOCAL}:{self.said_port(receiver)}")
                if "ptrace" in result.stderr.lower():
                    self.skipTest("nothing can be traced here")
                self.assertEqual(result.returncode, 1)
                self.assertIn(error, result.stderr)
                self.assertEqual(receiver.wait(PATIENCE), 1)
                self.assertIn("ECONNRESET", receiver.stderr.read().decode())
                self.assert_old_file_is_whole()

    def test_an_interrupt(self):
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(signal=number):
                process = self.start("cp", "-", ANY_PORT)
                peer = self.dial(process)
                process.stdin.write(b"new")
                process.stdin.flush()
                self.assertEqual(peer.recv(100), b"new")
                process.send_signal(number)
                self.assert_ends(process, -number, "weir: interrupted\n")
                with self.assertRaises(ConnectionResetError):
                    peer.recv(100)

    def test_an_interrupt_before_a_peer_has_connected(self):
        process = self.start("cp", f"unix-listen:{self.path}", self.file)
        wait_until(self.path.exists, "a socket")
        process.send_signal(signal.SIGINT)
        self.assert_ends(process, -signal.SIGINT, "weir: interrupted: nothing was replaced\n")
        self.assertFalse(self.path.exists())
        self.assert_old_file_is_whole()
        self.assertEqual(self.others(), [])

    def test_an_interrupt_while_it_connects(self):
        server, endpoint = self.listener()
        server.listen(0)
        # The accept queue is full: further connections wait for a place in it.
        crowd = [self.kept(socket.socket()) for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        process = self.start("cp", self.source, self.file, "--tee", endpoint)
        wait_until(lambda: self.has_temporary(process), "a temporary file")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assert_old_file_is_whole()

    def test_a_reader_that_has_enough(self):
        endpoint, _ = self.serve(lambda peer: peer.sendall(CONTENT))
        result = bash('"$WEIR" cp "$FROM" - | head -n 1; exit ${PIPESTATUS[0]}', FROM=endpoint)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (141, "Line 0\n", ""))


class UsageTest(NetworkTest):
    def assert_refused(self, endpoint, why):
        for arguments in (self.source, endpoint), (endpoint, self.file), \
                         (self.source, self.file, "--tee", endpoint):
            with self.subTest(arguments=arguments):
                result = weir("cp", *arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertEqual(result.stderr,
                                 f"weir: cp: '{endpoint}': {why}\nTry 'weir --help'.\n")
                self.assertFalse(self.file.exists())

    def test_ports_that_are_none(self):
        for port in "", "http", "-1", "65536", "80/", "0x50", "8 0":
            self.assert_refused(f"tcp://{LOCAL}:{port}", f"'{port}' is not a port")
            self.assert_refused(f"tcp-listen://{LOCAL}:{port}", f"'{port}' is not a port")
        self.assert_refused(f"tcp://{LOCAL}", "the port is missing")
        self.assert_refused("tcp-listen://", "the port is missing")
        self.assert_refused(f"tcp://{LOCAL}:0", "port 0 is valid only for listening")

    def test_hosts_that_are_none(self):
        self.assert_refused("tcp://:80", "the host is missing")
        self.assert_refused("tcp://::1:80",
                            "'::1' is not a host name; write an IPv6 address in brackets")
        self.assert_refused("tcp://[::g]:80", "'::g' is not an IPv6 address")
        self.assert_refused("tcp://[127.0.0.1]:80", "'127.0.0.1' is not an IPv6 address")
        self.assert_refused("tcp-listen://me@here:80",
                            "'me@here' is not a host name; write an IPv6 address in brackets")

    def test_paths_that_are_none(self):
        self.assert_refused("unix:", "the path is missing")
        self.assert_refused("unix-listen:", "the path is missing")

    def test_a_scheme_that_is_none(self):
        for name in "ftp://here/file", "FTP://here/file", "S3://here", "Http+Unix://here":
            self.assert_refused(name, "unknown scheme; to name a file, write './...'")

    def test_a_scheme_has_no_case(self):
        self.assert_refused("TCP://here", "the port is missing")
        self.assert_refused("Tcp-Listen://here", "the port is missing")
        self.assert_refused("TLS://here", "the port is missing")
        self.assert_refused("Tls-Listen://here", "the port is missing")
        self.assert_refused("UNIX:", "the path is missing")
        self.assert_refused("Unix-Listen:", "the path is missing")

    def test_a_file_may_have_an_endpoints_name(self):
        self.assert_done(weir("cp", self.source, "./unix:name", cwd=self.folder))
        self.assertEqual((self.folder / "unix:name").read_bytes(), CONTENT)


class SystemTest(NetworkTest):
    """The system's own programs as peers."""

    @unittest.skipUnless(shutil.which("nc"), "there is no nc")
    def test_nc_receives(self):
        process = self.start("cp", self.source, ANY_PORT)
        result = bash('nc -d 127.0.0.1 "$PORT"', PORT=self.said_port(process))
        self.assertEqual(result.stdout.encode(), CONTENT)
        self.assert_ends(process)

    @unittest.skipUnless(shutil.which("nc"), "there is no nc")
    def test_nc_sends(self):
        process = self.start("cp", ANY_PORT, self.file)
        result = bash('nc -N 127.0.0.1 "$PORT" < "$SOURCE"', PORT=self.said_port(process),
                      SOURCE=self.source)
        self.assertEqual(result.returncode, 0)
        self.assert_ends(process)
        self.assertEqual(self.file.read_bytes(), CONTENT)

    @unittest.skipUnless(shutil.which("socat"), "there is no socat")
    def test_socat_receives(self):
        process = self.start("cp", self.source, f"unix-listen:{self.path}")
        wait_until(self.path.exists, "a socket")
        result = bash('socat -u "UNIX-CONNECT:$SOCKET" STDOUT', SOCKET=self.path)
        self.assertEqual(result.stdout.encode(), CONTENT)
        self.assert_ends(process)

    @unittest.skipUnless(shutil.which("socat"), "there is no socat")
    def test_socat_sends(self):
        result = bash('''socat -u OPEN:"$SOURCE" "UNIX-LISTEN:$SOCKET" & sender=$!
            until [[ -S $SOCKET ]]; do :; done
            "$WEIR" cp "unix:$SOCKET" "$FILE" && wait $sender''',
                      SOURCE=self.source, SOCKET=self.path, FILE=self.file)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(self.file.read_bytes(), CONTENT)

    @unittest.skipUnless(shutil.which("node"), "there is no node")
    def test_a_node_server_reads_slowly(self):
        script = """
            const hash = require('crypto').createHash('sha256');
            const server = require('net').createServer((socket) => {
              server.close();
              socket.on('data', (chunk) => {
                hash.update(chunk);
                socket.pause();
                setTimeout(() => socket.resume(), 1);
              });
              socket.on('end', () => console.log(hash.digest('hex')));
            });
            server.listen(process.env.SOCKET);
        """
        result = bash('''node -e "$SCRIPT" & node=$!
            until [[ -S $SOCKET ]]; do :; done
            "$WEIR" cp "$SOURCE" "unix:$SOCKET" > /dev/null && wait $node''',
                      SCRIPT=script, SOCKET=self.path, SOURCE=self.source)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.strip(), hashlib.sha256(CONTENT).hexdigest())

    @unittest.skipUnless(shutil.which("node"), "there is no node")
    def test_a_node_client_sends_and_receives(self):
        script = """
            const net = require('net'), fs = require('fs'), { pipeline } = require('stream');
            const socket = net.connect(+process.env.PORT, '127.0.0.1');
            const failed = (error) => { if (error) throw error; };
            if (process.env.RECEIVES) pipeline(socket, process.stdout, failed);
            else pipeline(fs.createReadStream(process.env.SOURCE), socket, failed);
        """
        process = self.start("cp", self.source, ANY_PORT)
        result = bash('node -e "$SCRIPT"', SCRIPT=script, PORT=self.said_port(process), RECEIVES=1)
        self.assertEqual((result.returncode, result.stdout.encode()), (0, CONTENT))
        self.assert_ends(process)
        process = self.start("cp", ANY_PORT, self.file)
        result = bash('node -e "$SCRIPT"', SCRIPT=script, PORT=self.said_port(process),
                      SOURCE=self.source)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assert_ends(process)
        self.assertEqual(self.file.read_bytes(), CONTENT)

    @unittest.skipUnless(shutil.which("strace"), "there is no strace")
    @unittest.skipIf(os.environ.get("WEIR_SANITIZE"), "a sanitizer is not to be traced")
    def test_the_kernel_sends_a_file(self):
        for options, sends in ([], True), (["--plain"], False):
            with self.subTest(options=options):
                endpoint, received = self.serve(read_all)
                log = self.folder / "calls"
                result = bash('strace -f -e trace=sendfile -o "$LOG" "$WEIR" cp "$SOURCE" "$TO" $OPTIONS',
                              LOG=log, SOURCE=self.source, TO=endpoint, OPTIONS=" ".join(options))
                if "ptrace" in result.stderr.lower():
                    self.skipTest("nothing can be traced here")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(received(), CONTENT)
                self.assertEqual("sendfile(" in log.read_text(), sends)


if __name__ == "__main__":
    unittest.main()
