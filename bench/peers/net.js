// Node's net.Socket, connected to $BENCH_PORT. w5-bulk, w5-msg: sends chunks of 64 KiB, messages of
// 100 bytes; w5-recv: receives. The sender half-closes at the end; the receiver answers with the
// count.
'use strict';
const net = require('net');
const { workload, count, highWaterMark, noSuchWorkload, start, report, writeAll } =
  require('./measurement');

function send(socket, size) {
  const chunk = Buffer.alloc(size, 'x');
  const answer = [];
  socket.on('data', (data) => answer.push(data));
  socket.on('close', () => {
    const received = Number(Buffer.concat(answer).readBigUInt64LE());
    if (received !== count * size) throw new Error("the receiver's count differs");
    report(received, count);
  });
  writeAll(socket, count, () => chunk);
}

function receive(socket) {
  let bytes = 0;
  let chunks = 0;
  socket.on('data', (data) => {
    bytes += data.length;
    chunks++;
  });
  socket.on('end', () => {
    const answer = Buffer.alloc(8);
    answer.writeBigUInt64LE(BigInt(bytes));
    socket.end(answer);
  });
  socket.on('close', () => report(bytes, chunks));
}

const workloads = {
  'w5-bulk': (socket) => send(socket, 64 * 1024),
  'w5-msg': (socket) => send(socket, 100),
  'w5-recv': receive,
};
if (!Object.hasOwn(workloads, workload)) noSuchWorkload();
const socket = net.connect({
  port: Number(process.env.BENCH_PORT),
  host: '127.0.0.1',
  allowHalfOpen: true,
  writableHighWaterMark: highWaterMark,
}, () => {
  start();
  workloads[workload](socket);
});
