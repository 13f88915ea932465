// Node's fs.createWriteStream, as weir-bench: node file.js WORKLOAD N HWM, a path in $BENCH_OUT,
// exit status 77 for an unknown workload.
'use strict';
const fs = require('fs');

const [, , workload, count, mark] = process.argv;
const n = Number(count);

function chunk(size) {
  const bytes = Buffer.alloc(size, 'x');
  return () => bytes;
}

const workloads = {
  'w1': () => (i) => `Line ${i}\n`,
  'w2-16k': () => chunk(16 * 1024),
  'w2-64k': () => chunk(64 * 1024),
};
if (!Object.hasOwn(workloads, workload)) process.exit(77);
const piece = workloads[workload]();

const started = process.hrtime.bigint();
const stream = fs.createWriteStream(process.env.BENCH_OUT, { highWaterMark: Number(mark) });
stream.on('close', () => {
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const status = fs.readFileSync('/proc/self/status', 'latin1');
  console.log(JSON.stringify({
    peer: 'node', workload, seconds, bytes: stream.bytesWritten, ops: n,
    peak_rss_kb: Number(/VmHWM:\s+(\d+)/.exec(status)[1]),
  }));
});

let next = 0;
function resume() {
  while (next < n) {
    if (!stream.write(piece(next++))) return;
  }
  stream.end();
}
stream.on('drain', resume);
resume();
