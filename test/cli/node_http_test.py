"""weir over HTTP with Node's own http at the other end: its client, agent and server."""

import hashlib
import json
import re
import shutil
import subprocess
import unittest

from support import PATIENCE, CliTest, lines, weir

CONTENT = lines(300_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@unittest.skipUnless(shutil.which("node"), "there is no node")
class NodeHttpTest(CliTest):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "in"
        self.source.write_bytes(CONTENT)

    def start_node(self, script, *arguments):
        process = subprocess.Popen(["node", "-e", script, *map(str, arguments)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.put_away, process)
        return process

    def said_by(self, process):
        said, failed = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, failed.decode()), (0, ""))
        return json.loads(said)


class ClientTest(NodeHttpTest):
    def setUp(self):
        super().setUp()
        self.server = self.start("serve", self.folder, "--port", 0, "--quiet")
        self.port = int(re.search(r":(\d+)/", self.server.stderr.readline().decode())[1])

    def test_many_requests_share_an_agents_connections(self):
        self.assertEqual(self.said_by(self.start_node("""
            const http = require('http'), crypto = require('crypto');
            const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
            const sockets = new Set(), digests = new Set();
            let left = 40;
            for (let i = 0; i < 40; ++i) {
              const request = http.get({ port: process.argv[1], host: '127.0.0.1', path: '/in', agent },
                                       (response) => {
                const hash = crypto.createHash('sha256');
                response.on('data', (chunk) => hash.update(chunk));
                response.on('end', () => {
                  digests.add(hash.digest('hex'));
                  if (--left) return;
                  agent.destroy();
                  console.log(JSON.stringify([[...digests], sockets.size]));
                });
              });
              request.on('socket', (socket) => sockets.add(socket));
            }
        """, self.port)), [[DIGEST], 4])

    def test_one_that_reads_slowly_gets_all_of_it(self):
        self.assertEqual(self.said_by(self.start_node("""
            const http = require('http'), crypto = require('crypto');
            http.get({ port: process.argv[1], host: '127.0.0.1', path: '/in', agent: false }, (response) => {
              const hash = crypto.createHash('sha256');
              response.on('data', (chunk) => {
                hash.update(chunk);
                response.pause();
                setImmediate(() => response.resume());
              });
              response.on('end', () => console.log(JSON.stringify(
                [response.statusCode, response.complete, hash.digest('hex')])));
            });
        """, self.port)), [200, True, DIGEST])

    def test_it_takes_the_lines_of_a_head_as_they_are(self):
        said = self.said_by(self.start_node("""
            const http = require('http');
            http.request({ port: process.argv[1], host: '127.0.0.1', path: '/in', method: 'HEAD',
                           agent: false }, (response) => {
              response.resume();
              response.on('end', () => console.log(JSON.stringify(response.headers)));
            }).end();
        """, self.port))
        self.assertEqual(said["content-length"], str(len(CONTENT)))
        self.assertEqual(said["connection"], "close")


class ServerTest(NodeHttpTest):
    SERVER = """
        const http = require('http'), crypto = require('crypto'), fs = require('fs');
        const server = http.createServer((request, response) => {
          const kind = request.url.slice(1);
          if (kind === 'sized' || kind === 'chunked') {
            if (kind === 'sized') response.setHeader('Content-Length', fs.statSync(process.argv[1]).size);
            fs.createReadStream(process.argv[1]).pipe(response);
          } else if (kind === 'cut') {
            response.write('some');
            setImmediate(() => response.destroy());
          } else {
            const hash = crypto.createHash('sha256');
            request.on('data', (chunk) => {
              hash.update(chunk);
              if (kind !== 'slow') return;
              request.pause();
              setImmediate(() => request.resume());
            });
            request.on('end', () => {
              response.end();
              console.log(JSON.stringify([request.method, request.headers['transfer-encoding'] ?? 'sized',
                                          hash.digest('hex')]));
            });
          }
          response.on('close', () => server.close());
        });
        server.listen(0, '127.0.0.1', () => fs.writeSync(1, server.address().port + '\\n'));
    """

    def setUp(self):
        super().setUp()
        self.server = self.start_node(self.SERVER, self.source)
        self.port = int(self.server.stdout.readline())

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def get(self, path):
        self.assert_done(weir("cp", self.url(path), self.file))
        self.assertEqual(self.file.read_bytes(), CONTENT)

    def test_a_body_with_a_length(self):
        self.get("sized")

    def test_a_chunked_body(self):
        self.get("chunked")

    def test_a_body_that_is_cut_off_is_not_accepted_as_whole(self):
        result = weir("cp", self.url("cut"), self.file)
        self.assertEqual(result.returncode, 1)
        self.assertIn("aborted", result.stderr)
        self.assertFalse(self.file.exists())

    def put(self, path, *options):
        self.assert_done(weir("cp", self.source, self.url(path), *options))
        return self.said_by(self.server)

    def test_an_upload(self):
        self.assertEqual(self.put("all"), ["PUT", "sized", DIGEST])

    def test_an_upload_to_a_slow_reader(self):
        self.assertEqual(self.put("slow", "--post"), ["POST", "sized", DIGEST])


if __name__ == "__main__":
    unittest.main()
