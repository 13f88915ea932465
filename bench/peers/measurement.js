// The common parts of Node's peers: node PEER.js WORKLOAD N HWM, exit status 77 for an unknown
// workload, a line of JSON at the end.
'use strict';
const fs = require('fs');

const [, , workload, count, mark] = process.argv;
let started;

module.exports = {
  workload,
  count: Number(count),
  highWaterMark: Number(mark),

  noSuchWorkload() { process.exit(77); },

  start() { started = process.hrtime.bigint(); },

  report(bytes, ops) {
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const status = fs.readFileSync('/proc/self/status', 'latin1');
    console.log(JSON.stringify({
      peer: 'node', workload, seconds, bytes, ops,
      peak_rss_kb: Number(/VmHWM:\s+(\d+)/.exec(status)[1]),
    }));
  },

  // Writes piece(0) ... piece(n - 1), with a pause wherever the buffer is full, and ends.
  writeAll(stream, n, piece) {
    let next = 0;
    function resume() {
      while (next < n) {
        if (!stream.write(piece(next++))) {
          stream.once('drain', resume);
          return;
        }
      }
      stream.end();
    }
    resume();
  },
};
