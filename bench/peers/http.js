// Node's http.Server on $BENCH_PORT until SIGTERM. w6-hello: a body of 12 bytes; w6-stream: 1 MiB
// in chunks of 16 KiB, at the client's pace.
'use strict';
const http = require('http');
const { workload, highWaterMark, noSuchWorkload, start, report, writeAll } =
  require('./measurement');

const HELLO = 'hello world\n';
const CHUNKS = 64;
const chunk = Buffer.alloc(16 * 1024, 'x');

const workloads = {
  'w6-hello': { size: HELLO.length, answer: (response) => response.end(HELLO) },
  'w6-stream': {
    size: CHUNKS * chunk.length,
    answer: (response) => writeAll(response, CHUNKS, () => chunk),
  },
};
if (!Object.hasOwn(workloads, workload)) noSuchWorkload();
const { size, answer } = workloads[workload];

let requests = 0;
http.createServer({ highWaterMark }, (request, response) => {
  if (requests++ === 0) start();
  response.setHeader('Content-Type', 'text/plain');
  answer(response);
}).listen(Number(process.env.BENCH_PORT), '127.0.0.1');

process.on('SIGTERM', () => {
  report(requests * size, requests);
  process.exit(0);
});
