import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createServer, STATUS_CODES } from "node:http";
import { PassThrough, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

const [port, folder] = process.argv.slice(2);
const most = 1 << 20;

function sizeLimit() {
  let left = most;
  return new Transform({
    transform(chunk, _, done) {
      left -= chunk.length;
      done(left < 0 ? Object.assign(new Error("too long"), { status: 413 }) : null, chunk);
    },
  });
}

// Writes beside the file and renames it only if all has arrived, so no partial file is left.
async function store(path, request) {
  const partial = `${path}.${process.pid}.${Math.random()}`;
  // pipeline destroys its source, and with the request its connection.
  const body = new PassThrough();
  request.pipe(body);
  request.on("close", () => request.complete || body.destroy());
  try {
    await pipeline(body, sizeLimit(), createWriteStream(partial));
    await rename(partial, path);
    return 201;
  } catch (error) {
    await rm(partial, { force: true });
    return error.status ?? 500;
  }
}

async function answer(request, response) {
  const name = request.url.slice(1);
  let status = 405;
  if (Number(request.headers["content-length"] ?? 0) > most) {
    status = 413;
  } else if (request.method === "PUT" && name && !name.includes("/")) {
    if (request.headers.expect) response.writeContinue();
    status = await store(`${folder}/${name}`, request);
  }
  response.writeHead(status).end(`${STATUS_CODES[status]}\n`);
  request.resume();
}

const server = createServer(answer);
server.on("checkContinue", answer);
server.listen(Number(port), "127.0.0.1", () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
process.on("SIGINT", () => {
  server.close();
  setTimeout(() => server.closeAllConnections(), 1000).unref();
});
