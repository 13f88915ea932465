"""weir cp to and from NATS JetStream: exact copies, whichever end is killed."""

import base64
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import unittest

from support import WEIR, CliTest, lines, wait_until, weir

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import nats_server  # noqa: E402

MESSAGES = int(os.environ.get("WEIR_NATS_MESSAGES", "20000"))


@unittest.skipUnless(nats_server.is_usable(WEIR), "nats-server is not installed, or weir was built without NATS")
class NatsServerTest(CliTest):
    def setUp(self):
        super().setUp()
        self.port = nats_server.free_port()
        self.source = self.folder / "in.txt"

    def start_server(self, more=""):
        config = self.folder / "server.conf"
        config.write_text(f'listen: 127.0.0.1:{self.port}\n'
                          f'jetstream {{ store_dir: "{self.folder}/store", max_file: 4G }}\n{more}')
        server = subprocess.Popen([nats_server.SERVER, "-c", str(config)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, server)
        wait_until(self.is_up, "the server listens")
        return server

    @staticmethod
    def end(server):
        server.kill()
        server.wait()

    def is_up(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def place(self, name, scheme="nats"):
        return f"{scheme}://127.0.0.1:{self.port}/{name}"


class NatsTest(NatsServerTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.content = lines(MESSAGES) + b"an open line"
        self.source.write_bytes(self.content)

    def publish(self):
        return weir("cp", self.source, self.place("logs.web?stream=LOGS"))

    def test_a_file_comes_back_byte_for_byte(self):
        sent = self.publish()
        self.assertEqual((sent.returncode, sent.stderr), (0, ""))
        got = weir("cp", self.place("LOGS"), self.file)
        self.assertEqual((got.returncode, got.stderr), (0, ""))
        self.assertEqual(self.file.read_bytes(), self.content)

    def test_a_second_copy_of_a_file_adds_what_was_added_to_it(self):
        self.publish()
        self.publish()
        weir("cp", self.place("LOGS"), self.file)
        self.assertEqual(self.file.read_bytes(), self.content)
        self.source.write_bytes(self.content + b"\nmore\n")
        self.publish()
        weir("cp", self.place("LOGS?from=last"), self.file)
        self.assertEqual(self.file.read_bytes(), b"more\n")
        weir("cp", self.place("LOGS"), self.file)
        self.assertEqual(self.file.read_bytes(), self.content + b"\nmore\n")

    def test_a_last_line_that_has_grown_is_sent_once(self):
        written = b""
        for part in b"one\ntw", b"o", b"o\nthree\n", b"four", b"\n", b"five":
            written += part
            self.source.write_bytes(written)
            self.assertEqual(self.publish().returncode, 0)
            weir("cp", self.place("LOGS"), self.file)
            self.assertEqual(self.file.read_bytes(), written)

    def test_a_source_that_is_missing_ends_a_copy_whose_destination_is_slower(self):
        copied = weir("cp", self.place("MISSING"), self.place("out?stream=OUT"))
        self.assertEqual(copied.returncode, 1)
        self.assertIn("ERR_NATS_NO_STREAM", copied.stderr)

    def test_a_sender_that_is_killed_and_run_again_sends_each_line_once(self):
        for _ in range(3):
            sender = self.start("cp", self.source, self.place("logs.web?stream=LOGS"))
            before = self.messages()
            wait_until(lambda: self.messages() > before or sender.poll() is not None, "some messages")
            sender.kill()
            sender.wait()
        self.assertEqual(self.publish().returncode, 0)
        weir("cp", self.place("LOGS"), self.file)
        self.assertEqual(self.file.read_bytes(), self.content)

    def messages(self):
        got = weir("cp", self.place("LOGS?from=last"), "-")
        return int(re.sub(r"\D", "", got.stdout.split("\n")[0]) or 0) if got.returncode == 0 else 0

    def test_a_reader_that_is_killed_and_run_again_has_each_line_once(self):
        self.publish()
        endpoint = self.place("LOGS?durable=copy")
        for _ in range(4):
            before = self.file.stat().st_size if self.file.exists() else 0
            reader = self.start("cp", endpoint, self.file)
            wait_until(lambda: reader.poll() is not None or
                       (self.file.exists() and self.file.stat().st_size > before), "some lines")
            reader.kill()
            reader.wait()
        last = weir("cp", endpoint, self.file)
        self.assertEqual((last.returncode, last.stderr), (0, ""))
        self.assertEqual(self.file.read_bytes(), self.content)

    def test_a_reader_whose_last_note_is_on_its_way_at_the_end_completes(self):
        self.source.write_bytes(b"one\ntwo\nthree\n")
        self.publish()
        for number in range(20):
            file = self.folder / f"copy{number}"
            got = weir("cp", self.place(f"LOGS?durable=copy{number}"), file)
            self.assertEqual((got.returncode, got.stderr), (0, ""))
            self.assertEqual(file.read_bytes(), b"one\ntwo\nthree\n")

    def test_a_server_that_is_killed_meanwhile_costs_no_line(self):
        sender = self.start("cp", self.source, self.place("logs.web?stream=LOGS"))
        wait_until(lambda: self.messages() > 0 or sender.poll() is not None, "some messages")
        self.end(self.server)
        self.start_server()
        _, errors = sender.communicate(timeout=60)
        self.assertEqual((sender.returncode, errors), (0, b""))
        weir("cp", self.place("LOGS"), self.file)
        self.assertEqual(self.file.read_bytes(), self.content)

    def test_follow_goes_on_until_it_is_interrupted(self):
        self.source.write_bytes(b"one\n")
        self.publish()
        reader = self.start("cp", "--follow", self.place("LOGS?durable=tail"), self.file)
        wait_until(lambda: self.file.exists() and self.file.read_bytes() == b"one\n", "the first line")
        self.source.write_bytes(b"one\ntwo\n")
        self.publish()
        wait_until(lambda: self.file.read_bytes() == b"one\ntwo\n", "the second line")
        reader.send_signal(signal.SIGINT)
        self.assertEqual(reader.wait(timeout=60), -signal.SIGINT)

    def test_a_changed_file_is_not_taken_for_the_copy(self):
        self.publish()
        weir("cp", self.place("LOGS?durable=copy"), self.file)
        self.file.write_bytes(b"short")
        again = weir("cp", self.place("LOGS?durable=copy"), self.file)
        self.assertEqual(again.returncode, 1)
        self.assertIn("is shorter than durable 'copy' has left it", again.stderr)
        other = self.folder / "other.txt"
        other.write_bytes(b"content")
        new = weir("cp", self.place("LOGS?durable=new"), other)
        self.assertIn("has content", new.stderr)
        self.assertEqual(other.read_bytes(), b"content")

    def test_lines_of_a_pipe_become_messages(self):
        sent = weir("cp", "-", self.place("logs.web?stream=LOGS"), input="a\nb\n")
        self.assertEqual(sent.returncode, 0)
        self.assertEqual(weir("cp", self.place("LOGS"), "-").stdout, "a\nb\n")

    def ask(self, call, **body):
        """The answer of JetStream's API."""
        return json.loads(self.request(f"$JS.API.{call}", json.dumps(body).encode()))

    def request(self, subject, data):
        with socket.create_connection(("127.0.0.1", self.port)) as client, client.makefile("rb") as answers:
            client.sendall(b"CONNECT {}\r\nSUB answer 1\r\nPUB %b answer %d\r\n%b\r\n" %
                           (subject.encode(), len(data), data))
            line = answers.readline()
            while not line.startswith(b"MSG"):
                line = answers.readline()
            return answers.read(int(line.split()[-1]))

    def messages_in(self, stream):
        return self.ask(f"STREAM.INFO.{stream}")["state"]["messages"]

    def store(self, content, place="files/object?replicas=1"):
        self.source.write_bytes(content)
        stored = weir("cp", "--whole", self.source, self.place(place))
        self.assertEqual((stored.returncode, stored.stderr), (0, ""))

    def fetched(self, place="files/object"):
        got = weir("cp", "--whole", self.place(place), self.file)
        self.assertEqual((got.returncode, got.stderr), (0, ""))
        return self.file.read_bytes()

    def test_an_object_comes_back_byte_for_byte(self):
        chunk = 128 << 10
        for size in 0, 1, chunk, chunk + 1, 5 << 20:
            with self.subTest(size=size):
                content = os.urandom(size)
                self.store(content)
                self.assertEqual(self.fetched(), content)
                self.assertEqual(self.messages_in("OBJ_files"), 1 + -(-size // chunk))

    def test_an_object_takes_the_name_of_its_file_and_gives_it_back(self):
        self.store(b"content", "files?replicas=1")
        self.assertEqual(self.fetched("files/in.txt"), b"content")
        self.store(b"other content", "files/a/b/")
        folder = self.folder / "folder"
        folder.mkdir()
        self.assertEqual(weir("cp", "--whole", self.place("files/a/b/in.txt"), folder).returncode, 0)
        self.assertEqual((folder / "in.txt").read_bytes(), b"other content")

    def test_several_sources_become_one_object(self):
        self.store(b"one\n", "files?replicas=1")
        self.assertEqual(weir("cp", "--whole", "--gzip", self.source, self.place("files/in.txt"), self.source,
                              self.place("files/all.gz")).returncode, 0)
        self.assertEqual(weir("cp", "--whole", "--gunzip", self.place("files/all.gz"), "-").stdout,
                         "one\none\none\n")

    def test_a_copy_that_is_killed_leaves_the_old_object(self):
        self.store(b"old")
        for how in signal.SIGKILL, signal.SIGINT:
            with self.subTest(how=how):
                before = self.messages_in("OBJ_files")
                copy = self.start("cp", "--whole", "-", self.place("files/object"), stdin=subprocess.PIPE)
                copy.stdin.write(bytes(1 << 20))
                copy.stdin.flush()
                wait_until(lambda: self.messages_in("OBJ_files") > before, "some chunks")
                copy.send_signal(how)
                self.assertEqual(copy.wait(timeout=60), -how)
                self.assertEqual(self.fetched(), b"old")

    def test_a_damaged_object_replaces_no_file(self):
        content = os.urandom(300_000)
        self.store(content)
        self.file.write_bytes(b"before")
        last = self.ask("STREAM.MSG.GET.OBJ_files", seq=3)["message"]
        self.ask("STREAM.MSG.DELETE.OBJ_files", seq=3)
        for problem in "2 of its 3 chunks are there", "its digest is another one":
            got = weir("cp", "--whole", self.place("files/object"), self.file)
            self.assertEqual(got.returncode, 1)
            self.assertIn("ERR_NATS_DAMAGED_OBJECT", got.stderr)
            self.assertIn(problem, got.stderr)
            self.assertEqual(self.file.read_bytes(), b"before")
            # A chunk of the same length, and other content.
            self.request(last["subject"], bytes(len(base64.b64decode(last["data"]))))

    def test_a_durable_of_one_file_does_not_cut_another(self):
        self.source.write_bytes(b"one\ntwo\n")
        self.publish()
        place = self.place("LOGS?durable=copy")
        self.assertEqual(weir("cp", place, self.file).returncode, 0)
        other = self.folder / "other"
        other.write_bytes(b"important, and longer than the copy")
        refused = weir("cp", place, other)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("durable 'copy' is of another file", refused.stderr)
        self.assertEqual(other.read_bytes(), b"important, and longer than the copy")
        self.assertEqual(weir("cp", place, self.file).returncode, 0)
        self.assertEqual(self.file.read_bytes(), b"one\ntwo\n")

    def test_a_password_is_not_shown(self):
        secret = f"nats://user:secret@127.0.0.1:{self.port}/"
        for arguments in ((self.source, secret + "logs.web?stream=LOGS"), (secret + "MISSING", "-"),
                          (self.source, secret), (self.source, "nats://user:secret@127.0.0.1:1/x"),
                          ("--json", self.source, secret + "logs.web?stream=LOGS")):
            with self.subTest(arguments=arguments):
                done = weir("cp", *arguments)
                self.assertNotIn("secret", done.stdout + done.stderr)
                self.assertIn("127.0.0.1", done.stdout + done.stderr)

    def test_a_scheme_in_any_case_is_encrypted(self):
        for scheme in "nats+tls", "NATS+TLS", "Nats+Tls":
            self.assertIn("ERR_NATS_TLS", weir("cp", self.place("LOGS", scheme), "-").stderr)

    def test_mistakes_are_named(self):
        self.store(b"", "there?replicas=1")
        for arguments, message in (
                ((self.place("NOTHING"), "-"), "ERR_NATS_NO_STREAM"),
                ((self.source, self.place("nothing")), "ERR_NATS_NO_STREAM"),
                ((self.source, f"nats://127.0.0.1:{nats_server.free_port()}/x"), "ERR_NATS_NO_SERVER"),
                ((self.source, "nats://127.0.0.1/"), "the subject or stream is missing"),
                (("nats://127.0.0.1/?durable=copy", self.file), "the subject or stream is missing"),
                ((self.place("LOGS?what=1"), "-"), "is not an option"),
                ((self.place("LOGS?from=never"), "-"), "not first, new, last or a sequence"),
                (("--whole", self.place("files/nothing"), "-"), "ERR_NATS_NO_STREAM"),
                (("--whole", self.source, self.place("files/x")), "ERR_NATS_NO_STREAM"),
                (("--whole", self.place("there/nothing"), "-"), "ERR_NATS_NO_OBJECT"),
                (("--whole", self.place("there"), "-"), "the object is missing"),
                (("--whole", "-", self.place("there/folder/")), "the object is missing"),
                (("--whole", self.place("there"), self.folder), "the object is missing"),
                (("--whole", self.source, self.place("a.b/x?replicas=1")), "not the name of a bucket"),
                (("--whole", self.place("there/x?durable=copy"), "-"), "replicas is the only option"),
                (("--whole", self.source, self.file), "no SOURCE and no DEST is of NATS"),
                (("--whole", "--follow", self.place("there/x"), "-"), "an object cannot be followed"),
                (("--follow", self.place("LOGS"), self.file), "a file needs --in-place, or durable="),
                (("--follow", self.source, self.file), "no SOURCE is of NATS"),
                (("--gzip", self.place("LOGS?durable=x"), self.file), "the filters are for other copies"),
        ):
            with self.subTest(arguments=arguments):
                done = weir("cp", *arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(message, done.stderr)


class NatsAccessTest(NatsServerTest):
    def setUp(self):
        super().setUp()
        self.source.write_bytes(b"one\ntwo\n")

    def copy_and_read_back(self, *options, scheme="nats"):
        """The lines that come back, or what the command has said."""
        sent = weir("cp", *options, self.source, self.place("logs?stream=LOGS", scheme))
        if sent.returncode != 0:
            return sent.stderr
        return weir("cp", *options, self.place("LOGS", scheme), "-").stdout

    @unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
    def test_the_certificates_of_the_options_are_those_of_nats_too(self):
        cert, key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", key, "-out", cert, "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, capture_output=True)
        self.start_server(f'tls {{ cert_file: "{cert}", key_file: "{key}", ca_file: "{cert}", verify: true }}\n')
        own = ("--cert", cert, "--key", key)
        self.assertIn("ERR_NATS_TLS", self.copy_and_read_back(*own, scheme="nats+tls"))
        # A file that was copied is not copied again.
        self.assertEqual(self.copy_and_read_back(*own, "--insecure", scheme="nats+tls"), "one\ntwo\n")
        self.assertEqual(self.copy_and_read_back(*own, "--ca", cert, scheme="nats+tls"), "one\ntwo\n")
        both = self.folder / "both.pem"
        both.write_bytes(cert.read_bytes() + key.read_bytes())
        self.assertEqual(self.copy_and_read_back("--cert", both, "--ca", cert), "one\ntwo\n")
        self.assertIn("ERR_NATS_", self.copy_and_read_back("--ca", cert))

    def test_a_credentials_file(self):
        users = (pathlib.Path(__file__).resolve().parents[1] / "nats/credentials.h").read_text()
        text = dict(re.findall(r'\* k(\w+) =\s*R"\((.*?)\)";', users, re.DOTALL))
        self.start_server(text["OperatorConfig"])
        for name in "Alice", "Eve":
            (self.folder / name).write_text(text[f"{name}Credentials"])
        self.assertEqual(self.copy_and_read_back("--creds", self.folder / "Alice"), "one\ntwo\n")
        self.assertIn("ERR_NATS_AUTHORIZATION", self.copy_and_read_back("--creds", self.folder / "Eve"))
        self.assertIn("ERR_NATS_AUTHORIZATION", self.copy_and_read_back())
        self.assertIn(f"ENOENT: no such file or directory, open '{self.folder}/none'",
                      self.copy_and_read_back("--creds", self.folder / "none"))
        self.assertIn("no SOURCE and no DEST is of NATS", weir("cp", "--creds", "x", self.source, "-").stderr)


if __name__ == "__main__":
    unittest.main()
