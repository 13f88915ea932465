// Node's fs.createWriteStream into $BENCH_OUT; w3: fs.createReadStream of $BENCH_SRC piped into it.
'use strict';
const fs = require('fs');
const { workload, count, highWaterMark, noSuchWorkload, start, report, writeAll } =
  require('./measurement');

function create() {
  return fs.createWriteStream(process.env.BENCH_OUT, { highWaterMark });
}

function write(piece) {
  start();
  const stream = create();
  stream.on('close', () => report(stream.bytesWritten, count));
  writeAll(stream, count, piece);
}

function writeChunks(size) {
  const chunk = Buffer.alloc(size, 'x');
  write(() => chunk);
}

function copy() {
  start();
  const source = fs.createReadStream(process.env.BENCH_SRC, { highWaterMark });
  const destination = create();
  destination.on('close', () => report(destination.bytesWritten, 1));
  source.pipe(destination);
}

const workloads = {
  'w1': () => write((i) => `Line ${i}\n`),
  'w2-16k': () => writeChunks(16 * 1024),
  'w2-64k': () => writeChunks(64 * 1024),
  'w3': copy,
};
if (!Object.hasOwn(workloads, workload)) noSuchWorkload();
workloads[workload]();
