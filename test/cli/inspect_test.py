"""--inspect and --dump-on of each command, and weir inspect for several of them."""

import http.client
import json
import pathlib
import re
import signal
import socket
import unittest

from support import PATIENCE, CliTest, lines, weir


class Page:
    """A page that is connected: its events as pairs of a name and JSON."""

    def __init__(self, url):
        self.address, self.token = re.fullmatch(r"http://([^/]+)/(?:\?token=(.*))?", url).groups()
        self.connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        self.connection.request("GET", "/events", headers=self.headers())
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def headers(self):
        return {"X-Weir-Token": self.token} if self.token else {}

    def next(self):
        name = self.response.readline().decode().removeprefix("event: ").strip()
        data = self.response.readline().decode().removeprefix("data: ")
        self.response.readline()
        return name, json.loads(data)

    def until(self, is_so):
        while True:
            name, data = self.next()
            if is_so(name, data):
                return data

    def post(self, path):
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        connection.request("POST", path, headers=self.headers() | {"X-Weir-Inspector": "1"})
        status = connection.getresponse().status
        connection.close()
        return status

    def close(self):
        self.response.close()
        self.connection.close()


class InspectTest(CliTest):
    def url_of(self, process):
        line = process.stderr.readline().decode()
        self.assertRegex(line, r"^weir: inspector: http://")
        return line.split(": ", 2)[2].strip()

    def page(self, url):
        page = Page(url)
        self.addCleanup(page.close)
        return page

    def writing(self, *options, name="out.txt"):
        """A command that runs until its input ends, and its page's address."""
        process = self.start("write", self.folder / name, "--inspect=0", *options)
        return process, self.url_of(process)

    def finish(self, process):
        process.stdin.close()
        self.assertEqual(process.wait(), 0)

    def started(self):
        source = self.folder / "in"
        source.write_bytes(lines(10))
        return {
            "weir write": (["write", self.file], {"out.txt"}),
            "weir lines": (["lines", "5", self.fifo()], {"fifo"}),
            "weir cp": (["cp", "-", self.file], {"standard input", "out.txt"}),
            "weir log": (["log", self.folder / "log"], {"log"}),
            "weir serve": (["serve", self.folder, "--port", "0"], set()),
        }


class PageTest(InspectTest):
    def test_each_command_shows_its_streams(self):
        for command, (arguments, expected) in self.started().items():
            with self.subTest(command=command):
                process = self.start(*arguments, "--inspect=0")
                page = self.page(self.url_of(process))
                name, hello = page.next()
                self.assertEqual((name, hello["name"], hello["pid"]), ("hello", command, process.pid))
                self.assertFalse(hello["allows_pause"])
                if process.poll() is None and command != "weir lines":
                    process.stdin.write(b"x\n")
                    process.stdin.flush()
                names = set()

                def are_there(name, data):
                    for stream in data.get("streams", []):
                        names.add(pathlib.Path(stream["name"]).name)
                    return expected <= names
                page.until(are_there)
                page.close()
                process.kill()
                process.wait()

    def test_the_command_line_shows_no_password_and_no_token(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            process = self.start("cp", f"http://ann:s3cret@127.0.0.1:{silent.getsockname()[1]}/a", self.file,
                                 "--inspect=0", "--inspect-token", "t0ken")
            name, hello = self.page(self.url_of(process)).next()
            self.assertEqual(name, "hello")
            self.assertIn(" cp http://127.0.0.1:", hello["command"])
            self.assertIn("--inspect-token ***", hello["command"])
            self.assertNotRegex(json.dumps(hello), "ann|s3cret|t0ken")
            process.kill()
            process.wait()

    def test_the_address_with_json(self):
        process = self.start("write", self.file, "--inspect=0", "--json")
        self.assertRegex(json.loads(process.stderr.readline())["inspector"], r"^http://127.0.0.1:\d+/$")
        self.finish(process)

    def test_standard_output_has_a_name(self):
        for arguments in ["write", "-"], ["cp", "-", "-"]:
            process = self.start(*arguments, "--inspect=0")
            page = self.page(self.url_of(process))
            page.until(lambda name, data: any(stream["name"] == "standard output"
                                              for stream in data.get("streams", [])))
            self.finish(process)

    def test_a_port_in_use_does_not_stop_the_command(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            result = weir("lines", "5", self.file, f"--inspect={port}")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr, "weir: no inspector: listen EADDRINUSE: address already in use "
                                        f"127.0.0.1:{port}\n")
        self.assertEqual(self.file.read_bytes(), lines(5))

    def test_a_page_does_not_keep_the_command_running(self):
        process, url = self.writing()
        self.page(url).next()
        self.finish(process)

    def test_a_host_brings_a_token(self):
        process = self.start("write", self.file, "--inspect=0", "--inspect-host", "127.0.0.1")
        url = self.url_of(process)
        self.assertRegex(url, r"\?token=[0-9a-f]{32}$")
        self.assertEqual(self.page(url).next()[0], "hello")
        self.assertEqual(self.page(url.split("?")[0]).status, 401)
        self.finish(process)

    def test_a_page_may_pause_only_with_the_option(self):
        for options, status in ([], 403), (["--inspect-pause"], 204):
            process = self.start("cp", "-", self.file, "--inspect=0", *options)
            page = self.page(self.url_of(process))
            readable = []
            page.until(lambda name, data: readable.extend(
                stream["id"] for stream in data.get("streams", []) if stream["can_pause"]) or readable)
            self.assertEqual(page.post(f"/streams/0/{readable[0]}/pause"), status)
            page.post(f"/streams/0/{readable[0]}/resume")
            self.finish(process)

    def test_every_thread_of_a_server_is_shown(self):
        process = self.start("serve", self.folder, "--port", "0", "--threads", "3", "--inspect=0")
        page = self.page(self.url_of(process))
        names = set()
        page.until(lambda name, data: names.update(loop["name"] for loop in data.get("loops", [])) or
                   names == {"main", "thread 2", "thread 3"})
        process.terminate()
        self.assertEqual(process.wait(), -signal.SIGTERM)

    def test_invalid_options(self):
        for options, message in [
            (["--inspect=x"], "--inspect: 'x' is not a port"),
            (["--inspect=65536"], "--inspect: '65536' is not a port"),
            (["--inspect-token", "x"], "--inspect-token requires --inspect"),
            (["--dump-on=KILL"], "--dump-on: 'KILL' is not USR1 or USR2"),
        ]:
            result = weir("lines", "5", self.file, *options)
            self.assertEqual(result.returncode, 2, options)
            self.assertIn(message, result.stderr)
            self.assertFalse(self.file.exists())
        result = weir("lines", "5", self.file, "--inspect=0", "--inspect-token", "a b")
        self.assertEqual(result.returncode, 1)
        self.assertIn("may contain letters", result.stderr)

    def test_the_argument_after_the_flag_is_not_its_value(self):
        result = weir("lines", "--dump-on", "5", self.file)
        self.assert_done(result)
        self.assertEqual(self.file.read_bytes(), lines(5))


class DumpTest(InspectTest):
    def test_a_signal_prints_what_is_alive_and_the_command_goes_on(self):
        for option, number in [("--dump-on", signal.SIGUSR1), ("--dump-on=USR1", signal.SIGUSR1),
                               ("--dump-on=SIGUSR2", signal.SIGUSR2)]:
            process, _ = self.writing(option)
            process.send_signal(number)
            text = ""
            while "WriteStream" not in text:
                text += process.stderr.readline().decode()
            self.assertIn(str(self.file), text + process.stderr.readline().decode())
            self.finish(process)

    def test_each_loop_of_a_server_is_printed(self):
        process = self.start("serve", self.folder, "--port", "0", "--threads", "2", "--dump-on")
        process.stderr.readline()  # its address
        process.send_signal(signal.SIGUSR1)
        for _ in range(2):
            while b"turns" not in process.stderr.readline():
                pass
        process.terminate()
        process.wait()


class SeveralTest(InspectTest):
    def inspecting(self, *places):
        process = self.start("inspect", "--port", "0", *places)
        return process, self.url_of(process)

    def test_two_processes_of_which_one_is_killed_and_returns(self):
        first, url = self.writing(name="first")
        second, other = self.writing(name="second")
        port = other.rsplit(":", 1)[1].strip("/")
        inspecting, page_url = self.inspecting(url, port)
        page = self.page(page_url)
        pids = {}
        page.until(lambda name, data: name == "hello" and
                   pids.update({data["process"]: data["pid"]}) or len(pids) == 2)
        self.assertEqual(pids, {0: first.pid, 1: second.pid})
        second.kill()
        lost = page.until(lambda name, data: name == "lost")
        self.assertEqual((lost["process"], lost["name"]), (1, f"127.0.0.1:{port}"))
        third = self.start("write", self.folder / "third", f"--inspect={port}")
        self.url_of(third)
        hello = page.until(lambda name, data: name == "hello")
        self.assertEqual((hello["process"], hello["pid"]), (1, third.pid))
        inspecting.send_signal(signal.SIGINT)
        self.assertEqual(inspecting.wait(), -signal.SIGINT)
        self.finish(first)
        self.finish(third)

    def test_a_port_without_an_inspector_is_reported(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        process, _ = self.inspecting(str(port))
        self.assertEqual(process.stderr.readline().decode(),
                         f"weir: connect ECONNREFUSED 127.0.0.1:{port}; waiting for it\n")

    def test_another_server_is_reported(self):
        serving = self.start("serve", self.folder, "--port", "0", "--quiet")
        port = serving.stderr.readline().decode().rsplit(":", 1)[1].strip("/\n")
        process, _ = self.inspecting(port)
        self.assertEqual(process.stderr.readline().decode(),
                         f"weir: not an inspector: 404 Not Found, '127.0.0.1:{port}'; waiting for it\n")

    def test_a_page_that_cannot_be_served_is_an_error(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            result = weir("inspect", "1", "--port", port)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"listen EADDRINUSE: address already in use 127.0.0.1:{port}", result.stderr)
        for place in "nonsense", "0", "http://a/", "":
            result = weir("inspect", "--port", "0", place)
            self.assertEqual(result.returncode, 1, place)
            self.assertIn("is not a port, HOST:PORT, or the address", result.stderr)
        self.assertEqual(weir("inspect").returncode, 2)


if __name__ == "__main__":
    unittest.main()
