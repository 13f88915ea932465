"""weir cp to and from NATS JetStream: exact copies, whichever end is killed."""

import os
import pathlib
import re
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
class NatsTest(CliTest):
    def setUp(self):
        super().setUp()
        self.port = nats_server.free_port()
        self.server = self.start_server()
        self.source = self.folder / "in.txt"
        self.content = lines(MESSAGES) + b"an open line"
        self.source.write_bytes(self.content)

    def start_server(self):
        config = self.folder / "server.conf"
        config.write_text(f'listen: 127.0.0.1:{self.port}\n'
                          f'jetstream {{ store_dir: "{self.folder}/store", max_file: 4G }}\n')
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

    def place(self, name):
        return f"nats://127.0.0.1:{self.port}/{name}"

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

    def test_mistakes_are_named(self):
        for arguments, message in (
                ((self.place("NOTHING"), "-"), "ERR_NATS_NO_STREAM"),
                ((self.source, self.place("nothing")), "ERR_NATS_NO_STREAM"),
                ((self.source, f"nats://127.0.0.1:{nats_server.free_port()}/x"), "ERR_NATS_NO_SERVER"),
                ((self.source, "nats://127.0.0.1/"), "the subject or stream is missing"),
                (("nats://127.0.0.1/?durable=copy", self.file), "the subject or stream is missing"),
                ((self.place("LOGS?what=1"), "-"), "is not an option"),
                ((self.place("LOGS?from=never"), "-"), "not first, new, last or a sequence"),
        ):
            with self.subTest(arguments=arguments):
                done = weir("cp", *arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
